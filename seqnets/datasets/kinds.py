"""The kinds of examples, and the plain formats of a user's own."""

from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of examples, and the plain format of a user's own.

    Attributes:
      reader: reads the plain format, `(place, **options) -> Dataset`.
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
    "pairs": Kind(
        "pairs:read_own",
        "a folder with train, valid (or dev, val) and test: .tsv or .txt with lines"
        " `source<TAB>target`, or parallel files such as train.de and train.en",
    ),
    "dialogues": Kind(
        "dialogues:read_own", f"{_PARTS}, a turn a line, an empty line between two"
    ),
    "poems": Kind(
        "poems:read_own",
        f"{_PARTS}, a title and the lines below it, an empty line between two",
    ),
    "problems": Kind(
        "problems:read_own",
        'a file of lines {"text": ..., "equation": ..., "answer": ...}, or a folder'
        " with train.jsonl, valid.jsonl (or dev, val) and test.jsonl",
    ),
    "stories": Kind(
        "stories:read_own",
        f"{_PARTS}, or TASK_train.txt and TASK_test.txt; lines `1 A sentence.`, or"
        " `2 A question?<TAB>answer<TAB>1`",
    ),
    "trees": Kind(
        "trees:read_own", f"{_PARTS}, a bracketed tree a line: (good (_ not) (bad bad))"
    ),
    "images": Kind("images:read_own", "a folder with the four idx files of MNIST"),
    "captions": Kind(
        "captions:read_own",
        "a folder of pictures, with captions.tsv, or train.tsv, valid.tsv and test.tsv,"
        " lines `picture<TAB>caption`",
    ),
    "questions": Kind(
        "visual_questions:read_own",
        "a folder of pictures, with questions.tsv, or train.tsv, valid.tsv and"
        " test.tsv, lines `picture<TAB>question<TAB>answer`",
    ),
    "audio": Kind("audio:read_own", "a folder or archive of digit_speaker_number.wav"),
    "music": Kind(
        "music:read_own",
        "a folder of MIDI files, or of such folders, one for each style; or a file of"
        ' JSON {"train": [[[60, 64], ...], ...], "valid": ..., "test": ...}',
    ),
    "motions": Kind(
        "motions:read_own",
        'a file of lines {"label": ..., "frames": [[[x, y, z], ...], ...]}, or a folder'
        " with train.jsonl, valid.jsonl (or dev, val) and test.jsonl",
    ),
    "strokes": Kind(
        "strokes:read_own",
        'a file of lines {"text": ..., "strokes": [[[x, y], ...], ...]}, or a folder'
        " with train.jsonl, valid.jsonl (or dev, val) and test.jsonl",
    ),
    "points": Kind("points:read_own", "a text with a line `x y` for each point"),
    "series": Kind(
        "series:read_own",
        "a CSV with a row for each step, a date first or none, the value last",
    ),
    "windows": Kind(
        "dna:read_windows",
        "FASTA with headers `>name label=CLASS`: a file, or a folder with train.fasta,"
        " valid.fasta (or dev) and test.fasta",
    ),
    "genes": Kind(
        "dna:read_genes",
        "FASTA with headers `>name coding=4..12,31..48`: a file, or a folder with"
        " train.fasta, valid.fasta (or dev) and test.fasta",
    ),
    "graph": Kind(
        "graphs:read_own",
        "a folder with nodes.tsv, lines `id<TAB>label or -<TAB>features`, and"
        " edges.tsv, lines `id<TAB>id`",
    ),
    "graphs": Kind(
        "whole_graphs:read_own",
        'a file of lines {"label": ..., "nodes": [[...], ...], "edges": [[0, 1], ...]},'
        " or a folder with train.jsonl, valid.jsonl (or dev, val) and test.jsonl",
    ),
}
