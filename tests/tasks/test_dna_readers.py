"""Lines of bases, and FASTA files, are read."""

import pytest

from seqnets.tasks import dna_readers


def test_lines_are_bases_or_files_of_them(tmp_path):
    path = tmp_path / "a.fa"
    path.write_text(">x\nAC\nGT\n>y\nNN\n")
    asked = ["ac gt", f"{path}\n", ""]
    first, file, empty = dna_readers.answers(lambda lines: map(str.upper, lines), asked)
    assert (first, empty) == ("AC GT", "") and file.answers == ("ACGT", "NN")
    assert str(file) == "ACGT\nNN"
    assert dna_readers.read_line(" \n") is None
    assert not dna_readers.is_path("a.c/g") and dna_readers.is_path("none.fna")
    other = path.rename(tmp_path / "a.txt")
    (file,) = dna_readers.answers(lambda lines: map(str.upper, lines), [str(other)])
    assert file.answers == ("ACGT", "NN")
    with pytest.raises(ValueError, match="'x' at place 3 is no base"):
        dna_readers.read_line("acx")
