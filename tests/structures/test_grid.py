"""Laws of the Grid LSTM."""

import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import cells
from seqnets.structures.grid import GridLSTM, GridState
from seqnets.structures.grid_fronts import scan_all_ways, unroll
from seqnets.unroll import unroll as unroll_cell
from tests.looping import like_init

pytestmark = pytest.mark.usefixtures("quickly")

B, D, H = 2, 2, 3
GRIDS = {
    "lstm": GridLSTM(H, depth=2),
    "priority": GridLSTM(H, depth=3, tied=True, priority=(1,), output="tanh_of_gated"),
    "plain": GridLSTM(H, ("lstm", "relu"), depth=2, priority=(1,)),
    "srn": GridLSTM(H, ("tanh", "lstm"), depth=2, priority=(0,)),
    "picture": GridLSTM(H, ("lstm", "lstm", "relu"), depth=2),
    "graves": GridLSTM(H, ("lstm", "lstm", "copy"), shared=True),
    "handed on late": GridLSTM(H, ("lstm", "lstm", "copy"), priority=(0,)),
    "depth": GridLSTM(H, ("lstm",), depth=3),
    "tied depth": GridLSTM(H, ("lstm",), depth=3, tied=True),
}
SIZES = {1: (), 2: (4,), 3: (3, 4)}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def gated(grid, z, memories):
    i, *f, g, o = np.split(z, 3 + len(memories), -1)
    m = sigmoid(i) * np.tanh(g)
    m = m + sum(sigmoid(f_d) * m_d for f_d, m_d in zip(f, memories, strict=True))
    if grid.output == "gated_tanh":
        return sigmoid(o) * np.tanh(m), m
    return np.tanh(sigmoid(o) * m), m


def block(grid, p, layer, hs, ms):
    """One cell, by the equations."""
    N, first = len(hs), grid.along.index("lstm")
    late = [d for d in range(N) if d in grid.priority or grid.along[d] == "copy"]
    new_h, new_m = list(hs), list(ms)
    for turn in ([d for d in range(N) if d not in late], late):
        read = np.concatenate(new_h, -1)
        for d in turn:
            if grid.along[d] == "copy":
                new_h[d] = new_h[0]
                continue
            own = first if grid.shared and grid.along[d] == "lstm" else d
            z = read @ p.w[own][layer] + p.b[own][layer]
            if grid.along[d] == "lstm":
                chosen = [ms[k] for k in grid.memories] if grid.shared else [ms[d]]
                new_h[d], new_m[d] = gated(grid, z, chosen)
            else:
                new_h[d] = {"relu": lambda x: np.maximum(x, 0), "tanh": np.tanh}[
                    grid.along[d]
                ](z)
    return new_h, new_m


def nested_loops(grid, p, xs, mask):
    """Cell by cell; returns the outputs and what each cell handed on."""
    N, sizes = len(grid.along), (*xs.shape[1:-1], grid.depth)
    handed, ys = {}, np.zeros((*xs.shape[:-1], H))
    for place in itertools.product(*map(range, sizes)):
        hs, ms = [], []
        real = mask[(slice(None), *place[:-1])][:, None]
        for d in range(N):
            before = (*place[:d], place[d] - 1, *place[d + 1 :])
            if before in handed:
                hs.append(handed[before][0][d])
                ms.append(handed[before][1][d])
            else:
                zero = np.zeros((B, H))
                x = xs[(slice(None), *place[:-1])] @ p.w_x + p.b_x
                hs.append(np.where(real, x, 0.0) if d == N - 1 else zero)
                ms.append(zero)
        layer = 0 if grid.tied else place[-1]
        new = block(grid, p, layer, hs, ms)
        new = [
            [np.where(real, n, o) for n, o in zip(a, b, strict=True)]
            for a, b in zip(new, (hs, ms), strict=True)
        ]
        handed[place] = new
        if place[-1] == grid.depth - 1:
            ys[(slice(None), *place[:-1])] = np.where(real, new[0][-1], 0.0)
    return ys, handed


@pytest.fixture(scope="module")
def rng():
    return np.random.default_rng(0)


def inputs(rng, grid):
    shape = (B, *SIZES[len(grid.along)])
    xs, mask = rng.normal(size=(*shape, D)), np.ones(shape, bool)
    if len(shape) > 1:
        mask[0, -1] = mask[1, :1] = False  # At the end, and at the start.
        if len(shape) > 2:
            mask[0, :, 2:] = False
    return xs, mask


@pytest.mark.parametrize("name", GRIDS)
def test_fronts_find_what_nested_loops_do_and_rubbish_changes_nothing(name, rng, x64):
    grid = GRIDS[name]
    params = like_init(rng, grid.init, D)
    xs, mask = inputs(rng, grid)
    run = jax.jit(lambda p, xs: unroll(grid, p, xs, mask=mask))
    state, ys = run(params, xs)
    expected, handed = nested_loops(grid, params, xs, mask)
    np.testing.assert_allclose(ys, expected, atol=1e-12)
    if len(grid.along) > 1:
        length, *sides = SIZES[len(grid.along)]
        for place in itertools.product(*map(range, (*sides, grid.depth))):
            last = jax.tree.map(lambda a, own=place: a[(slice(None), *own)], state)
            for found, own in zip(last, handed[(length - 1, *place)], strict=True):
                np.testing.assert_allclose(found, own, atol=1e-12)
    rubbish = np.where(mask[..., None], xs, np.nan)
    gradient = jax.jit(jax.grad(lambda p, xs: (run(p, xs)[1] ** 2).sum()))
    for a, b in zip(
        jax.tree.leaves((run(params, xs), gradient(params, xs))),
        jax.tree.leaves((run(params, rubbish), gradient(params, rubbish))),
        strict=True,
    ):
        np.testing.assert_array_equal(a, b)


def ways(name, rng):
    """Returns the loss of states and outputs, of (plain, parameters, inputs)."""
    grid = GRIDS[name]
    xs, mask = inputs(rng, grid)

    def loss(plain, params, xs):
        found = unroll(grid, params, xs, mask=mask, plain=plain)
        return sum((jnp.sin(a) ** 2).sum() for a in jax.tree.leaves(found))

    return loss, (like_init(rng, grid.init, D, dtype=np.float64), xs)


@pytest.mark.parametrize("name", ["lstm", "priority", "srn", "picture", "graves"])
def test_the_gradient_is_that_of_jax(name, rng, x64):
    loss, given = ways(name, rng)

    @jax.jit
    def both(*given):
        return [jax.grad(loss, (1, 2))(plain, *given) for plain in (False, True)]

    for own, by_jax in zip(*map(jax.tree.leaves, both(*given)), strict=True):
        np.testing.assert_allclose(own, by_jax, rtol=1e-9, atol=1e-12)


def test_second_derivatives_and_forward_ones(rng, x64):
    loss, given = ways("priority", rng)
    v = jax.tree.map(jnp.ones_like, given)

    @jax.jit
    def products(*given):
        def slope(*given):
            gradients = jax.tree.leaves(jax.grad(loss, (1, 2))(False, *given))
            return sum(d.sum() for d in gradients)

        plain = functools.partial(loss, True)
        return (
            (slope(*given), jax.grad(slope, (0, 1))(*given)),
            jax.jvp(plain, given, v)[1],
            jax.jvp(jax.grad(plain, (0, 1)), given, v)[1],
        )

    (slope, twice), forwards, by_jax = products(*given)
    np.testing.assert_allclose(slope, forwards, rtol=1e-9)
    for own, other in zip(*map(jax.tree.leaves, (twice, by_jax)), strict=True):
        np.testing.assert_allclose(own, other, rtol=1e-8, atol=1e-10)
    with pytest.raises(ValueError, match="pass plain=True"):
        jax.jvp(functools.partial(loss, False), given, v)


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16])
def test_gradients_keep_the_dtypes_of_the_parameters(dtype, rng):
    grid = GRIDS["priority"]
    given = like_init(rng, grid.init, D), jnp.ones((B, 3, D), dtype)

    def loss(params, xs):
        return unroll(grid, params, xs)[1].astype(jnp.float32).sum()

    found = jax.eval_shape(jax.grad(loss, (0, 1)), *given)
    for own, of in zip(*map(jax.tree.leaves, (found, given)), strict=True):
        assert (own.shape, own.dtype) == (of.shape, of.dtype)


@pytest.mark.parametrize("tied", [False, True])
def test_without_memories_along_depth_it_is_the_stacked_lstm(tied, rng):
    grid = GridLSTM(H, ("lstm", "copy"), depth=2, tied=tied)
    xs = rng.normal(size=(B, 5, D)).astype(np.float32)
    params = like_init(rng, grid.init, D)
    stack = cells.Stack((cells.LSTM(H), cells.LSTM(H)))
    below = params._replace(w_x=np.eye(D, H, dtype="f"), b_x=np.zeros(H, "f"))
    own = []
    for layer in range(2):
        at = 0 if tied else layer
        w = params.w[0][at]  # Of time's h, and of what comes from below.
        in_dim = D if layer == 0 else H
        own.append(
            like_init(rng, cells.LSTM(H).init, in_dim)._replace(
                w_h=w[:H], w_x=w[H : H + in_dim], b=params.b[0][at]
            )
        )

    @jax.jit
    def both(own, below, xs):
        return unroll_cell(stack, own, xs)[1], unroll(grid, below, xs)[1]

    expected, ys = both(tuple(own), below, xs)
    np.testing.assert_allclose(ys, expected, atol=1e-6)


def test_from_every_corner_a_picture_turned_is_the_outputs_turned(rng):
    grid = GridLSTM(H, ("lstm", "lstm", "copy"))
    params = [like_init(rng, grid.init, D) for _ in range(4)]
    xs = rng.normal(size=(B, 2, 3, D)).astype(np.float32)
    run = jax.jit(lambda p, xs: scan_all_ways(grid, p, xs))
    ys = run(params, xs)
    assert ys.shape == (B, 2, 3, 4 * H)
    turned = run([params[i] for i in (1, 0, 3, 2)], np.flip(xs, 1))
    parts = np.split(np.flip(turned, 1), 4, -1)
    same = np.concatenate([parts[i] for i in (1, 0, 3, 2)], -1)
    np.testing.assert_allclose(ys, same, atol=1e-6)
    # The first corner's output at a cell depends on what is above and to the left.
    xs[:, 1, 2] += 1.0
    moved = run(params, xs)
    changed = np.abs(np.asarray(moved - ys)).max((0, 3)) > 0
    assert changed.all()  # Some corner sees each cell.
    first = np.abs(np.asarray(moved - ys))[..., :H].max((0, 3)) > 0
    np.testing.assert_array_equal(first, [[0, 0, 0], [0, 0, 1]])


def test_from_every_corner_a_picture_in_a_larger_one_is_itself(rng):
    """Cells beyond its own rows and columns are masked, whatever they hold."""
    grid = GRIDS["graves"]
    params = [like_init(rng, grid.init, D) for _ in range(4)]
    xs = rng.normal(size=(B, 2, 3, D)).astype(np.float32)
    ways = jax.jit(lambda xs, mask: scan_all_ways(grid, params, xs, mask=mask))
    wide = ((0, 0), (0, 1), (0, 1))
    mask = np.pad(np.ones((B, 2, 3), bool), wide)
    found = ways(np.pad(xs, (*wide, (0, 0)), constant_values=np.nan), mask)
    expected = np.pad(ways(xs, mask[:, :2, :3]), (*wide, (0, 0)))
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_bad_grids_and_inputs_are_named(rng):
    copying = ("lstm", "copy"), ("lstm", "lstm", "copy")
    for along, priority, shared in (
        (("lstm", "lstm"), (0, 1), False),
        (("lstm", "lstm"), (2,), False),
        (copying[0], (0,), False),
        (copying[1], (1, 0), False),
        (copying[1], (0,), True),  # Those that share a memory are computed as one.
    ):
        with pytest.raises(ValueError, match="priority is for some"):
            GridLSTM(H, along, priority=priority, shared=shared)
    with pytest.raises(ValueError, match="the first hands on"):
        GridLSTM(H, ("copy", "lstm"))
    grid = GridLSTM(H)
    params = like_init(rng, grid.init, D)
    with pytest.raises(ValueError, match="a grid of 2 dimensions"):
        unroll(grid, params, jnp.zeros((B, D)))
    with pytest.raises(ValueError, match="4 corners, and 1 parameters"):
        scan_all_ways(GRIDS["picture"], [None], jnp.zeros((B, 2, 2, D)))
    state, _ = jax.eval_shape(lambda xs: unroll(grid, params, xs), jnp.zeros((B, 1, D)))
    assert isinstance(state, GridState)
