"""What a decoder reads: the truth, its own output, or some of each."""

import jax
import jax.numpy as jnp
import numpy as np

from seqnets.decode import forcing, sampling

V, B, T = 5, 3, 6
W = jnp.asarray(np.random.default_rng(0).normal(size=(V, V)), jnp.float32)
INPUTS = jnp.asarray(np.random.default_rng(1).integers(V, size=(B, T)))


def step(state, token):
    state = jnp.tanh(state + W[token])
    return state, state @ W


STATE = jnp.zeros((B, V))


def test_the_truth_is_read_where_nothing_is_own():
    own = jnp.zeros((B, T), bool)
    np.testing.assert_array_equal(forcing.mix(step, STATE, INPUTS, own), INPUTS)


def test_free_running_reads_what_is_drawn_greedily():
    found = forcing.mix(step, STATE, INPUTS, jnp.ones((B, T), bool))
    drawn, _ = sampling.sample(
        step,
        STATE,
        INPUTS[:, 0],
        jax.random.key(0),
        length=T - 1,
        temperature=0.0,
    )
    np.testing.assert_array_equal(found[:, 0], INPUTS[:, 0])
    np.testing.assert_array_equal(found[:, 1:], drawn)


def test_each_step_reads_the_truth_or_the_likeliest_symbol_after_what_was_read():
    own = np.random.default_rng(2).random((B, T)) < 0.5
    found = np.asarray(forcing.mix(step, STATE, INPUTS, jnp.asarray(own)))
    state, expected = STATE, INPUTS[:, 0]
    for t in range(T):
        np.testing.assert_array_equal(found[:, t], expected)
        state, logits = step(state, expected)
        if t + 1 < T:
            likeliest = logits.argmax(-1)
            expected = jnp.where(own[:, t + 1], likeliest, INPUTS[:, t + 1])
    assert (found != INPUTS).any()


def test_nothing_is_read_of_nothing():
    own = jnp.zeros((B, 0), bool)
    assert forcing.mix(step, STATE, jnp.zeros((B, 0), int), own).shape == (B, 0)
