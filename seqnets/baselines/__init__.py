"""Baselines: models without a neural network."""
