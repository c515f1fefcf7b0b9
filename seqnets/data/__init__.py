"""Data as NumPy arrays: symbols, corpora, batches. Nothing here knows JAX."""
