"""All data sets, real and generated, and the formats of a user's own.

    dataset = datasets.load("sst", "labelled", classes=2)
    dataset.train[0].words

`DATASETS` is the one table of what is known by name, `KINDS` that of the kinds of
examples. Readers are "module:function" in this package, imported when they are needed.
A reader returns a `Dataset` and takes `(data_dir, *, ...)`, the reader of a kind's
plain format `(path, *, ...)`; its keyword arguments are the options of `load`. Files of
a data set are found by `sources.find`.
"""

import importlib
import inspect
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from seqnets.checks import did_you_mean
from seqnets.data.assets import Assets
from seqnets.datasets.dataset import SPLITS, Dataset, Entry, Rows

__all__ = ["DATASETS", "KINDS", "SPLITS", "Dataset", "Entry", "Kind", "Rows", "load"]


class Kind(NamedTuple):
    """A kind of examples, and the plain format of a user's own.

    Attributes:
      reader: reads the plain format, `(path, **options) -> Dataset`.
      format: what the plain format is.
    """

    reader: str
    format: str


_PARTS = "a folder with train.txt, valid.txt (or dev.txt) and test.txt"

KINDS = {
    "text": Kind("text:read_own", f"a text; {_PARTS}; or a folder with a pattern"),
    "labelled": Kind("labelled:read_own", f"{_PARTS}, lines `label ||| text`"),
    "documents": Kind("documents:read_own", "a folder of texts for each class"),
    "tagged": Kind("tagged:read_own", f"{_PARTS}, lines `token tag`"),
    "cloze": Kind("cloze:read_own", f"a text, lines such as 一[只]猫; or {_PARTS}"),
    "images": Kind("images:read_own", "a folder with the four idx files of MNIST"),
    "audio": Kind("audio:read_own", "a folder or archive of digit_speaker_number.wav"),
    "points": Kind("points:read_own", "a text with a line `x y` for each point"),
}

DATASETS = {
    "python_stdlib": Entry(
        {"text": "python_stdlib:read"},
        "source of the running Python's standard library",
        "PSF-2.0",
    ),
    "ptb": Entry(
        {"text": "ptb:read"},
        "Penn Treebank as prepared by Mikolov: newspaper English, 1 M words",
        "LDC, research",
    ),
    "tinyshakespeare": Entry(
        {"text": "text:read_tinyshakespeare"},
        "plays of Shakespeare, 1.1 M characters",
        "public domain",
    ),
    "linux_kernel": Entry(
        {"text": "text:read_linux_kernel"},
        "C sources of the Linux kernel, 7 M characters",
        "GPL-2.0",
        files=("input.txt",),
    ),
    "wangfeng": Entry(
        {"text": "text:read_wangfeng"},
        "Chinese song lyrics, 39 k characters",
        "unknown, research",
    ),
    "zh_poems": Entry(
        {"text": "zh_poems:read_text", "cloze": "cloze:read_poems"},
        "Tang and Song poems in Chinese, 10,000",
        "MIT",
    ),
    "synthetic_sentiment": Entry(
        {
            "labelled": "synthetic_sentiment:read_labelled",
            "documents": "synthetic_sentiment:read_documents",
        },
        "generated opinions whose class depends on what a negation governs",
    ),
    "sst": Entry(
        {"labelled": "sst:read"},
        "Stanford sentiment treebank: sentences of film reviews, 2 or 5 classes",
        "unknown, research",
    ),
    "review_polarity": Entry(
        {"documents": "review_polarity:read"},
        "film reviews by Pang and Lee, 2,000 documents of 2 classes",
        "unknown, research",
    ),
    "synthetic_ner": Entry(
        {"tagged": "synthetic_ner:read", "lexicon": "lexicon:load_lexicon"},
        "generated Chinese sentences with ambiguous names of places and people",
    ),
    "zh_cws": Entry(
        {"tagged": "zh_cws:read_tagged", "cloze": "zh_cws:read_cloze"},
        "Chinese word segmentation of Universal Dependencies (GSD)",
        "CC BY-SA 4.0",
    ),
    "conll2003": Entry(
        {"tagged": "tagged:read_conll2003"},
        "English named entities in newswire (CoNLL-2003)",
        "Reuters, research",
    ),
    "resume_ner": Entry(
        {"tagged": "tagged:read_resume_ner"},
        "Chinese named entities in resumes",
        "unknown, research",
    ),
    "zh_lexicon": Entry(
        {"lexicon": "lexicon:load_lexicon"},
        "Chinese words with frequencies, the smaller dictionary of jieba",
        "MIT",
    ),
    "measure_words": Entry(
        {"cloze": "measure_words:read"},
        "generated Chinese sentences with a measure word left out",
    ),
    "drawn_digits": Entry({"images": "drawn_digits:read"}, "digits drawn by strokes"),
    "mnist": Entry(
        {"images": "mnist:read"},
        "handwritten digits, 70,000 images of 28 x 28",
        "CC BY-SA 3.0",
    ),
    "and": Entry({"points": "points:read_and"}, "x1 and x2"),
    "or": Entry({"points": "points:read_or"}, "x1 or x2"),
    "xor": Entry({"points": "points:read_xor"}, "x1 or else x2"),
    "waves": Entry({"points": "points:read_waves"}, "two sines"),
    "steps": Entry({"points": "points:read_steps"}, "a square wave"),
    "tones": Entry({"audio": "tones:read"}, "dialled telephone keys in noise"),
    "fsdd": Entry(
        {"audio": "fsdd:read"},
        "free spoken digit dataset: 3,000 recordings of six speakers",
        "CC BY-SA 4.0",
        files=("recordings.tar.xz",),
    ),
}


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
      assets: a run folder that remembers where the data was.
      **options: options of the reader; those that are None are not given.

    Raises:
      FileNotFoundError: there is no such path.
      ValueError: a name that is not known or not of this kind, or an option that the
        reader does not take.
    """
    if kind not in KINDS:
        raise ValueError(f"no kind of data {kind!r}{did_you_mean(kind, KINDS)}")
    known = [name for name, entry in DATASETS.items() if kind in entry.readers]
    name = os.fspath(name_or_path)
    if assets is not None:
        name, data_dir = assets.locate(name, data_dir, known)
    options = {key: value for key, value in options.items() if value is not None}
    if name in known:
        reader = resolve(DATASETS[name].readers[kind])
        place = data_dir
    elif Path(name).exists():
        reader, place = resolve(KINDS[kind].reader), Path(name)
    else:
        raise _unknown(name, kind, known)
    _check_options(reader, options, f"{name} as {kind}")
    return reader(place, **options)


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
