"""Sentences, tags and words in ids: what a tagger reads, and its run folder keeps."""

import functools
import logging

import numpy as np
import pytest

from seqnets import datasets
from seqnets.data import schemes
from seqnets.data.assets import Assets
from seqnets.data.schemes import Span
from seqnets.data.sentences import MAX_CHARS, Sentence, Sentences
from seqnets.datasets.lexicon import Lexicon

TEXT = "王 B-PER\n明 E-PER\n在 O\n北 B-LOC\n京 E-LOC\n\n北 B-LOC\n京 E-LOC\n大 O\n1 O\n"
ENGLISH = "EU B-ORG\nrejects O\n12 O\nGerman B-MISC\n"
LEXICON = Lexicon(["北京", "京大", "王明", "明在", "上海"])


def write(folder, text, **parts):
    for part in ("train", "dev", "test"):
        (folder / f"{part}.txt").write_text(parts.get(part, text), encoding="utf-8")
    return folder


def sentences(folder, workdir=None, **options):
    """Returns the sentences of a user's folder, and what its run keeps."""
    assets = Assets(workdir)
    load = functools.partial(datasets.load, folder, "tagged", assets=assets)
    return Sentences(load, assets, **options), assets


def test_words_are_where_they_match_and_strangers_unknown(tmp_path):
    own, _ = sentences(write(tmp_path, TEXT), lexicon=lambda: LEXICON)
    assert set(own.words.symbols[2:]) == {"北京", "京大", "王明", "明在"}
    first, second = own["train"]
    arrays = own.encode(first)
    assert own.ragged.keys() == arrays.keys()
    places = zip(arrays["begin"], arrays["end"], strict=True)
    words = own.words.decode(arrays["words"])
    assert words == ["王明", "明在", "北京"]
    assert list(places) == [(0, 1), (1, 2), (3, 4)]
    scheme, tags = own.tags
    assert [tags[i] for i in own.encode_tags(second)] == ["B-LOC", "E-LOC", "O", "O"]
    assert scheme == "BMES" and own.kinds == ["LOC", "PER"]
    # All tags of the kinds there are, so that every span can be written.
    assert set(tags) == {"O", *(f"{p}-{k}" for p in "BMES" for k in ("LOC", "PER"))}
    stranger = own.encode(own.read_line("上海大"))
    unk = own.vocabulary.unk
    assert (stranger["tokens"] == unk).tolist() == [True, True, False]
    assert stranger["words"].tolist() == [own.words.unk]
    none = own.encode(own.read_line("上海大"), Lexicon(["没有"]))
    assert none["words"].tolist() == []
    assert own.counts("words")[2:].sum() == 5
    assert own.counts("tokens")[own.vocabulary.encode("北")[0]] == 2


def test_a_run_folder_is_enough_to_ask(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    options = {"digits": False, "lexicon": lambda: LEXICON}
    own, assets = sentences(write(data, TEXT), **options)
    expected, tags = own.encode(own.read_line("王明在北京7")), own.tags
    assets.save(tmp_path)
    for file in data.iterdir():
        file.unlink()
    again, _ = sentences(data, tmp_path, **options)
    assert again.tags == tags and again.by_characters
    for name, values in again.encode(again.read_line("王明在北京7")).items():
        np.testing.assert_array_equal(values, expected[name])


def test_english_is_looked_up_normalised_and_its_characters_kept(tmp_path):
    options = {"scheme": "IOBES", "lowercase": True, "digits": False}
    own, _ = sentences(write(tmp_path, ENGLISH), with_chars=True, **options)
    arrays = own.encode(own["train"][0])
    plain = own.vocabulary.decode(arrays["tokens"])
    assert plain == ["eu", "rejects", "00", "german"]
    words = ["".join(own.chars.decode(row[row > 0])) for row in arrays["chars"]]
    assert words == ["EU", "rejects", "12", "German"]
    assert arrays["chars"].shape == (4, MAX_CHARS)
    assert own.ragged == {"tokens": "mask", "chars": "mask"}
    assert own.tags[0] == "IOBES" and "S-ORG" in own.tags[1]
    assert not own.by_characters
    assert own.read_line("EU rejects it.").tokens == ("EU", "rejects", "it", ".")


def test_segmented_words_begin_and_end_where_spans_do_or_lose_them(tmp_path, caplog):
    words = {"王明在北京": ["王明", "在", "北京"], "北京大1": ["北", "京大", "1"]}
    own, _ = sentences(write(tmp_path, TEXT), segment=words.__getitem__)
    with caplog.at_level(logging.WARNING):
        first, second = own["train"]
    assert "train: 1 of 3 spans" in caplog.text
    assert first.places == (0, 2, 3, 5)
    assert first.decode_spans(["S-PER", "O", "S-LOC"], "BMES") == [*first.spans]
    _, tags = own.tags
    names = [[tags[i] for i in own.encode_tags(s)] for s in own["train"]]
    assert names == [["S-PER", "O", "S-LOC"], ["O", "O", "O"]]
    assert second.decode_spans(["O", "S-LOC", "O"], "BMES") == [Span(1, 3, "LOC")]
    own, _ = sentences(tmp_path, segment=lambda text: [text[1:]])
    with pytest.raises(ValueError, match="made of characters"):
        own["train"]


@pytest.mark.parametrize("scheme", schemes.SCHEMES)
def test_no_limit_makes_a_sentence_impossible(scheme):
    """Its tags begin, follow each other and end as the constraints of a CRF allow."""
    tags = ["O", *schemes.tags_of_kind("X", scheme)]
    transition, start, stop = schemes.allowed(tags, scheme)
    spans = Span(0, 1, "X"), Span(1, 4, "X"), Span(5, 7, "X")
    for places in (tuple(range(9)), (0, 1, 4, 5, 6, 7, 8)):
        whole = Sentence(("a",) * (len(places) - 1), places, spans)
        for limit in range(1, len(places)):
            ids = [*map(tags.index, whole.cut(limit).encode_spans(scheme))]
            assert len(ids) == limit and start[ids[0]] and stop[ids[-1]]
            assert transition[ids[:-1], ids[1:]].all()


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 9])
def test_the_tags_of_a_cut_sentence_are_such_as_the_scheme_allows(limit):
    """Else a CRF would give the sentence the probability zero."""
    spans = Span(0, 3, "LOC"), Span(3, 5, "PER")
    whole = Sentence(tuple("abcde"), (0, 1, 2, 3, 4, 5), spans)
    cut = whole.cut(limit)
    assert cut.tokens == whole.tokens[:limit] and len(cut.places) == len(cut.tokens) + 1
    tags = cut.encode_spans("BMES")
    assert schemes.convert(tags, "BMES", "BMES") == tags and "O" not in tags
    assert (cut is whole) == (limit >= 5)


def test_a_kind_that_no_training_sentence_has_is_refused(tmp_path):
    corpus = write(tmp_path, TEXT, test="美 B-GPE\n国 E-GPE\n")
    with pytest.raises(ValueError, match="test split has spans of the kind 'GPE'"):
        sentences(corpus)[0].tags  # noqa: B018
    with pytest.raises(ValueError, match="no scheme 'BILOU': there are BIO"):
        sentences(corpus, scheme="BILOU")


def test_a_tag_that_only_another_split_has_is_known(tmp_path):
    text = "a B-X\nb E-X\n\n"
    write(tmp_path, text + "a B-X\nb E-X\nc O\n", train=text)
    own, _ = sentences(tmp_path)
    _, tags = own.tags
    (_, last) = own["valid"]
    assert [tags[i] for i in own.encode_tags(last)] == ["B-X", "E-X", "O"]


def test_a_token_of_more_than_a_character_changes_no_other_line(tmp_path):
    """Most tokens decide whether texts are read by characters, not one of them."""
    text = TEXT + "\n❤️ O\n2003 O\n"
    own, _ = sentences(write(tmp_path, text))
    assert own.by_characters
    assert own.read_line("王明 ❤️很大").tokens == ("王", "明", "❤️", "很", "大")
    few = "New B-LOC\nYork I-LOC\nI O\n. O\n, O\na O\nis O\nit O\nbig O\n"
    own, _ = sentences(write(tmp_path, few))
    assert not own.by_characters


def test_words_never_cut_a_token_of_the_corpus(tmp_path):
    text = "20 B-X\n03 E-X\n年 O\n"
    cut = {"2003年": ["2", "003", "年"], "王": ["王"]}
    own, _ = sentences(write(tmp_path, text), segment=cut.__getitem__)
    (sentence,) = own["train"]
    assert sentence.tokens == ("2003", "年") and sentence.places == (0, 2, 3)
    assert sentence.units == ("20", "03", "年")
    assert sentence.encode_spans("BMES") == ["S-X", "O"]


def test_what_is_typed_is_known_as_it_is_looked_up(tmp_path):
    own, _ = sentences(write(tmp_path, "well-made O\n12 B-X\n"), lowercase=True)
    assert own.read_line("Well-made 12").tokens == ("Well-made", "12")


def test_sentences_without_spans_are_refused(tmp_path):
    with pytest.raises(ValueError, match="training sentences have no spans"):
        sentences(write(tmp_path, "a O\nb O\n"))[0].tags  # noqa: B018
