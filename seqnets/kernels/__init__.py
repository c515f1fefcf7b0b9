"""Fast forms of the cells, with custom gradients."""
