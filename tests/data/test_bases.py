"""Codes are sets of bases, and the other strand is read backwards."""

import numpy as np
import pytest

from seqnets.data import bases

PAIRS = dict(zip("ACGTRYSWKMBVDHN", "TGCAYRSWMKVBHDN", strict=True))


def test_complements_are_those_of_iupac():
    for letter, other in PAIRS.items():
        assert bases.decode(bases.reverse_complement(bases.encode(letter))) == other


def test_the_other_strand_of_the_other_strand_is_the_sequence():
    codes = np.random.default_rng(0).integers(1, 16, 50).astype(np.uint8)
    twice = bases.reverse_complement(bases.reverse_complement(codes))
    np.testing.assert_array_equal(twice, codes)


def test_a_code_has_the_same_probability_for_each_of_its_bases():
    np.testing.assert_allclose(bases.VECTORS[1:].sum(1), 1)
    assert not bases.VECTORS[0].any()
    codes = bases.encode("aR n")
    assert bases.VECTORS[codes].tolist() == [[1, 0, 0, 0], [0.5, 0, 0.5, 0], [0.25] * 4]
    assert bases.ambiguous(codes) == 2
    # That of the complement has its bases in the opposite order.
    own = bases.VECTORS[bases.COMPLEMENT]
    np.testing.assert_array_equal(own, bases.VECTORS[:, ::-1])


def test_rna_is_read_as_dna_and_other_letters_are_refused():
    assert bases.decode(bases.encode("acgu")) == "ACGT"
    with pytest.raises(ValueError, match="'X' at place 3 is no base"):
        bases.encode("A CX")
