"""Accuracy of a streaming net against its look-ahead."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

DIGITS = 4  # Behind the point.


class Delays(NamedTuple):
    """Scores against look-ahead.

    Attributes:
      chunk: how much is read at a time.
      look_ahead: how much is awaited behind a chunk, [N], ascending.
      delay: the two together: how much is read when the first of a chunk is answered.
      cost: steps computed for each step that is read, 1 + look-ahead / chunk.
      curves: scores [N], by what was limited.
      whole: the score where all is read first.
    """

    chunk: float
    look_ahead: list[float]
    delay: list[float]
    cost: list[float]
    curves: dict[str, list[float]]
    whole: float

    @classmethod
    def of(
        cls,
        chunk: int,
        look_ahead: Sequence[int],
        curves: Mapping[str, Sequence[float]],
        whole: float,
        *,
        scale: float = 1,
    ) -> "Delays":
        """Returns them from numbers of steps, of which each is worth `scale`."""
        return cls(
            chunk=round(scale * chunk, DIGITS),
            look_ahead=[round(scale * n, DIGITS) for n in look_ahead],
            delay=[round(scale * (chunk + n), DIGITS) for n in look_ahead],
            cost=[round(1 + n / chunk, DIGITS) for n in look_ahead],
            curves={name: list(scores) for name, scores in curves.items()},
            whole=whole,
        )
