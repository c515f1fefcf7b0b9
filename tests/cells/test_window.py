"""Laws of the window over a text, and of stacks with skips."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import bind, cells, step, unroll
from seqnets.cells import Memory, SkipStack, Window, alignments
from tests import padding
from tests.looping import draw, like_init

pytestmark = pytest.mark.usefixtures("quickly")

B, T, S, D, H, M, K = 2, 4, 5, 3, 3, 2, 2
TEXT = np.arange(S) < np.array([[5], [3]])
WINDOW = Window(cells.SRN(H), K, M)
STACK = SkipStack((WINDOW, cells.GRU(2)), in_dim=D)

run = jax.jit(unroll, static_argnums=0)


def random(cell):
    return like_init(np.random.default_rng(0), cell.init, D)


def given():
    rng = np.random.default_rng(1)
    values, xs = draw(rng, (np.zeros((B, S, M)), np.zeros((B, T, D))))
    return Memory(jnp.asarray(values), jnp.asarray(TEXT)), xs


def by_hand(params, memory, xs):
    """Returns y [B, T, H + M] and φ [B, T, S], as the equations are written."""
    values = np.where(TEXT[..., None], memory.values, 0)
    h, w, kappa = np.zeros((B, H)), np.zeros((B, M)), np.zeros((B, K))
    ys, phis = [], []
    for t in range(T):
        x = np.concatenate([xs[:, t], w], -1)
        h = np.tanh(x @ params.cell.w_x + h @ params.cell.w_h + params.cell.b)
        alpha, beta, forward = np.split(np.exp(h @ params.w + params.b), 3, -1)
        kappa = kappa + forward
        far = kappa[..., None] - np.arange(S)
        phi = (alpha[..., None] * np.exp(-beta[..., None] * far**2)).sum(1) * TEXT
        w = np.einsum("bs,bsm->bm", phi, values)
        ys.append(np.concatenate([h, w], -1))
        phis.append(phi)
    return np.stack(ys, 1), np.stack(phis, 1)


def test_a_window_is_its_equations():
    params, (memory, xs) = random(WINDOW), given()
    bound = bind(WINDOW, params, memory)
    state, ys = run(WINDOW, bound, xs)
    expected, phis = by_hand(params, memory, xs)
    np.testing.assert_allclose(ys, expected, rtol=1e-4, atol=1e-5)
    found = jax.jit(alignments, static_argnums=0)(WINDOW, bound, xs)
    np.testing.assert_allclose(found, phis, atol=1e-5)
    assert (np.asarray(state.place) > 0).all()


def test_what_is_padded_in_text_and_time_does_not_matter():
    params, (memory, xs) = random(STACK), given()
    real = np.arange(T) < np.array([[2], [4]])
    found = []
    for rubbish in (0.0, 9.0):
        values = np.where(TEXT[..., None], memory.values, np.float32(rubbish))
        inputs = np.where(real[..., None], xs, rubbish or np.nan)
        bound = bind(STACK, params, Memory(values, memory.mask))
        found.append(run(STACK, bound, inputs, mask=real))
    jax.tree.map(np.testing.assert_array_equal, *found)
    assert not np.any(found[0][1][~real])


@pytest.mark.parametrize("cell", [WINDOW, STACK], ids=["Window", "SkipStack"])
def test_steps_that_are_left_out_are_as_if_they_were_not_there(cell):
    memory, xs = given()
    padding.check(cell, random(cell), xs, memory)


def test_a_stack_with_skips_shows_its_inputs_and_every_layer():
    params, (memory, xs) = random(STACK), given()
    bound = bind(STACK, params, memory)
    _, ys = run(STACK, bound, xs)
    assert ys.shape[-1] == STACK.out_dim == D + (H + M) + 2
    _, first = run(WINDOW, bound[0], xs)
    below = np.concatenate([xs, first], -1)
    _, second = run(cells.GRU(2), bound[1], below)
    expected = np.concatenate([below, second], -1)
    np.testing.assert_allclose(ys, expected, rtol=1e-5, atol=1e-6)
    state, take = None, jax.jit(step, static_argnums=0)
    for t in range(T):
        state, y = take(STACK, bound, state, xs[:, t])
        np.testing.assert_allclose(y, ys[:, t], rtol=1e-5, atol=1e-6)


def test_what_does_not_fit_is_named():
    (_, xs), params = given(), random(WINDOW)
    with pytest.raises(ValueError, match="seqnets.bind"):
        unroll(WINDOW, params, xs)
    wide = Memory(jnp.zeros((B, S, 3)))
    with pytest.raises(ValueError, match="memory_dim"):
        bind(WINDOW, params, wide)
    with pytest.raises(ValueError, match="in_dim is 3, not 2"):
        STACK.init(jax.random.key(0), 2)
    with pytest.raises(ValueError, match="pace"):
        Window(cells.SRN(H), K, M, pace=0.0)
