"""What a decoder reads: the truth, its own output, or some of each."""

import jax
import jax.numpy as jnp
import numpy as np

from seqnets.decode import sampling, scheduled_sampling

V, B, T = 5, 3, 6
W = np.random.default_rng(0).normal(size=(V, V)).astype(np.float32)
INPUTS = np.random.default_rng(1).integers(V, size=(B, T))


def step(state, token):
    state = jnp.tanh(state + jnp.asarray(W)[token])
    return state, state @ W


STATE = np.zeros((B, V), np.float32)


@jax.jit
def mix(inputs, own):
    return scheduled_sampling.mix_inputs(step, STATE, inputs, own)


def test_the_truth_is_read_where_nothing_is_own():
    np.testing.assert_array_equal(mix(INPUTS, np.zeros((B, T), bool)), INPUTS)


def test_free_running_reads_what_is_drawn_greedily():
    found = np.asarray(mix(INPUTS, np.ones((B, T), bool)))

    @jax.jit
    def draw(key):
        options = {"length": T - 1, "temperature": 0.0}
        return sampling.sample(step, STATE, jnp.asarray(INPUTS[:, 0]), key, **options)

    drawn, _ = draw(jax.random.key(0))
    np.testing.assert_array_equal(found[:, 0], INPUTS[:, 0])
    np.testing.assert_array_equal(found[:, 1:], drawn)


def test_each_step_reads_the_truth_or_the_likeliest_symbol_after_what_was_read():
    own = np.random.default_rng(2).random((B, T)) < 0.5
    found = np.asarray(mix(INPUTS, own))
    state, expected, take = STATE, INPUTS[:, 0], jax.jit(step)
    for t in range(T):
        np.testing.assert_array_equal(found[:, t], expected)
        state, logits = take(state, expected)
        if t + 1 < T:
            likeliest = np.argmax(logits, -1)
            expected = np.where(own[:, t + 1], likeliest, INPUTS[:, t + 1])
    assert (found != INPUTS).any()


def test_nothing_is_read_of_nothing():
    own = np.zeros((B, 0), bool)
    assert mix(np.zeros((B, 0), int), own).shape == (B, 0)
