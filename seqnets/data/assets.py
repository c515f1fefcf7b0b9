"""Assets of a run: vocabularies, classes and other facts of its data, in its folder."""

import json
import os
from collections.abc import Callable, Container
from pathlib import Path
from typing import Any, Protocol, Self

from seqnets.data.files import write_whole

RECORD = "data.json"


class Kept(Protocol):
    """What a run folder can keep as text, such as a vocabulary."""

    def to_json(self) -> str: ...

    @classmethod
    def from_json(cls, text: str) -> Self: ...


class Assets:
    """The data files of a run folder: read where they are, made where they are not.

    Nothing is written before `save`, which the training loop calls once the folder is
    the run's; what is kept after that is written at once.
    """

    def __init__(self, workdir: str | Path | None = None):
        """Names a run folder, which need not be there; None keeps in memory only."""
        self._workdir = None if workdir is None else Path(workdir)
        self._texts: dict[str, str] = {}
        self._saved: Path | None = None

    def keep(
        self, name: str, make: Callable[[], Any], kind: type[Kept] | None = None
    ) -> Any:
        """Returns what the run folder has under a name, or else what is made now.

        Args:
          name: of the file, as in "vocabulary.json".
          make: makes the value.
          kind: its class, which reads and writes it; without one it is plain JSON, and
            comes back as JSON does, lists for tuples, also when it was made just now.

        Raises:
          ValueError: the file holds something else.
        """
        if name not in self._texts:
            path = None if self._workdir is None else self._workdir / name
            if path is not None and path.exists():
                self._texts[name] = path.read_text(encoding="utf-8")
            else:
                value = make()
                text = json.dumps(value, ensure_ascii=False) if kind is None else ""
                self._texts[name] = text + "\n" if kind is None else value.to_json()
            if self._saved is not None:
                self._write(self._saved, name)
        read = json.loads if kind is None else kind.from_json
        try:
            return read(self._texts[name])
        except ValueError as error:
            place = name if self._workdir is None else self._workdir / name
            raise ValueError(f"{place}: {error}") from None

    def locate(
        self, corpus: str, data_dir: str | None, known: Container[str]
    ) -> tuple[str, str | None]:
        """Returns where the data is: as the config says, or else as the run began.

        Args:
          corpus: the name of a data set, or a path.
          data_dir: the folder of the data sets known by name; None lets the run folder
            decide, and in a new run `$SEQNETS_DATA`.
          known: the names, which are no paths even where a folder is called so.

        Returns:
          The corpus and the folder; absolute where they are paths that exist.
        """

        def record() -> dict[str, str | None]:
            folder = data_dir or os.environ.get("SEQNETS_DATA")
            name = corpus if corpus in known else _absolute(corpus)
            return {"corpus": name, "data_dir": _absolute(folder)}

        # A folder that the config names is used even where the run began elsewhere.
        found = record() if data_dir is not None else self.keep(RECORD, record)
        self.keep(RECORD, record)
        return found["corpus"], found["data_dir"]

    def save(self, workdir: Path) -> None:
        """Writes all that is kept into a run folder, and from now on what will be."""
        self._saved = workdir
        for name in self._texts:
            self._write(workdir, name)

    def _write(self, workdir: Path, name: str) -> None:
        write_whole(workdir / name, self._texts[name])


def _absolute(path: str | None) -> str | None:
    return os.path.abspath(path) if path and os.path.exists(path) else path
