"""Tagged sentences are read whole, and a bad line is named by file and number."""

import logging

import pytest

from seqnets import datasets
from seqnets.data import schemes
from seqnets.datasets import SPLITS, tagged
from seqnets.datasets.tagged import Tagged

GOOD = "王 B-PER\n明 E-PER\n说 O\n\n南 B-LOC\n京 M-LOC\n市 E-LOC\n"


def folder(tmp_path, **parts):
    for name, text in ({"train": GOOD, "dev": GOOD, "test": GOOD} | parts).items():
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    return str(tmp_path)


def read(tmp_path, text, **options):
    path = tmp_path / "own.txt"
    path.write_bytes(text.encode())
    return tagged.read_two_columns(path, **options)


def fails(kind, *words, of):
    """The error's message is one line that holds all the words."""
    with pytest.raises(kind) as caught:
        of()
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message, message


def test_blank_lines_end_sentences(tmp_path):
    expected = [
        Tagged(("王", "明", "说"), ("B-PER", "E-PER", "O")),
        Tagged(("南", "京", "市"), ("B-LOC", "M-LOC", "E-LOC")),
    ]
    for text in (GOOD, GOOD + "\n\n", "\n \n" + GOOD.replace("\n", "\r\n")):
        assert read(tmp_path, text) == expected
    assert read(tmp_path, GOOD.replace(" ", "\t"), scheme="BMES") == expected


def test_of_more_columns_the_first_and_the_last_count(tmp_path):
    text = "-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\n"
    assert read(tmp_path, text) == [Tagged(("EU", "rejects"), ("B-ORG", "O"))]


def test_a_wide_space_is_a_token(tmp_path):
    assert read(tmp_path, "\u3000 O\n") == [Tagged(("\u3000",), ("O",))]


@pytest.mark.parametrize(
    ("text", "scheme", "words"),
    [
        (GOOD + "长\n", None, ("line 8", "'长'", "a token without a tag")),
        ("王 B-PER\n明 I-PER\n", "BMES", ("line 2", "'I-PER'", "B M E S O")),
        ("王 B-PER\n明 Q-PER\n", None, ("line 2", "'Q-PER'", "not in IOBES")),
        ("王 B-\n", None, ("line 1", "'B-'", "no kind")),
        ("\n\n", None, ("there are no sentences",)),
    ],
    ids=lambda x: x[0] if isinstance(x, tuple) else "",
)
def test_a_bad_line_is_named(tmp_path, text, scheme, words):
    fails(
        ValueError,
        "own.txt",
        *words,
        of=lambda: read(tmp_path, text, scheme=scheme),
    )


def test_a_folder_is_read_in_the_scheme_of_its_tags(tmp_path):
    found = datasets.load(folder(tmp_path), "tagged")
    assert found.info == {"scheme": "BMES"}
    assert all(len(found[split]) == 2 for split in SPLITS)


def test_loose_tags_are_tightened(tmp_path):
    loose = "a I-X\nb I-X\nc B-X\nd I-Y\n"
    path = folder(tmp_path, train=loose, dev=loose, test=loose)
    found = datasets.load(path, "tagged")
    assert found.info["scheme"] == "BIO"
    assert found.test[0].tags == ("B-X", "I-X", "B-X", "B-Y")


def test_tags_of_two_schemes_are_refused(tmp_path):
    mixed = folder(tmp_path, dev="王 B-PER\n明 I-PER\n")
    words = str(tmp_path), "begin with B E I M O"
    fails(ValueError, *words, of=lambda: datasets.load(mixed, "tagged").train)
    wrong = folder(tmp_path, dev=GOOD + "明 NN\n")
    found = datasets.load(wrong, "tagged")
    fails(ValueError, "dev.txt, line 8", "'NN'", of=lambda: found.train)


def test_what_is_not_there_is_named(tmp_path):
    fails(
        ValueError,
        *("'nowhere'", "synthetic_ner", "conll2003"),
        of=lambda: datasets.load("nowhere", "tagged"),
    )
    path = folder(tmp_path)
    (tmp_path / "dev.txt").unlink()
    words = str(tmp_path), "no valid.txt or dev.txt"
    fails(FileNotFoundError, *words, of=lambda: datasets.load(path, "tagged").train)
    for name in "zh_cws", "resume_ner", "conll2003":
        words, found = (repr(name), f"fetch {name}"), datasets.load(name, "tagged")
        fails(FileNotFoundError, *words, of=lambda found=found: found.train)


def test_words_become_tags_of_characters():
    found = tagged.from_pieces((word, "") for word in ["我", "喜欢", "图书馆"])
    assert found == Tagged(tuple("我喜欢图书馆"), ("S", "B", "E", "B", "M", "E"))
    assert [
        "".join(found.tokens[begin:end])
        for begin, end, _ in schemes.spans_of(found.tags, "BMES")
    ] == ["我", "喜欢", "图书馆"]
    assert tagged.from_pieces([]) == Tagged((), ())


def test_pieces_outside_spans_have_no_tag():
    found = tagged.from_pieces([("他在", None), ("北京", "LOC")])
    assert found == Tagged(tuple("他在北京"), ("O", "O", "B-LOC", "E-LOC"))


@pytest.mark.parametrize(
    ("name", "scheme", "sizes", "spans"),
    [
        ("zh_cws", "BMES", (3997, 500, 500), (98608, 12663, 12012)),
        # Two entities more than are published: two end with one sentence, and go on
        # in the next.
        ("resume_ner", "BMES", (3821, 463, 477), (13440, 1497, 1630)),
        ("conll2003", "BIO", (14041, 3250, 3453), (23499, 5942, 5648)),
    ],
)
def test_the_corpora_have_their_published_sizes(shared, name, scheme, sizes, spans):
    folder = shared(name)
    found = datasets.load(name, "tagged", folder)
    assert found.info["scheme"] == scheme
    assert tuple(len(found[split]) for split in SPLITS) == sizes
    counts = [
        sum(len(schemes.spans_of(tags, scheme)) for _, tags in found[split])
        for split in SPLITS
    ]
    assert tuple(counts) == spans


def test_a_token_may_have_spaces_in_it_where_there_are_tabs(tmp_path):
    text = "New York\tNNP\tB-LOC\n \tX\tO\na\u00a0b X O\n"
    tokens = ("New York", " ", "a\u00a0b")
    assert read(tmp_path, text) == [Tagged(tokens, ("B-LOC", "O", "O"))]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("明 E-PER", ("2 columns", "'明 E-PER'", "first row has 3")),
        ("New York NNP B-LOC", ("4 columns", "needs tabs")),
        ("\tNNP\tO", ("no token",)),
        ("王\tO", ("2 columns", "first row has 3")),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_every_row_has_as_many_columns_as_the_first(tmp_path, line, words):
    text = f"王 NR B-PER\n\n{line}\n"
    fails(ValueError, "own.txt, line 3", *words, of=lambda: read(tmp_path, text))


def test_a_document_mark_ends_a_sentence(tmp_path):
    text = "-DOCSTART- -X- O\na NN O\n-DOCSTART- -X- O\nb NN O\n"
    assert [t.tokens for t in read(tmp_path, text)] == [("a",), ("b",)]


@pytest.mark.parametrize("end", ["\r\n", "\r", "\r\r\n"])
def test_lines_may_end_as_on_any_machine(tmp_path, end):
    assert read(tmp_path, GOOD.replace("\n", end)) == read(tmp_path, GOOD)


def test_rewritten_tags_are_counted(tmp_path, caplog):
    """The scheme allows no E after O: the span stays, and its tag becomes S."""
    path = folder(tmp_path, dev=GOOD + "\n王 O\n明 E-PER\n")
    with caplog.at_level(logging.WARNING):
        found = datasets.load(path, "tagged")
        assert found.valid[-1].tags == ("O", "S-PER")
    (record,) = caplog.records
    assert "dev.txt: 1 of 8 tags" in record.getMessage()
    assert "'E-PER' of '明' became 'S-PER'" in record.getMessage()
