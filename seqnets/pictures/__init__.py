"""Pictures for a run's folder, one kind a module, drawn without a window."""
