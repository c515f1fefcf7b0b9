"""Sentences, tags and words in ids: what a tagger reads, and its run folder keeps."""

import logging

import numpy as np
import pytest

from seqnets.data.schemes import Span
from seqnets.data.tagged_source import LONGEST, TaggedSource

TEXT = "王 B-PER\n明 E-PER\n在 O\n北 B-LOC\n京 E-LOC\n\n北 B-LOC\n京 E-LOC\n大 O\n1 O\n"
ENGLISH = "EU B-ORG\nrejects O\n12 O\nGerman B-MISC\n"


def write(folder, text, **parts):
    for part in ("train", "dev", "test"):
        (folder / f"{part}.txt").write_text(parts.get(part, text), encoding="utf-8")
    return str(folder)


@pytest.fixture
def lexicon(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("北京 5 ns\n京大 2 n\n王明 1 nr\n明在 1 x\n上海 9 ns\n", "utf-8")
    return str(path)


def test_words_are_where_they_stand_and_strangers_unknown(tmp_path, lexicon):
    source = TaggedSource(write(tmp_path, TEXT), lexicon=lexicon)
    assert set(source.words.symbols[2:]) == {"北京", "京大", "王明", "明在"}
    first, second = source.examples("train")
    found = [
        (source.words.symbols[w], b, e)
        for w, b, e in zip(first["words"], first["begin"], first["end"], strict=True)
    ]
    assert found == [("王明", 0, 1), ("明在", 1, 2), ("北京", 3, 4)]
    scheme, tags = source.tags
    assert [tags[i] for i in second["tags"]] == ["B-LOC", "E-LOC", "O", "O"]
    assert second["index"] == 1 and scheme == "BMES"
    # All tags of the kinds there are, so that every span can be told.
    assert set(tags) == {"O", *(f"{p}-{k}" for p in "BMES" for k in ("LOC", "PER"))}
    stranger = source.encode(source.read_line("上海大"))
    unk = source.vocabulary.unk
    assert (stranger["tokens"] == unk).tolist() == [True, True, False]
    assert stranger["words"].tolist() == [source.words.unk]
    np.testing.assert_array_equal(source.counts("words")[2:].sum(), 5)
    assert source.counts("tokens")[source.vocabulary.encode("北")[0]] == 2


def test_a_run_folder_is_enough_to_ask(tmp_path, lexicon):
    data = tmp_path / "data"
    data.mkdir()
    options = {"lexicon": lexicon, "digits": False}
    source = TaggedSource(write(data, TEXT), **options)
    expected = source.encode(source.read_line("王明在北京7"))
    source.save(tmp_path)
    for file in (*data.iterdir(), tmp_path / "words.txt"):
        file.unlink()
    again = TaggedSource(str(data), **options, workdir=tmp_path)
    assert again.tags == source.tags and again.by_characters
    for name, values in again.encode(again.read_line("王明在北京7")).items():
        np.testing.assert_array_equal(values, expected[name])


def test_english_is_looked_up_plainly_and_spelled_as_it_stands(tmp_path):
    source = TaggedSource(
        write(tmp_path, ENGLISH), scheme="IOBES", lowercase=True, digits=False,
        spelled=True,
    )  # fmt: skip
    (example,) = source.examples("train")
    plain = [source.vocabulary.symbols[i] for i in example["tokens"]]
    assert plain == ["eu", "rejects", "00", "german"]
    letters = [source.letters.decode(row[row > 0]) for row in example["letters"]]
    assert ["".join(word) for word in letters] == ["EU", "rejects", "12", "German"]
    assert example["letters"].shape == (4, LONGEST)
    assert source.tags[0] == "IOBES" and "S-ORG" in source.tags[1]
    assert not source.by_characters
    assert source.read_line("EU rejects it.").tokens == ("EU", "rejects", "it", ".")


def test_cut_words_begin_and_end_where_spans_do_or_lose_them(tmp_path, caplog):
    def segment(text):
        return {"王明在北京": ["王明", "在", "北京"], "北京大1": ["北", "京大", "1"]}[
            text
        ]

    with caplog.at_level(logging.WARNING):
        source = TaggedSource(write(tmp_path, TEXT), segment=segment)
        first, second = source.splits["train"]
    assert "train: 1 of 3 spans" in caplog.text
    assert first.places == (0, 2, 3, 5)
    assert first.told(["S-PER", "O", "S-LOC"], "BMES") == [*first.spans]
    scheme, tags = source.tags
    names = [[tags[i] for i in e["tags"]] for e in source.examples("train")]
    assert names == [["S-PER", "O", "S-LOC"], ["O", "O", "O"]]
    assert second.told(["O", "S-LOC", "O"], "BMES") == [Span(1, 3, "LOC")]
    with pytest.raises(ValueError, match="made of characters"):
        TaggedSource(write(tmp_path, TEXT), segment=lambda text: [text[1:]]).splits  # noqa: B018


def test_a_kind_that_no_training_sentence_has_is_refused(tmp_path):
    corpus = write(tmp_path, TEXT, test="美 B-GPE\n国 E-GPE\n")
    with pytest.raises(ValueError, match="test part has spans of the kind 'GPE'"):
        TaggedSource(corpus).tags  # noqa: B018
    with pytest.raises(ValueError, match="no scheme 'BILOU': there are BIO"):
        TaggedSource(corpus, scheme="BILOU")
