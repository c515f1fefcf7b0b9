"""Kinds of tasks: their examples, batches and losses, and how a net is asked."""
