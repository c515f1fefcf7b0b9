"""One row of scores: its labels, by two decoders, and where they stand."""

import numpy as np
import pytest

from seqnets.decode import ctc_decoder

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
