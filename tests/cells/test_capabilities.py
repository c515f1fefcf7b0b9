"""What recurrences can do, with weights set by hand (SYSTEMS.md C10)."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import cells
from seqnets.linear import matmul
from seqnets.unroll import unroll
from tests.looping import like_init

pytestmark = pytest.mark.usefixtures("quickly")

STEPS = 300
OPEN, SHUT = 1e3, -1e3  # σ of these is exactly 1 and 0 in float32.

run = jax.jit(unroll, static_argnums=0)


def gated(cell, **biases):
    """Returns random parameters, in which some gates have a bias that decides."""
    params = like_init(np.random.default_rng(0), cell.init, 2)
    b = np.float32([biases.get(gate, 0.0) for gate in cell.gates])
    return params._replace(b=b.repeat(cell.dim))


def normal(*shape):
    return np.random.default_rng(1).normal(size=shape).astype(np.float32)


def inputs():
    return normal(3, STEPS, 2)


@pytest.mark.parametrize("coupled", [False, True])
def test_a_forget_gate_of_one_keeps_the_memory_for_ever(coupled):
    cell = cells.LSTM(4, coupled=coupled)
    c = normal(3, 4)
    state = cells.LSTMState(h=np.zeros((3, 4), np.float32), c=c)
    final, _ = run(cell, gated(cell, f=OPEN, i=SHUT), inputs(), state=state)
    np.testing.assert_array_equal(final.c, c)


@pytest.mark.parametrize("coupled", [False, True])
def test_a_forget_gate_of_zero_overwrites_the_memory(coupled):
    """c is the candidate, whatever stood there; a shut output keeps h at zero."""
    cell = cells.LSTM(4, coupled=coupled)
    params, xs = gated(cell, f=SHUT, i=OPEN, o=SHUT), inputs()
    zeros = np.zeros((3, 4), np.float32)
    final, ys = run(cell, params, xs, state=cells.LSTMState(h=zeros, c=zeros + 1e30))
    _, g, _ = np.split((xs[:, -1] @ params.w_x + params.b)[:, -12:], 3, -1)
    np.testing.assert_allclose(final.c, np.tanh(g), rtol=1e-6)
    assert not np.any(ys)


def test_an_open_output_gate_shows_the_memory():
    cell = cells.LSTM(4)
    c = normal(3, 4)
    params = gated(cell, f=OPEN, i=SHUT, o=OPEN)
    state = cells.LSTMState(h=np.zeros((3, 4), np.float32), c=c)
    ys = np.asarray(run(cell, params, inputs(), state=state)[1])
    np.testing.assert_array_equal(ys, np.broadcast_to(ys[:, :1], ys.shape))
    np.testing.assert_allclose(ys[:, 0], np.tanh(c), rtol=1e-6)


@pytest.mark.parametrize("reset", ["before", "after", "none"])
@pytest.mark.parametrize(("update", "keep"), [("new", SHUT), ("old", OPEN)])
def test_the_update_gate_keeps_or_overwrites(reset, update, keep):
    cell = cells.GRU(4, reset=reset, update=update)
    state = cells.GRUState(normal(3, 4))
    final, _ = run(cell, gated(cell, z=keep), inputs(), state=state)
    np.testing.assert_array_equal(final.h, state.h)

    # Overwritten at every step, the state is a candidate, a tanh.
    far = cells.GRUState(np.full((3, 4), 50.0, np.float32))
    final, _ = run(cell, gated(cell, z=-keep), inputs(), state=far)
    assert (np.abs(final.h) <= 1.0).all()


def test_a_bfloat16_memory_accumulates_in_float32():
    """0.001 a step is lost beside 1 in bfloat16, whose next number is 1.0078."""
    cell = cells.LSTM(1)
    params = gated(cell, f=OPEN, i=OPEN)
    params = params._replace(
        w_x=np.float32([[0.0, 0.0, 1.0, 0.0]]), w_h=np.zeros((1, 4), np.float32)
    )
    xs = np.full((1, 1000, 1), 1e-3, jnp.bfloat16)
    state = cells.LSTMState(h=np.zeros((1, 1), jnp.bfloat16), c=np.ones((1, 1), "f4"))
    final, _ = run(cell, params, xs, state=state)
    np.testing.assert_allclose(final.c, 2.0, rtol=1e-2)

    ones = jnp.ones((1, 1000), jnp.bfloat16)
    np.testing.assert_array_equal(matmul(ones, ones.T), 1000.0)


def automaton(transitions, alphabet, start):
    """Builds an SRN of hard thresholds that runs a finite automaton.

    Unit (q, a) is on after symbol a took the automaton into state q: its input
    is 1 for the symbol, and 1 from the one unit on of those that lead to q.

      h_t[q, a] = θ([x_t = a] + Σ h_{t-1}[p, ·] over δ(p, a) = q  - 3/2)

    Args:
      transitions: {(state, symbol): state}, total.
      alphabet: the symbols, in the order of their one-hot vectors.
      start: the first state.

    Returns:
      The cell, its parameters, its first state, and of each unit the state of
      the automaton it stands for.
    """
    states = sorted(set(transitions.values()) | {start})
    units = list(itertools.product(states, alphabet))
    w_x = np.array([[symbol == a for _, a in units] for symbol in alphabet])
    w_h = np.array([[transitions[p, a] == q for q, a in units] for p, _ in units])
    first = np.zeros((1, len(units)), np.float32)
    first[0, units.index((start, alphabet[0]))] = 1.0
    # A steep logistic is the threshold θ: ±500 is exactly 1 or 0 in float32.
    steep = 1e3
    params = cells.SRNParams(
        *(np.float32(steep * w) for w in (w_x, w_h, np.full(len(units), -1.5)))
    )
    cell = cells.SRN(len(units), activation="logistic")
    return cell, params, cells.SRNState(first), [q for q, _ in units]


PARITY = {("even", "0"): "even", ("even", "1"): "odd"}
PARITY |= {("odd", "0"): "odd", ("odd", "1"): "even"}
CONTAINS_AB = {("none", "a"): "a", ("none", "b"): "none", ("none", "c"): "none"}
CONTAINS_AB |= {("a", "a"): "a", ("a", "b"): "seen", ("a", "c"): "none"}
CONTAINS_AB |= {("seen", symbol): "seen" for symbol in "abc"}


@pytest.mark.parametrize(
    ("transitions", "alphabet", "start", "holds"),
    [
        (PARITY, "01", "even", lambda s: ("even", "odd")[s.count("1") % 2]),
        (
            CONTAINS_AB,
            "cab",
            "none",
            lambda s: "seen" if "ab" in s else "a" if s.endswith("a") else "none",
        ),
    ],
    ids=["parity", "contains ab"],
)
def test_an_srn_runs_a_finite_automaton(transitions, alphabet, start, holds):
    cell, params, state, names = automaton(transitions, alphabet, start)
    rng = np.random.default_rng(0)
    # Mostly c, so that ab is rare.
    odds = [0.5, 0.5] if alphabet == "01" else [0.9, 0.05, 0.05]
    text = "".join(rng.choice(list(alphabet), STEPS, p=odds))
    xs = np.eye(len(alphabet), dtype=np.float32)[[[alphabet.index(s) for s in text]]]

    _, ys = run(cell, params, xs, state=state)

    assert set(np.unique(ys)) == {0.0, 1.0}
    np.testing.assert_array_equal(np.asarray(ys).sum(-1), 1.0)
    found = [names[unit] for unit in np.asarray(ys)[0].argmax(-1)]
    assert found == [holds(text[: t + 1]) for t in range(STEPS)]
    assert set(found) == set(transitions.values())


@pytest.mark.parametrize("activation", ["identity", "relu"])
def test_an_srn_counts(activation):
    """Counts a minus b; rectified units keep the two signs of it apart."""
    signs = np.array([[1.0]] if activation == "identity" else [[1.0, -1.0]], np.float32)
    symbol = np.array([[1.0], [-1.0], [0.0]], np.float32)  # a, b, anything else
    params = cells.SRNParams(w_x=symbol @ signs, w_h=signs.T @ signs, b=None)
    cell = cells.SRN(signs.shape[1], activation=activation, bias=False)
    choices = np.random.default_rng(0).integers(3, size=STEPS)

    _, ys = run(cell, params, np.eye(3, dtype=np.float32)[choices[None]])

    counts = np.cumsum(symbol[choices, 0])
    np.testing.assert_array_equal(np.asarray(ys[0]) @ signs[0], counts)
    assert counts.min() < 0 < counts.max()
