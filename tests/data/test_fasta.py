"""FASTA files are read with their headers, and refused with file and line."""

import gzip
import logging

import pytest

from seqnets.data import bases, fasta


def test_sequences_are_joined_and_fields_are_read(tmp_path, caplog):
    path = tmp_path / "a.fasta.gz"
    text = ">one label=x of=y z\r\nACGT\r\n\r\nnn\r\n> two\r\nT\r\n"
    path.write_bytes(gzip.compress(text.encode()))
    with caplog.at_level(logging.WARNING):
        first, second = fasta.read(path)
    assert (first.name, first.fields, first.line) == (
        "one",
        {"label": "x", "of": "y"},
        1,
    )
    assert bases.decode(first.codes) == "ACGTNN" and second.name == "two"
    assert "2 of 7 letters are ambiguity codes" in caplog.text


@pytest.mark.parametrize(
    "text, words",
    [
        ("ACGT\n", "line 1: a FASTA file begins with a header"),
        ("", "no sequences in it"),
        (">a\n>b\nA\n", "line 1: a header without a sequence"),
        (">a\nAC\nAE\n", "line 3: 'E' at place 2 is no base"),
    ],
)
def test_bad_files_are_refused(tmp_path, text, words):
    (tmp_path / "a.fasta").write_text(text)
    with pytest.raises(ValueError, match=words) as caught:
        fasta.read(tmp_path / "a.fasta")
    assert "a.fasta" in str(caught.value) and "\n" not in str(caught.value)
