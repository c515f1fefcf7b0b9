"""Argument checks: each raises ValueError saying what is wrong and how to fix it."""

import difflib
from collections.abc import Collection, Iterable
from typing import Any

LISTED = 100  # Names that an error message lists at most.
ALIKE = 0.7  # How alike a name must be that is proposed, as `difflib` measures it.


def did_you_mean(name: object, choices: Iterable[str]) -> str:
    """Returns the end of an error message about a name that is not known.

    Args:
      name: what was given.
      choices: the valid names.

    Returns:
      "; did you mean 'LSTM'?" where one is close or begins so, whatever the case, else
      "; one of ..." all of them; nothing where there are none, or more than is
      listed.
    """
    choices, asked = list(choices), str(name).casefold()
    # A field may be asked for without the group that it is in, as `dim` of `cell.dim`.
    for form in (str, lambda choice: choice.rpartition(".")[2]):
        known = {form(choice).casefold(): choice for choice in reversed(choices)}
        close = difflib.get_close_matches(asked, known, n=1, cutoff=ALIKE)
        if close:
            return f"; did you mean {known[close[0]]!r}?"
    for choice in choices:
        if len(asked) > 2 and choice.casefold().startswith(asked):
            return f"; did you mean {choice!r}?"
    return f"; one of {', '.join(choices)}" if 0 < len(choices) <= LISTED else ""


def require_positive(owner: object, **fields: int | None) -> None:
    """Raises ValueError unless every given field is None or a positive integer.

    Args:
      owner: whose fields they are; its class is named in the message.
      **fields: values by name.
    """
    for name, value in fields.items():
        if value is not None and (type(value) is not int or value < 1):
            raise ValueError(
                f"{type(owner).__name__}: {name} must be a positive integer,"
                f" not {value!r}"
            )


def require_choice(owner: object, name: str, value: Any, choices: Collection) -> None:
    """Raises ValueError unless `value` is one of `choices`.

    Args:
      owner: whose field it is: an object, whose class is named in the message, or the
        name of a function.
      name: the field.
      value: what it holds.
      choices: what it may hold.
    """
    if value not in choices:
        raise ValueError(
            f"{_named(owner)}: {name} must be one of"
            f" {', '.join(map(str, choices))}, not {value!r}"
        )


def require_rate(owner: object, **rates: float) -> None:
    """Raises ValueError unless every given rate is in [0, 1).

    Args:
      owner: whose fields they are: an object, whose class is named in the message,
        or the name of a function.
      **rates: values by name.
    """
    for name, rate in rates.items():
        if not 0.0 <= rate < 1.0:
            raise ValueError(f"{_named(owner)}: {name} must be in [0, 1), not {rate}")


def require_bound(owner: object, memory: Any) -> Any:
    """Returns what is bound to a cell, or raises ValueError where nothing is.

    Args:
      owner: the cell; its class is named in the message.
      memory: what its params hold; None before `bind`.
    """
    if memory is None:
        raise ValueError(
            f"{type(owner).__name__} reads a memory, and its parameters hold none:"
            " pass params = seqnets.bind(cell, params, Memory(values, mask, start))"
        )
    return memory


def _named(owner: object) -> str:
    return owner if isinstance(owner, str) else type(owner).__name__
