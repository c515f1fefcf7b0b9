"""One row of scores: its labels, by two decoders, and where they stand."""

import numpy as np
import pytest

from seqnets.baselines.ngram import NGram
from seqnets.decode import ctc_decoder, prefix_beam

pytestmark = pytest.mark.usefixtures("quickly")

ROWS = np.log([[[0.6, 0.4]] * 2 + [[0.5, 0.5]], [[0.1, 0.9]] * 3])
MASKS = np.array([[True, True, False], [True, True, True]])


@pytest.mark.parametrize(("beam", "labels"), [(None, [(), (1,)]), (8, [(1,), (1,)])])
def test_strings_are_decoded_by_the_best_path_or_by_a_beam(beam, labels):
    found = [ctc_decoder.decode(z, m, beam) for z, m in zip(ROWS, MASKS, strict=True)]
    assert found == labels


def test_the_probability_is_that_of_all_paths_and_the_places_of_the_best_one():
    logits = np.log([[0.2, 0.8], [0.7, 0.3], [0.9, 0.1], [0.5, 0.5]])
    mask = np.array([True, True, True, False])
    p, places = ctc_decoder.align(logits, mask, (1,))
    paths = {(1, 0, 0): 0.8 * 0.7 * 0.9, (1, 1, 0): 0.8 * 0.3 * 0.9}
    paths |= {(0, 1, 0): 0.2 * 0.3 * 0.9, (0, 1, 1): 0.2 * 0.3 * 0.1}
    paths |= {(0, 0, 1): 0.2 * 0.7 * 0.1, (1, 1, 1): 0.8 * 0.3 * 0.1}
    assert p == pytest.approx(sum(paths.values()), rel=1e-5)
    assert places[:3].tolist() == [0, -1, -1]


def test_labels_that_cannot_be_have_no_probability_and_no_place():
    for labels in ((1, 1, 1, 1), (3,), (-1,)):
        p, places = ctc_decoder.align(np.zeros((4, 3)), np.arange(4) < 3, labels)
        assert p == 0.0 and places.tolist() == [-1] * 4


def test_a_row_without_steps_says_nothing():
    nothing = np.zeros((0, 3)), np.zeros(0, bool)
    for beam in (None, 4):
        assert ctc_decoder.decode(*nothing, beam) == ()
    p, places = ctc_decoder.align(*nothing, ())
    assert p == 1.0 and places.shape == (0,)


def spoken(rng, size):
    """Scores of labels 1 and 2, each of three steps with three of the blank between."""
    symbols = np.repeat([[label, 0] for label in rng.integers(1, 3, size // 6 + 1)], 3)
    return 12.0 * np.eye(3)[symbols[:size]] + rng.normal(size=(size, 3))


@pytest.mark.parametrize("beam", [None, 4])
def test_a_row_in_pieces_reads_as_the_whole_one(beam, monkeypatch):
    logits = spoken(np.random.default_rng(0), 90)
    mask = np.arange(90) < 85
    whole = ctc_decoder.read(logits, mask, beam)
    assert len(whole.labels) == 15 and len(whole.places) == 85
    monkeypatch.setattr(ctc_decoder, "LONGEST", 16)
    sizes = [steps.sum() for _, steps in ctc_decoder._pieces(logits, mask)]
    assert sum(sizes) == 85 and max(sizes) <= 16 and len(sizes) > 5
    pieces = ctc_decoder.read(logits, mask, beam)
    assert pieces.labels == whole.labels == ctc_decoder.decode(logits, mask, beam)
    np.testing.assert_array_equal(pieces.places, whole.places)
    assert pieces.probability == pytest.approx(whole.probability, rel=0.01)


def test_an_alignment_is_never_longer_than_a_piece(monkeypatch):
    """A row of noise, in which no step is surely blank."""
    logits = np.random.default_rng(0).normal(size=(200, 3))
    monkeypatch.setattr(ctc_decoder, "LONGEST", 32)
    align, sizes = ctc_decoder.align, []

    def measured(logits, mask, labels):
        sizes.append(len(mask))
        return align(logits, mask, labels)

    monkeypatch.setattr(ctc_decoder, "align", measured)
    found = ctc_decoder.read(logits, np.ones(200, bool))
    assert set(sizes) == {32} and len(found.places) == 200
    assert set(found.places) == {-1, *range(len(found.labels))}


def test_an_ngram_of_labels_knows_where_strings_begin_and_end():
    """p(string, end) is what the n-gram gives the string between two blanks."""
    strings = [(1, 2), (1, 2), (1, 2, 1), (2, 2)]
    text = np.concatenate([(*string, 0) for string in strings])
    for order in (1, 2, 3):
        asked = ctc_decoder.ngram(strings, order, 3)
        counted = NGram.fit(text, order, 3)
        for string in strings:
            found = sum(
                asked(string[:i], label) for i, label in enumerate((*string, 0))
            )
            expected = counted.log_prob(np.array([0, *string, 0]))[1:].sum()
            assert found == pytest.approx(expected)
        for prefix in ((), (1,), (2, 1)):
            assert sum(np.exp(asked(prefix, k)) for k in range(3)) == pytest.approx(1.0)


def test_a_language_model_decides_where_the_sound_does_not():
    """Of two labels as probable by ear, as 004 has it of sentences."""
    logits = np.log([[0.1, 0.45, 0.45], [0.9, 0.05, 0.05], [0.02, 0.49, 0.49]])
    mask = np.ones(3, bool)
    asked = ctc_decoder.ngram([(2, 1)] * 9 + [(1,)], 2, 3)
    options = {"language_model": asked, "weight": 1.0, "bonus": 0.0}
    assert ctc_decoder.decode(logits, mask, 8, **options) == (2, 1)
    best = prefix_beam.search(logits, beam=8)
    tied = [h.labels for h in best if h.log_p > best[0].log_p - 1e-9]
    assert (2, 1) in tied and len(tied) > 1
