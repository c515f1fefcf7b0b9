"""Configs: one flat file of literals per run."""
