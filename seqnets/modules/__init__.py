"""Thin Flax Linen scopes that name parameters."""
