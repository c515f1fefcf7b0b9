"""Hopfield networks: what updates do to the energy, and what rules can store."""

import jax
import numpy as np
import pytest

from seqnets import hopfield
from seqnets.hopfield import CYCLE, FIXED, RUNNING

N = 24


def draw(count, units=N, seed=0):
    return np.random.default_rng(seed).choice([-1.0, 1.0], (count, units))


def damaged(patterns, bits, seed=0):
    rng, found = np.random.default_rng(seed), patterns.copy()
    for row in found:
        row[rng.choice(len(row), bits, replace=False)] *= -1
    return found


@pytest.mark.parametrize("rule", hopfield.RULES)
def test_no_asynchronous_update_raises_the_energy_which_falls_by_twice_the_field(rule):
    w = hopfield.RULES[rule](draw(9))
    np.testing.assert_allclose(w, w.T, atol=1e-6)
    np.testing.assert_array_equal(np.diag(w), 0)
    states = draw(20, seed=1)
    for i in np.random.default_rng(2).integers(0, N, 80):
        fields = states @ w[i]
        after = hopfield.asynchronous(w, states, [i])
        turned = after[:, i] != states[:, i]
        fall = hopfield.energy(w, states) - hopfield.energy(w, after)
        np.testing.assert_allclose(fall, 2 * np.abs(fields) * turned, atol=1e-4)
        states = after


def test_a_tie_keeps_the_state():
    # Two opposite patterns on the first two units: h = 0 for both of their signs.
    w = np.zeros((3, 3), np.float32)
    w[0, 1] = w[1, 0] = 1.0
    w[0, 2] = w[2, 0] = -1.0
    states = np.array([[s, 1, 1] for s in (-1.0, 1.0)])
    np.testing.assert_array_equal((states @ w)[:, 0], 0)
    for update in (
        lambda: hopfield.asynchronous(w, states, [0]),
        lambda: hopfield.synchronous(w, states),
    ):
        np.testing.assert_array_equal(update()[:, 0], [-1, 1])


def test_units_at_once_may_alternate_between_two_states_and_say_so():
    w = np.array([[0, -1], [-1, 0]], np.float32)  # They want to differ.
    states = np.array([[1.0, 1.0], [1.0, -1.0]])
    found = hopfield.settle(w, states, updates="synchronous")
    assert found.ends == [CYCLE, FIXED]
    np.testing.assert_array_equal(np.abs(found.states), 1)
    one_by_one = hopfield.settle(w, states)
    assert one_by_one.ends == [FIXED, FIXED]
    assert (one_by_one.states.prod(1) == -1).all()
    assert hopfield.settle(w, states, sweeps=0).ends[0] == RUNNING


def test_a_sweep_is_one_update_of_each_unit_in_the_order_given():
    w, states = hopfield.hebbian(draw(6)), draw(4, seed=1)
    order = np.random.default_rng(3).permutation(N)
    expected = states.copy()
    for row in expected:
        for i in order:
            field = sum(float(w[i, j]) * row[j] for j in range(N))
            row[i] = row[i] if field == 0 else np.sign(field)
    found = hopfield.asynchronous(w, states, order)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(states, draw(4, seed=1))  # It stays as it was.


def test_what_is_settled_stays_and_its_opposite_as_well():
    w = hopfield.hebbian(draw(3))
    found = hopfield.settle(w, draw(10, seed=1)).states
    for states in (found, -found):
        np.testing.assert_array_equal(hopfield.synchronous(w, states), states)


def test_storkeys_rule_is_its_sum_over_units():
    patterns = draw(3, 5)
    w = np.zeros((5, 5))
    for x in patterns:
        old = w.copy()
        for i in range(5):
            for j in range(5):
                h_ij = sum(old[i, k] * x[k] for k in range(5) if k not in (i, j))
                h_ji = sum(old[j, k] * x[k] for k in range(5) if k not in (i, j))
                if i != j:
                    w[i, j] += (x[i] * x[j] - x[i] * h_ji - h_ij * x[j]) / 5
    np.testing.assert_allclose(hopfield.storkey(patterns), w, atol=1e-6)


def test_a_projection_stores_what_is_alike_and_hebbs_rule_does_not():
    alike = damaged(np.repeat(draw(1), 8, 0), 3)
    w = hopfield.pseudo_inverse(alike)
    np.testing.assert_array_equal(hopfield.synchronous(w, alike), alike)
    other = hopfield.synchronous(hopfield.hebbian(alike), alike)
    assert (other != alike).any()


def test_a_projection_stores_patterns_that_differ_in_one_bit():
    """No other unit tells that bit: its field is a tie, which keeps it."""
    for unit in range(10):
        patterns = draw(5, 60)
        patterns[1] = patterns[0]
        patterns[1, unit] *= -1
        w = hopfield.pseudo_inverse(patterns)
        np.testing.assert_array_equal(hopfield.synchronous(w, patterns), patterns)


@pytest.mark.parametrize("rule", hopfield.RULES)
def test_no_patterns_leave_all_weights_zero(rule):
    w = hopfield.RULES[rule](draw(0))
    np.testing.assert_array_equal(w, np.zeros((N, N), np.float32), strict=True)


@pytest.mark.parametrize("rule", hopfield.RULES)
def test_few_damaged_patterns_are_recalled(rule):
    patterns = draw(3, 100)
    w = hopfield.RULES[rule](patterns)
    found = hopfield.settle(w, damaged(patterns, 10))
    np.testing.assert_array_equal(found.states, patterns)
    np.testing.assert_allclose(hopfield.overlap(patterns, found.states), 1)


def test_the_modern_update_is_attention_and_never_raises_its_energy():
    patterns, states, beta = draw(5), np.random.default_rng(1).normal(size=(7, N)), 0.3
    found = hopfield.modern(patterns, states, beta)
    q, k = (a[None, :, None].astype("f") for a in (states, patterns))  # One head.
    expected = jax.nn.dot_product_attention(q, k, k, scale=beta)[0, :, 0]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    energies = []
    for _ in range(6):
        energies.append(hopfield.modern_energy(patterns, states, beta))
        states = hopfield.modern(patterns, states, beta)
    assert (np.diff(energies, axis=0) <= 1e-9).all()


def test_the_modern_form_recalls_more_patterns_than_it_has_units():
    patterns = np.unique(draw(200, 20), axis=0)
    found = np.sign(hopfield.modern(patterns, damaged(patterns, 1), 4.0))
    assert (found == patterns).all(1).mean() > 0.9
    hebb = hopfield.settle(hopfield.hebbian(patterns), patterns).states
    assert (hebb == patterns).all(1).mean() < 0.1


def test_theory_has_its_published_values():
    for load, error in ((0.105, 0.001), (0.138, 0.0036), (0.185, 0.01), (0.37, 0.05)):
        assert hopfield.one_step_error(load) == pytest.approx(error, rel=0.05)
    assert hopfield.recalled_overlap(0.1379) == pytest.approx(0.967, abs=0.003)
    assert hopfield.recalled_overlap(0.139) == 0.0
    assert hopfield.recalled_overlap(1e-6) == hopfield.recalled_overlap(0.0) == 1.0


def test_bits_of_stored_patterns_turn_as_often_as_theory_says():
    units, load, wrong, bits = 500, 0.2, 0, 0
    for seed in range(4):
        patterns = draw(round(units * load), units, seed)
        after = hopfield.synchronous(hopfield.hebbian(patterns), patterns)
        wrong, bits = wrong + (after != patterns).sum(), bits + patterns.size
    expected = hopfield.one_step_error(load)
    # Bits of one pattern are not quite independent: five deviations.
    assert abs(wrong / bits - expected) < 5 * np.sqrt(expected / bits) + 0.05 * expected


def test_updates_that_there_are_not_are_refused():
    with pytest.raises(ValueError, match="'at once'"):
        hopfield.settle(np.zeros((2, 2)), draw(1, 2), updates="at once")
