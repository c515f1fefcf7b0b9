"""Corpora by name or by path, each read in its own published format.

A corpus known by name is looked for in `<folder>/<name>`, where the folder is the
caller's `data_dir`, else `$SEQNETS_DATA`, else the cache that `download.py` fills. A
split is deterministic: by position in one running text, by a hash among many files or
poems, or the published one.
"""

import collections
import dataclasses
import difflib
import hashlib
import json
import os
import sysconfig
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from seqnets.data.files import find, find_part, read
from seqnets.data.vocabulary import EOS, tokenize

Documents = list[Sequence[str]]  # Each a `str` of characters or a list of words.
Find = Callable[[str], Path]  # A known corpus's file name -> where it is.

# What a standard library holds besides its source: tables, tests, a manual, and what
# was installed or generated on this machine.
_NOT_LIBRARY = {"encodings", "test", "tests", "idle_test", "pydoc_data", "__pycache__"}
_NOT_LIBRARY |= {"site-packages", "dist-packages", "lib-dynload"}
_GENERATED = ("_sysconfigdata", "_sysconfig_vars", "config-")


@dataclasses.dataclass(frozen=True)
class Corpus:
    """Three parts of a text, each a list of documents, and a document its symbols.

    Attributes:
      name: the name or path that was asked for.
      unit: "char" or "word".
    """

    name: str
    unit: str
    train: Documents
    valid: Documents
    test: Documents


def load(
    corpus: str | os.PathLike,
    *,
    unit: str = "char",
    data_dir: str | os.PathLike | None = None,
    pattern: str | None = None,
) -> Corpus:
    """Reads a corpus.

    Args:
      corpus: a name in `CORPORA`; or the path of a UTF-8 text (90 % train, 5 % valid,
        5 % test, in that order), of a folder with the files `train.txt`, `valid.txt`
        (or `dev.txt`) and `test.txt`, or, with a `pattern`, of a folder of sources.
      unit: "char" or "word".
      data_dir: where known names are looked for first.
      pattern: which files of a folder are documents, such as "**/*.c"; they are split
        90/5/5 by a hash of their paths.

    Raises:
      FileNotFoundError: the file is in none of the places that the message lists.
      ValueError: an unknown name; a text that is empty, unreadable or not UTF-8; a
        pattern that matches fewer than three files.
    """
    tokenize("", unit)  # A wrong unit is refused before megabytes are read.
    name = os.fspath(corpus)
    if name in CORPORA:
        if pattern is not None:
            raise ValueError(f"a pattern goes with a folder, not with {name!r}")
        parts = CORPORA[name](lambda file: find(name, file, data_dir), unit)
    elif Path(name).is_dir():
        parts = _folder(Path(name), unit, pattern)
    elif pattern is None and Path(name).exists():
        parts = _cut(_text(Path(name)), unit)
    else:
        raise _unknown(name, pattern)
    for part, documents in zip(("train", "valid", "test"), parts, strict=True):
        if not any(len(document) for document in documents):
            raise ValueError(f"corpus {name!r}: the {part} part is empty")
    return Corpus(name, unit, *parts)


def _python_stdlib(find: Find, unit: str) -> Sequence[Documents]:
    """The source of the running Python's standard library, one document a file."""
    del find  # Every Python has it.
    root = Path(sysconfig.get_path("stdlib"))
    if not (root / "os.py").exists():
        root = Path(os.__file__).parent
    texts = {}
    for folder, subfolders, files in os.walk(root):
        subfolders[:] = [
            s
            for s in subfolders
            if s not in _NOT_LIBRARY and not s.startswith(_GENERATED)
        ]
        for file in files:
            if file.endswith(".py") and not file.startswith(_GENERATED):
                path = Path(folder, file)
                try:
                    text = path.read_text(encoding="utf-8")
                except (OSError, UnicodeDecodeError):
                    continue
                if text:
                    texts[path.relative_to(root).as_posix()] = text
    if len(texts) < 3:
        raise FileNotFoundError(f"this Python keeps no source of its library in {root}")
    return _split(dict(sorted(texts.items())), unit)


def _tinyshakespeare(find: Find, unit: str) -> Sequence[Documents]:
    """nanoGPT's split: 90 % to train, the rest to validate, and to test once more."""
    train, valid, test = _cut(_text(find("input.txt")), unit, (0.9, 1.0))
    return train, valid, valid


def _running_text(find: Find, unit: str) -> Sequence[Documents]:
    return _cut(_text(find("input.txt")), unit)


def _ptb(find: Find, unit: str) -> Sequence[Documents]:
    """Mikolov's files: words, or their characters with `_` between words.

    A part is one document, as the recipes in print carry the state across sentences.
    """

    def part(file):
        text = _text(find(file))
        if unit == "word":
            return [tokenize(text, unit)]
        symbols = []
        for line in text.removesuffix("\n").split("\n"):
            symbols += [*"_".join(line.split()), EOS]
        return [symbols]

    return [part(f"ptb.{name}.txt") for name in ("train", "valid", "test")]


def _zh_poems(find: Find, unit: str) -> Sequence[Documents]:
    """Tang and Song poems, one a document: title, author and lines, a line each.

    A poem's first line decides its part, so that the versions of one poem that stand
    in two anthologies stay together; exact copies are dropped.
    """
    files = ["tang300.json", "ci300.json"]
    files += [f"quan_tang_shi/poet.tang.{1000 * i}.json" for i in range(10)]
    poems = {}
    for file in files:
        for poem in json.loads(_text(find(file))):
            lines = list(filter(None, map(str.strip, poem["paragraphs"])))
            title = poem.get("title", poem.get("rhythmic"))  # Song lyrics name a tune.
            if lines:
                heading = filter(None, (title, poem["author"]))
                poems.setdefault("\n".join(lines), "\n".join([*heading, *lines]))
    return _split(poems, unit, key=lambda body: body.split("\n", 1)[0])


CORPORA = {
    "python_stdlib": _python_stdlib,
    "tinyshakespeare": _tinyshakespeare,
    "linux_kernel": _running_text,
    "ptb": _ptb,
    "zh_poems": _zh_poems,
    "wangfeng": _running_text,
}


def _folder(folder: Path, unit: str, pattern: str | None) -> Sequence[Documents]:
    if pattern is not None:
        paths = sorted(path for path in folder.glob(pattern) if path.is_file())
        texts = {path.relative_to(folder).as_posix(): read(path) for path in paths}
        texts = {name: text for name, text in texts.items() if text.strip()}
        if len(texts) < 3:
            raise ValueError(
                f"{folder}: the pattern {pattern!r} matches {len(texts)} files "
                "with text in them; train, valid and test need one each"
            )
        return _split(texts, unit)
    parts = []
    for names in (("train",), ("valid", "dev"), ("test",)):
        found = find_part(folder, names)
        if found is None:
            missing = " or ".join(f"{name}.txt" for name in names)
            raise FileNotFoundError(
                f"{folder}: no {missing}; "
                "for a folder of source files, give a pattern such as '**/*.c'"
            )
        parts.append([tokenize(_text(found), unit)])
    return parts


def _cut(
    text: str, unit: str, bounds: tuple[float, float] = (0.9, 0.95)
) -> Sequence[Documents]:
    tokens = tokenize(text, unit)
    first, second = (int(bound * len(tokens)) for bound in bounds)
    return [tokens[:first]], [tokens[first:second]], [tokens[second:]]


def _split(
    texts: Mapping[str, str], unit: str, key: Callable[[str], str] = str
) -> Sequence[Documents]:
    """Deals named texts out: about 5 % of the characters valid, 5 % test, 90 % train.

    The order of hashes decides, so that a text seldom changes sides when others come
    and go; three names are enough for three parts. Texts of one `key` stay together,
    and the order within a part is kept.
    """
    sizes = collections.Counter()
    for name, text in texts.items():
        sizes[key(name)] += len(text)
    enough = sizes.total() / 20
    filled, part_of = [0, 0, 0], {}
    for i, group in enumerate(sorted(sizes, key=_hash)):
        part = 1 if filled[1] < enough else 2 if filled[2] < enough else 0
        part = (1, 2, 0)[i] if i < 3 else part
        filled[part] += sizes[group]
        part_of[group] = part
    parts = [], [], []
    for name, text in texts.items():
        parts[part_of[key(name)]].append(tokenize(text, unit))
    return parts


def _hash(name: str) -> bytes:
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()


def _unknown(name: str, pattern: str | None) -> Exception:
    if pattern is not None and Path(name).exists():
        return ValueError(f"a pattern goes with a folder, not with the file {name!r}")
    near = difflib.get_close_matches(name, CORPORA, n=3, cutoff=0.5)
    hint = (
        f"did you mean {' or '.join(near)}" if near else "neither a file nor a folder"
    )
    is_path = os.sep in name or Path(name).suffix
    return (FileNotFoundError if is_path else ValueError)(
        f"no corpus {name!r}: {hint}; known names are {', '.join(CORPORA)}"
    )


def _text(path: Path) -> str:
    text = read(path)
    if not text.strip():
        raise ValueError(f"{path}: the text is empty")
    return text
