"""DNA of a user's own is divided as it says, and refused by line."""

import pytest

from seqnets import datasets
from seqnets.data import bases


def windows(path, labels, count=10):
    lines = [
        f">w{i} label={label}\n{'ACGT'[i % 4] * 4}\n"
        for label in labels
        for i in range(count)
    ]
    path.write_text("".join(lines))
    return path


def refused(path, kind, *words):
    with pytest.raises(ValueError) as caught:
        _ = datasets.load(path, kind).train
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def test_every_window_is_tested_in_one_fold(tmp_path):
    path, tested = windows(tmp_path / "own.fasta", "xy", 12), []
    for fold in range(10):
        found = datasets.load(path, "windows", fold=fold)
        parts = [found[split] for split in datasets.SPLITS]
        assert sum(map(len, parts)) == 24 and found.info == {"classes": ["x", "y"]}
        tested += [(w.label, w.fold) for w in found.test]
    assert sorted(tested) == sorted(
        (label, i % 10) for label in "xy" for i in range(12)
    )


def test_windows_and_genes_have_splits_of_their_own(tmp_path):
    for name in ("train", "dev", "test"):
        windows(tmp_path / f"{name}.fasta", "xy", 2)
    assert len(datasets.load(tmp_path, "windows").valid) == 4
    windows(tmp_path / "test.fasta", "xz", 1)
    refused(tmp_path, "windows", "test.fasta", "'z' is not in train.fasta")


def test_windows_without_what_they_need_are_refused(tmp_path):
    refused(windows(tmp_path / "a.fasta", "xy", 9), "windows", "9 windows", "too few")
    refused(windows(tmp_path / "b.fasta", "x"), "windows", "the label 'x'")
    (tmp_path / "c.fasta").write_text(">one\nACG\n")
    refused(tmp_path / "c.fasta", "windows", "line 1", "no label", ">one label=donor")


def test_genes_are_read_and_dealt_out(tmp_path):
    lines = [f">g{i} coding={'2..4' if i % 2 else '-'}\nAATGA\n" for i in range(10)]
    (tmp_path / "own.fasta").write_text("".join(lines))
    found = datasets.load(tmp_path / "own.fasta", "genes")
    assert [len(found[split]) for split in datasets.SPLITS] == [8, 1, 1]
    assert found.train[0].genes == () and found.train[1].genes[0].exons == ((1, 4),)
    assert bases.decode(found.test[0].codes) == "AATGA"


@pytest.mark.parametrize(
    "header, words",
    [
        (">a", ("line 3", "no coding", "`>a coding=4..12,31..48`")),
        (">a coding=2..3", ("line 3", "no whole codons")),
        (">a coding=9..11", ("line 3", "not in order in 5 bases")),
        (">a coding=x", ("line 3", "expected coding stretches")),
    ],
)
def test_bad_headers_are_refused_by_line(tmp_path, header, words):
    (tmp_path / "own.fasta").write_text(f">b coding=-\nAATGA\n{header}\nAATGA\n")
    refused(tmp_path / "own.fasta", "genes", "own.fasta", *words)


def test_few_sequences_are_refused(tmp_path):
    (tmp_path / "own.fasta").write_text(">b coding=-\nAATGA\n")
    refused(tmp_path / "own.fasta", "genes", "1 sequences are too few")


def test_splice_junctions_are_all_read(shared):
    found = datasets.load("splice", "windows", shared("dna"), fold=9)
    everything = [w for split in datasets.SPLITS for w in found[split]]
    labels = [w.label for w in everything]
    assert [labels.count(c) for c in found.info["classes"]] == [767, 768, 1655]
    assert {len(w.codes) for w in everything} == {60}
    assert sum(bases.ambiguous(w.codes) for w in everything) == 60
    # An intron begins with GT, as a rule, and ends with AG.
    donors = [bases.decode(w.codes[30:32]) for w in everything if w.label == "EI"]
    acceptors = [bases.decode(w.codes[28:30]) for w in everything if w.label == "IE"]
    assert donors.count("GT") > 750 and acceptors.count("AG") > 750


def test_a_bad_line_of_the_splice_set_is_named(tmp_path):
    folder = tmp_path / "dna"
    folder.mkdir()
    (folder / "splice.data").write_text("EI, a, ACGT\nXX, b, ACGT\n")
    with pytest.raises(ValueError, match="splice.data, line 2: expected `class, name"):
        _ = datasets.load("splice", "windows", str(tmp_path)).train
