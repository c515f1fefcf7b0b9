"""Laws of stacks inside of wrappers: variational dropout, zoneout, static arguments."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import bind, cells, unroll
from seqnets.alignment import General
from seqnets.cells import AttendAfter, AttendBefore, Dropout, Memory
from seqnets.cells.kept import kept_shapes, read_output
from tests.looping import draw, like_init
from tests.own_cells import Leaky
from tests.variants import label

pytestmark = pytest.mark.usefixtures("quickly")

B, T, S, D, H, M = 2, 4, 3, 3, 3, 2
GRUS = cells.GRU(H), cells.GRU(H)
SKIPS = cells.SkipStack(GRUS, in_dim=D)

run = jax.jit(unroll, static_argnums=0)


def random(cell):
    return like_init(np.random.default_rng(0), cell.init, D)


def inputs():
    return draw(np.random.default_rng(1), np.zeros((B, T, D)))


def gru(p, h, x, keep):
    """One step, of which the matrices read keep ⊙ h."""
    read, a, n = keep * h, x @ p.w_x + p.b, p.w_h[:, 2 * H :]
    gates = 1.0 / (1.0 + np.exp(-(a[:, : 2 * H] + read @ p.w_h[:, : 2 * H])))
    r, z = gates[:, :H], gates[:, H:]
    return z * np.tanh(a[:, 2 * H :] + (r * read) @ n) + (1.0 - z) * h


@pytest.mark.parametrize(
    "stack", [cells.Stack(GRUS), cells.Stack(GRUS, residual=True), SKIPS], ids=label
)
def test_variational_dropout_drops_what_the_matrices_of_every_layer_read(stack, key):
    cell = cells.VariationalDropout(stack, inputs=0.3, state=0.4)
    params, xs = random(cell), inputs()
    m_x, m_h, _ = cell.noise(key, T, B, D)
    assert not np.array_equal(*m_h)
    keeps = [np.asarray(m[0]) / 0.6 for m in m_h]
    hs, expected = [np.zeros((B, H))] * 2, []
    for t in range(T):
        x = xs[:, t] * np.asarray(m_x[t]) / 0.7
        for layer in range(2):
            hs[layer] = gru(params[layer], hs[layer], x, keeps[layer])
            x = np.asarray(stack.join(x, hs[layer]))
        expected.append(x)
    state, ys = run(cell, params, xs, key=key)
    np.testing.assert_allclose(ys, np.stack(expected, 1), rtol=1e-4, atol=1e-6)
    for found, h in zip(state, hs, strict=True):
        np.testing.assert_allclose(found.h, h, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("inner", [cells.GRU(H), Leaky(H)], ids=label)
@pytest.mark.parametrize(
    "inside",
    [lambda c: c, cells.TrainableStart, lambda c: AttendBefore(c, General(), M)],
    ids=["itself", "start", "attention"],
)
def test_variational_dropout_of_a_stack_of_one_is_that_of_its_cell(inside, inner, key):
    memory = Memory(jnp.asarray(draw(np.random.default_rng(2), np.zeros((B, S, M)))))

    @jax.jit
    def both(xs, key):
        wrapped = [inside(cell) for cell in (inner, cells.Stack((inner,)))]
        return [
            unroll(c, bind(c, random(c), memory), xs, key=key)
            for c in map(cells.VariationalDropout, wrapped)
        ]

    one, other = map(jax.tree.leaves, both(inputs(), key))
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_a_state_that_is_dropped_from_for_long_stays_bounded(key):
    cell = cells.VariationalDropout(cells.Stack(GRUS), state=0.5)
    state, _ = run(cell, random(cell), np.ones((B, 500, D), np.float32), key=key)
    assert all((abs(leaf) <= 1.0).all() for leaf in jax.tree.leaves(state))


def test_what_a_stack_shows_is_read_as_its_layers_are():
    rng = np.random.default_rng(0)
    state = tuple(cells.GRUState(h) for h in rng.normal(size=(2, B, H)))
    keep, y = tuple(rng.normal(size=(2, B, H))), rng.normal(size=(B, D + 2 * H))
    dropped = [s.h * m for s, m in zip(state, keep, strict=True)]
    top = read_output(Dropout(cells.Stack(GRUS)), state, y[:, :H], keep)
    np.testing.assert_allclose(top, dropped[1], rtol=1e-6)
    shown = read_output(SKIPS, state, y, keep)
    expected = np.concatenate([y[:, :D], *dropped], -1)
    np.testing.assert_allclose(shown, expected, rtol=1e-6)


def test_a_mask_has_the_width_that_each_layer_has_inside_of_others():
    inner = cells.SkipStack((cells.GRU(2), Leaky(3)), in_dim=D + M)
    shapes = kept_shapes(Dropout(AttendBefore(inner, General(), M)), B, D)
    assert [s.shape for s in shapes] == [(B, 2), (B, 3)]


RESIDUAL = cells.Stack(GRUS, residual=True)


@pytest.mark.parametrize(
    "cell",
    [
        RESIDUAL,
        Dropout(cells.TrainableStart(RESIDUAL)),
        AttendBefore(RESIDUAL, General(), M),
        cells.Stack((cells.GRU(H), Dropout(RESIDUAL))),
        cells.SkipStack((RESIDUAL, cells.GRU(H)), in_dim=D),
    ],
    ids=label,
)
def test_zoneout_of_a_residual_stack_is_refused(cell):
    with pytest.raises(ValueError, match="wrap the layers of a residual stack"):
        cells.Zoneout(cell)


def test_zoneout_of_other_stacks_is_not():
    for cell in (SKIPS, cells.Stack(GRUS), cells.Stack((RESIDUAL, cells.GRU(H)))):
        cells.Zoneout(AttendAfter(cells.Stack((cell,)), General(), 2, M))


def test_a_stack_of_a_list_is_the_stack_of_a_tuple():
    stack = cells.Stack(list(GRUS))
    assert stack == cells.Stack(GRUS) and hash(stack) == hash(cells.Stack(GRUS))
    skips = cells.SkipStack(list(GRUS), in_dim=D)
    assert skips == SKIPS and hash(skips) == hash(SKIPS)
    run(stack, random(stack), inputs())
