"""All data sets, real and generated, and the formats of a user's own.

    dataset = datasets.load("sst", "labelled", classes=2)
    dataset.train[0].words

`DATASETS`, which is read from `datasets.json`, is the one table of what is known by
name, `KINDS` (`kinds.py`) that of the kinds of examples. Readers are "module:function"
in this package, imported when they are needed. A reader returns a `Dataset` and takes
`(place, *, ...)`: a `Place`, where the files are; its keyword arguments are the options
of `load`. The reader of a kind reads a user's own files, and published ones in the same
format.

What all readers share is not repeated at each: the place; options that a generator has
only because others of its kind have them; and the errors of files, which come when a
split is first asked for: FileNotFoundError where one is missing, and ValueError, with
file and line, for what it holds.
"""

import functools
import importlib
import importlib.resources
import inspect
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from seqnets.checks import did_you_mean
from seqnets.data import files
from seqnets.data.assets import Assets
from seqnets.data.files import Place
from seqnets.datasets import fingerprint
from seqnets.datasets.dataset import SPLITS, Dataset, Rows, Splits
from seqnets.datasets.kinds import KINDS, Kind

__all__ = ["DATASETS", "KINDS", "SPLITS", "Dataset", "Entry", "Kind", "Rows", "load"]


class Entry(NamedTuple):
    """A data set known by name.

    Attributes:
      readers: by kind, "module:function" in this package; the function is
        `(place, **options) -> Dataset`.
      summary: a line for the list.
      licence: as its source has it; that of this project for what is generated.
      files: what must be there for the set to be read. For what can be fetched: name ->
        path in the repository, SHA-256 and size in bytes.
      repository: "owner/name" of what can be fetched.
      commit: the commit's hash.
      hint: what to do where a file is missing that cannot be fetched.
      folder: name of the folder of its files; that of the data set by default.
      exact: whether every machine reads the same to the last bit; of what is computed
        in floating-point numbers no fingerprint is recorded.
    """

    readers: Mapping[str, str]
    summary: str
    licence: str = "Apache-2.0"
    files: Sequence[str] | Mapping[str, tuple[str, str, int]] = ()
    repository: str = ""
    commit: str = ""
    hint: str = "it cannot be fetched: put it there or set SEQNETS_DATA"
    folder: str = ""
    exact: bool = True


def _read_table() -> dict[str, Entry]:
    table = importlib.resources.files(__name__) / "datasets.json"
    fields = json.loads(table.read_text(encoding="utf-8"))
    return {name: Entry(**own) for name, own in fields.items()}


DATASETS = _read_table()


def load(
    name_or_path: str | os.PathLike,
    kind: str,
    data_dir: str | None = None,
    *,
    assets: Assets | None = None,
    **options: Any,
) -> Dataset:
    """Names a data set; its examples are read when a split is first needed.

    Args:
      name_or_path: a name in `DATASETS`, or the path of a user's own data in the plain
        format of the kind.
      kind: a name in `KINDS`.
      data_dir: where data sets known by name are looked for first.
      assets: a run folder that remembers where the data was, and its fingerprint.
      **options: options of the reader; those that are None are not given.

    Raises:
      FileNotFoundError: there is no such path.
      ValueError: a name that is not known or not of this kind, or an option that the
        reader does not take.
    """
    if kind not in KINDS:
        hint = did_you_mean(kind, KINDS)
        if kind == "lexicon":
            hint = ": a lexicon has no splits; see `lexicon.load_lexicon`"
        raise ValueError(f"no kind of data {kind!r}{hint}")
    if not isinstance(name_or_path, str | os.PathLike) or not os.fspath(name_or_path):
        raise ValueError(f"a data set is a name or a path, not {name_or_path!r}")
    known = [name for name, entry in DATASETS.items() if kind in entry.readers]
    name = os.fspath(name_or_path)
    if assets is not None:
        name, data_dir = assets.locate(name, data_dir, known)
    options = {key: value for key, value in options.items() if value is not None}
    if name in known:
        reader, place = DATASETS[name].readers[kind], find_place(name, data_dir)
    elif Path(name).exists():
        reader, hint = KINDS[kind].reader, f"expected {KINDS[kind].format}"
        place = Place(name, (Path(name),), hint=hint)
    else:
        raise _unknown(name, kind, known)
    read = resolve(reader)
    _check_options(read, options, f"{name} as {kind}")
    dataset = read(place, **options)
    if assets is not None and not (name in known and not DATASETS[name].exact):
        dataset.watch(functools.partial(_compare, assets, name))
    return dataset


def _compare(assets: Assets, name: str, splits: Splits) -> None:
    assets.compare(name, {split: fingerprint.of(splits[split]) for split in SPLITS})


def find_place(name: str, data_dir: str | os.PathLike | None = None) -> Place:
    """Returns where the files of a data set in `DATASETS` are looked for.

    Args:
      name: name of the data set.
      data_dir: the folder of data sets to look in first.
    """
    entry, hint = DATASETS[name], DATASETS[name].hint
    if entry.commit:
        hint = f"fetch it with `python -m seqnets.datasets fetch {name}`"
    folders = files.folders(entry.folder or name, data_dir)
    return Place(name, folders, tuple(entry.files), hint)


def fetch(
    name: str,
    *,
    data_dir: str | os.PathLike | None = None,
    base_url: str | None = None,
) -> Path:
    """Downloads what is missing of a data set.

    Args:
      name: name of the data set.
      data_dir: where its own folder is made; the cache by default.
      base_url: as in `download.fetch`.

    Returns:
      The folder that holds the data set.

    Raises:
      ValueError: it cannot be fetched, or a file has the wrong checksum.
      ConnectionError: as in `download.fetch`.
    """
    known = [known for known, entry in DATASETS.items() if entry.commit]
    if name not in known:
        raise ValueError(f"no download for {name!r}{_undownloaded(name, known)}")
    entry = DATASETS[name]
    folder = Path(data_dir or files.cache_dir(), entry.folder or name)
    pinned = entry.repository, entry.commit, entry.files
    from seqnets.data import download  # Its packages come with the experiments.

    download.fetch(*pinned, folder, base_url=base_url)
    return folder


def _undownloaded(name: str, known: list[str]) -> str:
    if name not in DATASETS:
        hint = did_you_mean(name, DATASETS)
        return hint if "did you mean" in hint else f": only for {', '.join(known)}"
    if not DATASETS[name].files:
        return ": it is generated, and needs none"
    return f": only for {', '.join(known)}; of this, {DATASETS[name].hint}"


def resolve(reader: str) -> Callable[..., Dataset]:
    """Imports a reader, "module:function" in this package."""
    module, function = reader.split(":")
    return getattr(importlib.import_module(f"seqnets.datasets.{module}"), function)


def _check_options(
    reader: Callable[..., Dataset], options: dict[str, Any], what: str
) -> None:
    parameters = list(inspect.signature(reader).parameters)[1:]
    for option in options:
        if option not in parameters:
            takes = f"it takes {', '.join(parameters)}" if parameters else "it has none"
            raise ValueError(f"{what}: no option {option!r}; {takes}")


def _unknown(name: str, kind: str, known: list[str]) -> Exception:
    if name in DATASETS:
        kinds = ", ".join(DATASETS[name].readers)
        return ValueError(
            f"data set {name!r} is not of kind {kind}, but {kinds}; of kind {kind} are"
            f" {', '.join(known)}"
        )
    hint = did_you_mean(name, known)
    if os.sep in name or Path(name).suffix:
        return FileNotFoundError(
            f"no file or folder {name!r}, nor a data set of kind {kind}{hint}"
        )
    return ValueError(
        f"no data set {name!r} of kind {kind}, and no path{hint}; a user's own data is"
        f" {KINDS[kind].format}"
    )
