"""Texts whose first symbol is asked for."""

import numpy as np

from seqnets.datasets import first_symbol


def test_the_answer_is_the_first_symbol_and_noise_is_of_others():
    batch = first_symbol.draw(np.random.default_rng(0), 200, 50, 3)
    np.testing.assert_array_equal(batch["targets"], batch["tokens"][:, 0])
    assert set(batch["targets"]) == {0, 1, 2}
    assert set(batch["tokens"][:, 1:].flat) == {3, 4, 5}
