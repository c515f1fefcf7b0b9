"""The commands of the front door; `flags` is imported at once, the others when run."""
