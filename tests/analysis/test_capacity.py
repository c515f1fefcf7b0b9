"""What is stored and recalled, of random patterns and of damaged ones."""

import numpy as np
import pytest

from seqnets import hopfield
from seqnets.analysis import capacity


def test_damage_flips_its_share_of_bits_or_covers_the_lowest_rows():
    rng = np.random.default_rng(0)
    patterns = rng.choice([-1, 1], (50, 10, 8))
    flipped = capacity.damage(patterns, "flipped", 0.2, rng)
    share = (flipped != patterns).mean()
    assert abs(share - 0.2) < 4 * np.sqrt(0.16 / patterns.size)
    covered = capacity.damage(patterns, "covered", 0.3, rng)
    np.testing.assert_array_equal(covered[:, :7], patterns[:, :7])
    assert (covered[:, 7:] == -1).all() and (patterns[:, 7:] == 1).any()


def test_low_loads_are_kept_and_high_ones_are_lost():
    own = {"networks": 2, "probes": 4, "sweeps": 20}
    low, high = (capacity.measure(load, 200, **own) for load in (0.02, 0.4))
    assert low.bit_error == 0 and low.overlap == 1 and low.deviation == 0
    assert low.bits == 2 * 4 * 200
    theory = hopfield.one_step_error(0.4)
    assert high.bit_error == pytest.approx(theory, rel=0.2)
    assert high.overlap < 0.8 and 0 <= high.alternating <= 1
    assert capacity.measure(0.4, 200, **own) == high
    assert capacity.measure(0.4, 200, seed=1, **own) != high


def test_at_a_load_that_hebbs_rule_cannot_hold_the_others_recall():
    hebb, inverse, storkey = capacity.compare_rules(0.25, 100, probes=5, sweeps=20)
    assert hebb < 0.9 < storkey <= 1 and inverse > 0.9


def test_every_method_recalls_what_is_hardly_damaged():
    rng = np.random.default_rng(0)
    patterns = rng.choice([-1.0, 1.0], (3, 60))
    cue = patterns.copy()
    cue[:, :3] *= -1
    found = capacity.recall(patterns, {"three": cue}, beta=0.5, sweeps=20, seed=0)
    assert set(found) == {"three"} and tuple(found["three"]) == capacity.METHODS
    for end in found["three"].values():
        np.testing.assert_array_equal(end, patterns)
