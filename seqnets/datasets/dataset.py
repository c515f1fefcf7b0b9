"""The contract of all data sets: three splits of examples, and facts about them."""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

SPLITS = ("train", "valid", "test")

Splits = Mapping[str, Sequence[Any]]


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
          read: returns the examples of every split.
          info: returns what is known of them.
        """
        self._read, self._info = read, info

    @functools.cached_property
    def _splits(self) -> Splits:
        splits = self._read()
        for split in SPLITS:
            if not len(splits[split]):
                raise ValueError(f"the {split} split has no examples")
        return splits

    def __getitem__(self, split: str) -> Sequence[Any]:
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
        return {} if self._info is None else self._info(self)


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


class Entry(NamedTuple):
    """A data set known by name.

    Attributes:
      readers: by kind, "module:function" in this package; the function is
        `(data_dir, **options) -> Dataset`.
      summary: a line for the list.
      licence: as its source has it; that of this project for what is generated.
      files: what must be there for the set to be read where it cannot be fetched;
        files that can be fetched are those of `sources.json`.
    """

    readers: Mapping[str, str]
    summary: str
    licence: str = "Apache-2.0"
    files: tuple[str, ...] = ()
