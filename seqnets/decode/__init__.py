"""Decoding: pure functions from the scores of a model to its output."""
