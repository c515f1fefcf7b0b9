"""Batches of NumPy arrays, and what they are made of: vocabularies, files, assets."""
