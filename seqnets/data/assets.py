"""Assets of a run: vocabularies, classes and other facts of its data, in its folder.

A run that another one needs, as a tagger needs one that segments, is an asset too.
"""

import json
import logging
import os
import shutil
from collections.abc import Callable, Container, Mapping
from pathlib import Path
from typing import Any, Protocol, Self

from seqnets.data import files

RECORD = "data.json"
FINGERPRINT = "sha256"  # In the record: by split, the fingerprint of its examples.
UNFINISHED = ".unfinished"  # Ends the name of a copy that is being made.
BEST = Path("checkpoints", "best")  # In a run folder: what its answers come from.


class Kept(Protocol):
    """What a run folder can keep as text, such as a vocabulary."""

    def to_json(self) -> str: ...

    @classmethod
    def from_json(cls, text: str) -> Self: ...


class Assets:
    """The data files of a run folder: read where they are, made where they are not.

    Nothing is written before `save`, which the training loop calls once the folder is
    the run's; what is kept after that is written at once.

    Attributes:
      changed: what of the data is not as it was when the run began, a line for each
        data set; empty where all is the same, or nothing was recorded.
    """

    def __init__(self, workdir: str | Path | None = None):
        """Names a run folder, which need not be there; None keeps in memory only."""
        self._workdir = None if workdir is None else Path(workdir)
        self._texts: dict[str, str] = {}
        self._runs: dict[str, Path] = {}  # The originals, by the name of the copy.
        self._found: set[str] = set()  # The files that the folder had.
        self._saved: Path | None = None
        # A new run, and one that goes on, may keep more once it has parameters.
        self._complete = self._has_parameters()
        self.changed: list[str] = []

    def keep(
        self,
        name: str,
        make: Callable[[], Any],
        kind: type[Kept] | None = None,
        *,
        check: Callable[[Any], bool] = lambda value: True,
        needed: bool = True,
    ) -> Any:
        """Returns what the run folder has under a name, or else what is made now.

        Args:
          name: of the file, as in "vocabulary.json".
          make: makes the value.
          kind: its class, which reads and writes it; without one it is plain JSON, and
            comes back as JSON does, lists for tuples, also when it was made just now.
          check: whether a value is what is expected, for plain JSON.
          needed: whether parameters mean nothing without it: ids, for example, without
            their vocabulary. A folder that has parameters must then have the file.

        Raises:
          ValueError: the file holds something else, or is missing beside parameters.
        """
        if name not in self._texts:
            path = self._path(name)
            if path is not None and path.exists():
                self._texts[name] = files.read(path)
                self._found.add(name)
            else:
                if needed:
                    self._refuse_missing(path, "it")
                value = make()
                text = json.dumps(value, ensure_ascii=False) if kind is None else ""
                self._texts[name] = text + "\n" if kind is None else value.to_json()
            if self._saved is not None:
                self._write(self._saved, name)
        read = json.loads if kind is None else kind.from_json
        place = self._path(name) or name
        try:
            value = read(self._texts[name])
        except ValueError as error:
            raise ValueError(f"{place}: {error}") from None
        try:
            right = check(value)
        except (LookupError, TypeError):  # A field is missing, or of another kind.
            right = False
        if not right:
            raise ValueError(f"{place}: holds something else, {str(value)[:40]!r}")
        return value

    def keep_run(self, name: str, original: str | Path) -> Path:
        """Returns the folder of a run that this one needs: its copy, or the original.

        The copy has what answers, and is written as files are; then the original may
        go.

        Args:
          name: of the copy, in the run folder.
          original: the folder of a run that is complete.

        Raises:
          ValueError: the copy is missing beside parameters.
        """
        copy = self._path(name)
        if copy is not None and copy.is_dir():
            return copy
        self._refuse_missing(copy, f"a copy of {original}")
        self._runs[name] = Path(original)
        if self._saved is not None:
            self._copy_run(self._saved, name)
        return Path(original)

    def _refuse_missing(self, path: Path | None, what: str) -> None:
        """Raises ValueError where parameters are there, and what they need is not."""
        if self._complete:
            raise ValueError(
                f"{path} is missing, without which the parameters beside it mean"
                f" nothing: put {what} back, or train again"
            )

    def _has_parameters(self) -> bool:
        folder = self._workdir
        return folder is not None and (
            any(folder.glob("checkpoints/*")) or (folder / "found.npz").exists()
        )

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
        kept = self._record(record)
        found = record() if data_dir is not None else kept
        return found["corpus"], found["data_dir"]

    def compare(self, corpus: str, found: Mapping[str, str]) -> None:
        """Records fingerprints in a new run; warns where they are not as recorded.

        Folders of older versions have none, and are not compared.

        Args:
          corpus: the name of the data, for the message.
          found: by split, the fingerprint of its examples.
        """
        record = self._record(lambda: {"corpus": corpus, "data_dir": None})
        if FINGERPRINT not in record:
            if RECORD not in self._found and not self._complete:
                record[FINGERPRINT] = dict(found)
                self._texts[RECORD] = json.dumps(record, ensure_ascii=False) + "\n"
                if self._saved is not None:
                    self._write(self._saved, RECORD)
            return
        known = record[FINGERPRINT]
        splits = [s for s, own in found.items() if known.get(s) != own]
        if not splits:
            return
        change = f"{corpus} ({', '.join(splits)})"
        if change not in self.changed:
            self.changed.append(change)
            logging.getLogger(__name__).warning(
                "%s: the data is not what the run began with, in %s: scores are not"
                " comparable",
                *(self._path(RECORD) or "this run", change),
            )

    def _record(self, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        def check(value: Any) -> bool:
            return (
                isinstance(value, dict)
                and {"corpus", "data_dir"} <= value.keys()
                and isinstance(value.get(FINGERPRINT, {}), dict)
            )

        return self.keep(RECORD, make, check=check, needed=False)

    def save(self, workdir: Path, *, write: bool = True) -> None:
        """Writes all that is kept into a run folder, and from now on what will be.

        Args:
          workdir: of a run that begins or goes on.
          write: whether this process writes, of several one does.
        """
        self._complete = False
        if write:
            self._saved = workdir
            for name in self._texts:
                self._write(workdir, name)
            for name in self._runs:
                self._copy_run(workdir, name)

    def _path(self, name: str) -> Path | None:
        return None if self._workdir is None else self._workdir / name

    def _write(self, workdir: Path, name: str) -> None:
        files.write_whole(workdir / name, self._texts[name])

    def _copy_run(self, workdir: Path, name: str) -> None:
        """Copies a run, whose folder has its name only once it is whole."""
        copy = workdir / name
        if not copy.is_dir():
            unfinished = workdir / f"{name}{UNFINISHED}"
            shutil.rmtree(unfinished, ignore_errors=True)
            _copy_answers(self._runs[name], unfinished)
            unfinished.rename(copy)


def are_names(value: Any) -> bool:
    """Whether a value is a list of one str or more, all different, as classes are."""
    return (
        isinstance(value, list)
        and all(isinstance(name, str) for name in value)
        and len(set(value)) == len(value) > 0
    )


def _absolute(path: str | None) -> str | None:
    return os.path.abspath(path) if path and os.path.exists(path) else path


def _copy_answers(run: Path, copy: Path) -> None:
    """Copies of a run what answers: config, assets, best parameters, and its runs."""
    copy.mkdir()
    for path in run.iterdir():
        if path.suffix == ".json":
            shutil.copyfile(path, copy / path.name)
        elif (path / BEST).is_dir() and path.suffix != UNFINISHED:
            _copy_answers(path, copy / path.name)
    shutil.copytree(run / BEST, copy / BEST, copy_function=shutil.copyfile)
