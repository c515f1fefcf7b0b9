"""Names that users type, and what to say when one is not known."""

import difflib
from collections.abc import Iterable


def nearest(name: object, choices: Iterable[str]) -> str:
    """Returns how an error message goes on: the nearest of the valid names."""
    choices = list(choices)
    close = difflib.get_close_matches(str(name), choices, n=1, cutoff=0.5)
    hint = f"did you mean {close[0]!r}?" if close else f"one of {', '.join(choices)}"
    return f"; {hint}"
