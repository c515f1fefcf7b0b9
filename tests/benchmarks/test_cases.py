"""Which rows the race has, and what they are given."""

import numpy as np

from benchmarks.cases import DTYPES, SHAPES, VARIANTS, Case, draw, select


def test_half_of_the_steps_of_a_ragged_batch_are_real():
    for shape in SHAPES:
        lengths = Case("SRN", "tanh", *shape, "ragged").lengths()
        T, B = shape[:2]
        assert abs(lengths.sum() / (T * B) - 0.5) < 0.02
        assert lengths.min() >= 1
        assert lengths.max() <= T


def test_padding_sends_no_errors_back():
    _, inputs = draw(Case("SRN", "tanh", 6, 4, 2, 3, "ragged"))

    assert not inputs.d_ys[~inputs.mask].any()
    np.testing.assert_array_equal(inputs.mask.sum(1), inputs.lengths)


def test_every_shape_is_raced_dense_and_ragged_the_other_variants_once():
    found = list(select(["LSTM"], list(SHAPES), list(VARIANTS), ["float32"]))

    count = {v: sum(case.variant == v for case in found) for v in VARIANTS}
    assert count == {"dense": 7, "ragged": 7, "two layers": 1, "bidirectional": 1}


def test_only_the_first_form_is_raced_in_lower_precision():
    found = select(["GRU"], list(SHAPES), list(VARIANTS), list(DTYPES))

    assert {c.form for c in found if c.dtype == "bfloat16"} == {"after"}
