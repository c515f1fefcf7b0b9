"""Pairs of lines, in one file or in two; whatever is wrong is named with its line."""

import gzip

import pytest

from seqnets import datasets
from seqnets.datasets.pairs import Pair

LINES = {"de": "Zwei Hunde .\n Ja\tgut !\n", "en": "Two dogs .\nYes , well !\n"}


def write(folder, texts, names=("train", "valid", "test")):
    folder.mkdir(exist_ok=True)
    for name in names:
        for suffix, text in texts.items():
            (folder / f"{name}.{suffix}").write_text(text, encoding="utf-8")
    return folder


def refused(place, *words, kind=ValueError, **options):
    with pytest.raises(kind) as caught:
        datasets.load(place, "pairs", **options).train  # noqa: B018
    assert "\n" not in str(caught.value)
    for word in words:
        assert str(word) in str(caught.value)


@pytest.mark.parametrize("suffix", ["tsv", "txt"])
def test_lines_of_one_file_are_pairs_as_they_stand(tmp_path, suffix):
    own = write(tmp_path / "own", {suffix: "Ja , .\t Yes, .\nNein\tNo\n"})
    (own / f"valid.{suffix}").rename(own / f"dev.{suffix}")
    (own / f"test.{suffix}").unlink()
    (own / f"test.{suffix}.gz").write_bytes(gzip.compress(b"a\tb"))
    found = datasets.load(own, "pairs")
    assert found.train == found.valid == [Pair("Ja , .", " Yes, ."), Pair("Nein", "No")]
    assert found.test == [Pair("a", "b")]
    assert found.info == {"source": "source", "target": "target"}


def test_parallel_files_are_pairs_and_options_turn_them(tmp_path):
    own = write(tmp_path / "own", LINES, ("train", "val", "test_2016_flickr"))
    found = datasets.load(own, "pairs")
    assert found.info == {"source": "de", "target": "en"}
    expected = [Pair("Zwei Hunde .", "Two dogs ."), Pair(" Ja\tgut !", "Yes , well !")]
    for split in datasets.SPLITS:
        assert found[split] == expected
    for options in ({"source": "en"}, {"target": "de"}):
        turned = datasets.load(own, "pairs", **options)
        assert turned.valid == [Pair(*pair[::-1]) for pair in expected]
        assert turned.info == {"source": "en", "target": "de"}


def test_of_three_languages_two_are_named(tmp_path):
    own = write(tmp_path / "own", LINES | {"fr": "Deux chiens .\nOui !\n"})
    refused(own, "end in de, en, fr", "source and target")
    refused(own, "end in de, en, fr", source="fr")
    found = datasets.load(own, "pairs", source="fr", target="de")
    assert found.train[0] == Pair("Deux chiens .", "Zwei Hunde .")


def test_wrong_suffixes_are_refused(tmp_path):
    own = write(tmp_path / "own", LINES)
    refused(own, "end in de, en", "source 'cs'", source="cs")
    refused(own, "both 'de'", source="de", target="de")
    table = write(tmp_path / "table", {"tsv": "a\tb\n"})
    refused(table, "end in tsv", "source 'de'", source="de")
    alone = write(tmp_path / "alone", {"de": "a\n"})
    refused(alone, "end in de", "name two of them")


@pytest.mark.parametrize("long", ["de", "en"])
def test_the_first_line_without_a_partner_is_named_with_both_files(tmp_path, long):
    own = write(tmp_path / "own", LINES | {long: "a\nb\nc\nd\n"})
    paths = [own / f"train.{suffix}" for suffix in LINES]
    refused(own, *paths, f"train.{long}, line 3", "which has 2")


@pytest.mark.parametrize("side", ["de", "en"])
def test_an_empty_side_is_named(tmp_path, side):
    own = write(tmp_path / "own", LINES | {side: "a\n \n"})
    refused(own, own / f"train.{side}", "line 2", "empty")


@pytest.mark.parametrize("line", ["a", "a\tb\tc", "a\t", "\tb", " \t ", ""])
def test_a_line_that_is_no_pair_is_named(tmp_path, line):
    own = write(tmp_path / "own", {"tsv": f"a\tb\n{line}\na\tb\n"})
    refused(own, own / "train.tsv", "line 2", "one tab between them")


def test_a_missing_part_is_named(tmp_path):
    own = write(tmp_path / "own", LINES, ("train", "test"))
    refused(own, own, "no valid.de or dev.de or val.de", kind=FileNotFoundError)
    empty = tmp_path / "empty"
    empty.mkdir()
    refused(empty, empty, "train.tsv or train.txt", kind=FileNotFoundError)
    refused("multi30k", "fetch multi30k", kind=FileNotFoundError)


def test_the_real_captions_are_all_there(shared):
    found = datasets.load("multi30k", "pairs", shared("multi30k"))
    assert [len(found[split]) for split in datasets.SPLITS] == [29000, 1014, 1000]
    assert found.info == {"source": "de", "target": "en"}
    assert [i for i, pair in enumerate(found.train, 1) if pair.source == "@@"] == [
        16510,
        16664,
    ]
