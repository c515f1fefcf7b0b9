"""Fast forms of the cells, with their gradients written out."""
