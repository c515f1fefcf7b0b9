"""Every text reads as its authors split it; whatever is wrong gets one clear line."""

import ast
import gzip
import os
from pathlib import Path

import numpy as np
import pytest

from seqnets import datasets
from seqnets.data.vocabulary import EOS, Vocabulary

PARTS = ("train", "valid", "test")


def load(corpus, **options):
    """Returns the documents of each split."""
    found = datasets.load(corpus, "text", **options)
    return {split: [text.tokens for text in found[split]] for split in PARTS}


def real(shared, name, unit):
    folder = shared(name)
    return load(name, unit=unit, data_dir=folder)


def sizes(corpus):
    return [sum(map(len, corpus[part])) for part in PARTS]


def everything(corpus):
    return corpus["train"] + corpus["valid"] + corpus["test"]


def fails(kind, *words, corpus, **options):
    """The error's message is one line that holds all the words."""
    with pytest.raises(kind) as caught:
        load(corpus, **options)
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert str(word) in message
    return message


def test_the_standard_library_is_source_split_by_file():
    corpus = load("python_stdlib")
    train, valid, test = sizes(corpus)
    total = train + valid + test
    assert total > 4_000_000
    assert 0.03 < valid / total < 0.09 and 0.03 < test / total < 0.09
    assert Path(os.__file__).read_text() in everything(corpus)
    for document in corpus["valid"]:
        ast.parse(document)
    first = {text: i for i, text in enumerate(corpus["train"])}
    assert (
        first[Path(ast.__file__).read_text()] < first[Path(gzip.__file__).read_text()]
    )
    assert corpus == load("python_stdlib")


def test_tinyshakespeare_is_split_as_nanogpt_does(shared):
    corpus = real(shared, "tinyshakespeare", "char")
    assert sizes(corpus) == [1_003_854, 111_540, 111_540]
    assert len(Vocabulary.count(corpus["train"])) == 65 + 2


def test_the_penn_treebank_has_its_published_sizes(shared):
    corpus = real(shared, "ptb", "word")
    assert sizes(corpus) == [929_589, 73_760, 82_430]
    vocabulary = Vocabulary.count(corpus["train"])
    assert len(vocabulary) == 10_000
    ((test,), (words,)) = vocabulary.encode_documents(corpus["test"]), corpus["test"]
    np.testing.assert_array_equal(
        test == vocabulary.unk, [word == "<unk>" for word in words]
    )


def test_the_penn_treebank_has_its_published_characters(shared):
    corpus = real(shared, "ptb", "char")
    assert sizes(corpus) == [5_017_482, 393_042, 442_423]
    assert len(Vocabulary.count(corpus["train"])) == 50 + 1  # <UNK> is unused.


def test_the_kernel_is_cut_90_5_5(shared):
    train, valid, test = sizes(real(shared, "linux_kernel", "char"))
    assert train + valid + test == 7_231_802
    assert train == int(0.9 * 7_231_802) and abs(valid - test) <= 1


def test_poems_are_documents_and_no_poem_is_on_two_sides(shared):
    corpus = real(shared, "zh_poems", "char")
    count = sum(len(corpus[part]) for part in PARTS)
    assert 10_000 < count < 366 + 280 + 10_008
    openings = [
        {poem.split("\n")[2] for poem in corpus[part] if poem.count("\n") > 1}
        for part in PARTS
    ]
    assert not openings[0] & openings[1] and not openings[0] & openings[2]
    poems = everything(corpus)
    assert any(poem.startswith("在嶽詠蟬\n駱賓王\n西陸蟬聲唱") for poem in poems)


def test_lyrics_are_cut_90_5_5(shared):
    assert sum(sizes(real(shared, "wangfeng", "char"))) == 38_528


def make_ptb(folder):
    folder.mkdir(parents=True)
    for part in PARTS:
        (folder / f"ptb.{part}.txt").write_text(" the <unk> sat \n a b \n")


def test_ptb_is_one_document_whose_lines_end_with_eos(tmp_path):
    make_ptb(tmp_path / "ptb")
    words = load("ptb", unit="word", data_dir=tmp_path)
    assert words["valid"] == [["the", "<unk>", "sat", EOS, "a", "b", EOS]]
    chars = load("ptb", unit="char", data_dir=tmp_path)
    assert chars["valid"] == [[*"the_<unk>_sat", EOS, *"a_b", EOS]]


@pytest.mark.parametrize("unit", ["char", "word"])
def test_a_text_is_cut_in_order(tmp_path, unit):
    text = "".join(f"line {i}\n" for i in range(100))
    (tmp_path / "my.txt").write_text(text)
    corpus = load(tmp_path / "my.txt", unit=unit)
    train, valid, test = sizes(corpus)
    assert train == int(0.9 * (train + valid + test)) and abs(valid - test) <= 1
    if unit == "char":
        assert corpus["train"][0] + corpus["valid"][0] + corpus["test"][0] == text
    else:
        assert corpus["train"][0][:4] == ["line", "0", EOS, "line"]


def test_a_folder_with_its_own_parts_is_taken_as_it_is(tmp_path):
    (tmp_path / "train.txt").write_bytes("\ufeffa\r\nb".encode())
    (tmp_path / "dev.txt.gz").write_bytes(gzip.compress(b"valid"))
    message = fails(FileNotFoundError, "test.txt", "pattern", corpus=tmp_path)
    assert "train" not in message.split(": no ")[1].split(";")[0]
    (tmp_path / "test.txt").write_text("test")
    corpus = load(tmp_path)
    assert (corpus["train"], corpus["valid"], corpus["test"]) == (
        ["a\nb"],
        ["valid"],
        ["test"],
    )


def test_a_folder_of_sources_is_split_by_file(tmp_path):
    for i in range(60):
        folder = tmp_path / f"{i % 3}"
        folder.mkdir(exist_ok=True)
        (folder / f"{i}.c").write_text(f"int x = {i:02};")
        (folder / f"{i}.h").write_text("no")
    (folder / "empty.c").touch()
    corpus = load(tmp_path, pattern="**/*.c")
    assert [len(corpus[part]) for part in PARTS] == [54, 3, 3]
    assert sorted(everything(corpus)) == [f"int x = {i:02};" for i in range(60)]

    (tmp_path / "0" / "0.c").unlink()
    fewer = load(tmp_path, pattern="**/*.c")
    assert len(set(fewer["valid"]) & set(corpus["valid"])) >= 2


def test_three_files_are_enough(tmp_path):
    for name, text in (("a.c", "x" * 1000), ("b.c", "y"), ("c.c", "z" * 30)):
        (tmp_path / name).write_text(text)
    corpus = load(tmp_path, pattern="*.c")
    assert all(len(corpus[part]) == 1 for part in PARTS)


def test_a_missing_corpus_names_the_places_and_the_way_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("SEQNETS_DATA", str(tmp_path / "environment"))
    places = [tmp_path / name / "ptb" for name in ("given", "environment", "cache")]
    command = "python -m seqnets.datasets fetch ptb"
    options = {"data_dir": tmp_path / "given", "unit": "word"}
    fails(FileNotFoundError, *places, command, corpus="ptb", **options)
    fails(FileNotFoundError, "source tree", "**/*.c", corpus="linux_kernel")


@pytest.mark.parametrize("text", ["", " \n\n"])
def test_an_empty_text_is_refused(tmp_path, text):
    (tmp_path / "my.txt").write_text(text)
    fails(ValueError, tmp_path / "my.txt", "empty", corpus=tmp_path / "my.txt")


def test_a_text_too_short_to_split_is_refused(tmp_path):
    (tmp_path / "my.txt").write_text("ab")
    fails(ValueError, "my.txt", "part is empty", corpus=tmp_path / "my.txt")


def test_what_is_not_utf_8_is_named_with_its_place(tmp_path):
    (tmp_path / "my.txt").write_bytes(b"abc\xe9def")
    fails(
        ValueError,
        tmp_path / "my.txt",
        "not UTF-8 at byte 3",
        corpus=tmp_path / "my.txt",
    )


def test_what_cannot_be_read_is_named(tmp_path):
    (tmp_path / "wangfeng" / "input.txt").mkdir(parents=True)
    fails(
        ValueError, "input.txt", "cannot be read", corpus="wangfeng", data_dir=tmp_path
    )
    (tmp_path / "my.txt.gz").write_bytes(gzip.compress(b"text" * 99)[:-9])
    fails(ValueError, "my.txt.gz", "cannot be read", corpus=tmp_path / "my.txt.gz")


def test_a_pattern_that_matches_nothing_is_named(tmp_path):
    (tmp_path / "a.c").write_text("x")
    fails(ValueError, "'*.rs'", "0 files", corpus=tmp_path, pattern="*.rs")
    fails(ValueError, "folder", "a.c", corpus=tmp_path / "a.c", pattern="*.c")


def test_an_unknown_unit_is_refused():
    fails(ValueError, "'byte'", corpus="python_stdlib", unit="byte")


@pytest.mark.parametrize("pattern", ["/*.txt", "", "../*.c"])
def test_a_pattern_that_cannot_be_is_named(tmp_path, pattern):
    fails(ValueError, repr(pattern), corpus=tmp_path, pattern=pattern)


def test_damaged_poems_are_named(tmp_path):
    (tmp_path / "zh_poems").mkdir()
    for text in ("[{]", '[{"author": ""}]', "3"):
        (tmp_path / "zh_poems" / "tang300.json").write_text(text)
        fails(ValueError, "tang300.json", corpus="zh_poems", data_dir=tmp_path)
