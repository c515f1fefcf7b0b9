"""The policy gradient against the gradient of the reward that is expected."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import reinforce

pytestmark = pytest.mark.usefixtures("quickly")

ACTIONS, STEPS = 3, 2
REWARDS = np.random.default_rng(0).normal(size=(ACTIONS,) * STEPS).astype("f4")
PATHS = np.array(list(itertools.product(range(ACTIONS), repeat=STEPS)))
GAINS = REWARDS[tuple(PATHS.T)]


def log_policy(params):
    """Returns ln π of each step of all paths, the second one given the first."""
    first = jax.nn.log_softmax(params["first"])[PATHS[:, 0]]
    second = jax.nn.log_softmax(params["second"], -1)[PATHS[:, 0], PATHS[:, 1]]
    return jnp.stack([first, second], -1)


@pytest.fixture
def params():
    rng = np.random.default_rng(1)
    return {
        "first": np.float32(rng.normal(size=ACTIONS)),
        "second": np.float32(rng.normal(size=(ACTIONS, ACTIONS))),
        "constant": np.float32(0.3),
        "after": np.float32(rng.normal(size=ACTIONS)),
    }


def chance(params):
    """The probability of each path, which is drawn by it and not differentiated."""
    return jax.lax.stop_gradient(jnp.exp(log_policy(params).sum(-1)))


def baselines(params):
    """Returns b_t, the second of which knows the first action, and not its own."""
    after = params["after"][PATHS[:, 0]]
    return jnp.stack([jnp.full(len(PATHS), params["constant"]), after], -1)


def test_over_all_paths_it_is_the_gradient_of_the_expected_reward(params):
    def expected_reward(params):
        return (jnp.exp(log_policy(params).sum(-1)) * GAINS).sum()

    def surrogate(params):
        policy, _ = reinforce.surrogate(log_policy(params), GAINS, baselines(params))
        return (chance(params) * policy).sum()

    @jax.jit
    def slopes(params):
        return jax.grad(surrogate)(params), jax.grad(expected_reward)(params)

    found, expected = slopes(params)
    for name in ("first", "second"):
        np.testing.assert_allclose(found[name], -expected[name], rtol=1e-4, atol=1e-6)
    assert not np.any(found["constant"]) and not np.any(found["after"])


def test_the_baseline_learns_the_reward_expected_and_the_policy_nothing(params):
    def mistake(params):
        _, squares = reinforce.surrogate(log_policy(params), GAINS, baselines(params))
        p = chance(params)
        return (p * squares).sum(), p

    found, p = jax.jit(jax.grad(mistake, has_aux=True))(params)
    assert not np.any(found["first"]) and not np.any(found["second"])
    value = float((p * GAINS).sum())
    expected = 2 * (params["constant"] - value) / STEPS
    np.testing.assert_allclose(found["constant"], expected, rtol=1e-4)


def test_a_baseline_lowers_the_variance_of_the_estimate():
    log_probs, rewards = np.zeros((2, 1), "f4"), np.array([10.0, 11.0], "f4")
    surrogate = jax.jit(reinforce.surrogate)
    without, _ = surrogate(log_probs - 1, rewards, np.zeros((2, 1), "f4"))
    near, _ = surrogate(log_probs - 1, rewards, np.full((2, 1), 10.5, "f4"))
    assert np.abs(near).max() == 0.5 and np.abs(without).max() == 11.0


def test_the_density_of_a_place_is_that_of_a_gaussian():
    rng = np.random.default_rng(2)
    places, means = rng.normal(size=(2, 5, 2)).astype("f4")

    @jax.jit
    def measure(places):
        def total(places):
            found = reinforce.gaussian_log_density(places, means, 0.3)
            return found.sum(), found

        return jax.grad(total, has_aux=True)(places)

    taken, found = measure(places)
    square = ((places - means) ** 2).sum(-1) / 0.3**2
    expected = np.exp(-square / 2) / (2 * np.pi * 0.3**2)
    np.testing.assert_allclose(np.exp(found), expected, rtol=1e-4)
    assert not np.any(taken)
