"""Lines of columns with tabs between them."""

_SHOWN = str.maketrans("\t\n\r", "   ")


def row(*columns: object) -> str:
    """Joins columns by tabs; a tab or line end inside of one becomes a space.

    So the k-th column stays the k-th, and a line stays one, whatever a text holds.
    """
    return "\t".join(str(column).translate(_SHOWN) for column in columns)
