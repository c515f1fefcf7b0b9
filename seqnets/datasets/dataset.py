"""The contract of all data sets: three splits of examples, and facts about them."""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from seqnets.checks import require_choice
from seqnets.data.batching import SPLITS

Splits = Mapping[str, Any]  # The examples of each split; their "info", or none.


class Dataset:
    """Examples of "train", "valid" and "test", all of one NamedTuple type.

    Splits are read when one is first needed, and `info` as well: small and plain, as
    JSON is, such as the classes, a scheme of tags or the shape of a picture.
    """

    def __init__(
        self,
        read: Callable[[], Splits],
        info: Callable[["Dataset"], dict[str, Any]] | None = None,
    ):
        """Names a data set; nothing is read yet.

        Args:
          read: returns the examples of every split, and their info under "info".
          info: returns what is known of them, where that needs no reading, or follows
            from the examples.
        """
        self._read, self._info = read, info
        self._watch: Callable[[Splits], None] = lambda splits: None

    def watch(self, call: Callable[[Splits], None]) -> None:
        """Has a function called with the splits once they are read."""
        self._watch = call

    @functools.cached_property
    def _splits(self) -> Splits:
        splits = self._read()
        for split in SPLITS:
            if not len(splits[split]):
                raise ValueError(f"the {split} split has no examples")
        self._watch(splits)
        return splits

    def __getitem__(self, split: str) -> Sequence[Any]:
        require_choice(self, "split", split, SPLITS)
        return self._splits[split]

    @property
    def train(self) -> Sequence[Any]:
        return self["train"]

    @property
    def valid(self) -> Sequence[Any]:
        return self["valid"]

    @property
    def test(self) -> Sequence[Any]:
        return self["test"]

    @functools.cached_property
    def info(self) -> dict[str, Any]:
        return self._info(self) if self._info else self._splits.get("info", {})


def cut(items: Sequence[Any], first: int, second: int) -> Splits:
    """Cuts a sequence into splits: valid begins at `first`, test at `second`."""
    return {
        "train": items[:first],
        "valid": items[first:second],
        "test": items[second:],
    }


def deal(items: Sequence[Any]) -> Splits:
    """Deals items out: of ten, the last tests and the one before it validates.

    Of fewer than ten, one each does; there must be three.
    """
    period, splits = min(10, len(items)), {split: [] for split in SPLITS}
    for i, item in enumerate(items):
        turn = {period - 1: "test", period - 2: "valid"}
        splits[turn.get(i % period, "train")].append(item)
    return splits


def pick(rng: np.random.Generator, choices: Sequence[Any]) -> Any:
    """Draws one of some choices, all as probable."""
    return choices[rng.integers(len(choices))]


class Rows(Sequence):
    """Examples of one shape, kept as the arrays of their columns.

    Attributes:
      columns: the NamedTuple of the examples, whose arrays lead with [N].
    """

    def __init__(self, columns: NamedTuple):
        self.columns = columns

    def __len__(self) -> int:
        return len(self.columns[0])

    def __getitem__(self, place: int | slice) -> Any:
        parts = type(self.columns)(*(np.asarray(c)[place] for c in self.columns))
        return Rows(parts) if isinstance(place, slice) else parts

    def __iter__(self) -> Iterator[Any]:
        return map(self.__getitem__, range(len(self)))
