"""The longest open reading frame is found on the strand it is on."""

from seqnets.baselines import reading_frames
from seqnets.data.bases import encode, reverse_complement
from seqnets.data.gene_tags import Gene


def test_the_longest_is_taken_from_its_first_start_to_its_stop():
    assert reading_frames.longest(encode("CATGAAATAACC")) == [Gene(((1, 10),))]
    codes = encode("ATGATGAAATAG")
    assert reading_frames.longest(codes) == [Gene(((0, 12),))]


def test_of_the_other_strand_it_is_the_mirror_image():
    codes = encode("CATGAAATAACCA")
    found = reading_frames.longest(reverse_complement(codes))
    assert found == [Gene(((3, 12),), True)]


def test_without_a_stop_there_is_none():
    assert reading_frames.longest(encode("ATGAAAAAA")) == []
