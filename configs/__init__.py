"""What to run: one flat file of literals per run."""
