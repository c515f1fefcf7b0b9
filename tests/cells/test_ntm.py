"""A cell with an external memory: its equations, and what its slots are."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import cells
from seqnets.cells.ntm import EPSILON, NTM
from seqnets.unroll import unroll

pytestmark = pytest.mark.usefixtures("quickly")

B, T, D = 2, 5, 3


def drawn(cell):
    """Parameters as large as to tell slots apart, by NumPy."""
    rng = np.random.default_rng(0)
    shapes = jax.eval_shape(lambda: cell.init(jax.random.key(0), D))
    return jax.tree.map(lambda a: rng.normal(0, 0.7, a.shape).astype("f"), shapes)


@functools.cache
def inputs():
    return np.random.default_rng(1).normal(size=(B, T, D)).astype("f")


def run(cell, params, xs=None, **options):
    xs = inputs() if xs is None else xs
    return jax.jit(lambda p, x: unroll(cell, p, x, **options))(params, xs)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def written_out(cell, params, xs):
    """One row [T, D] by NumPy loops over slots; returns ys and the last memory."""
    H, N, M, A = cell.dim, cell.slots, cell.width, cell.address
    h, c, r = np.zeros(H), np.zeros(H), np.zeros(M)
    memory, ys = np.array(params.start, float), []
    for x in xs:
        own = params.controller
        i, f, g, o = np.split(np.r_[x, r] @ own.w_x + h @ own.w_h + own.b, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        parts = np.split(h @ params.w + params.b, np.cumsum([A + M, 1, A + M, 1, M]))
        k, beta, k_read, beta_read, erase, add = parts

        def address(k, beta, memory):
            scores = []
            for a, m in zip(params.addresses, memory, strict=True):
                slot = np.r_[a, m]
                norms = [np.sqrt(v @ v + EPSILON) for v in (k, slot)]
                scores.append(np.log1p(np.exp(beta[0])) * (k @ slot) / np.prod(norms))
            return np.exp(scores) / np.exp(scores).sum()

        w = address(k, beta, memory)
        memory = np.stack(
            [m * (1 - p * sigmoid(erase)) + p * np.tanh(add)
             for m, p in zip(memory, w, strict=True)]
        )  # fmt: skip
        r = address(k_read, beta_read, memory) @ memory
        ys.append(np.r_[h, r])
    assert memory.shape == (N, M)
    return np.array(ys), memory


@pytest.mark.parametrize("address", [0, 2])
def test_it_is_what_its_equations_say(address):
    cell = NTM(4, slots=3, width=5, address=address)
    params = drawn(cell)
    state, ys = run(cell, params)
    assert ys.shape == (B, T, cell.out_dim)
    for row in range(B):
        expected, memory = written_out(cell, params, inputs()[row])
        np.testing.assert_allclose(ys[row], expected, atol=1e-5)
        np.testing.assert_allclose(state.memory[row], memory, atol=1e-5)


def test_slots_have_no_order():
    cell, order = NTM(4, slots=3, width=2), np.array([2, 0, 1])
    params = drawn(cell)
    other = params._replace(
        addresses=params.addresses[order], start=params.start[order]
    )
    state, ys = run(cell, params)
    again, same = run(cell, other)
    np.testing.assert_allclose(same, ys, atol=1e-5)
    np.testing.assert_allclose(again.memory, state.memory[:, order], atol=1e-5)


def test_slots_that_are_alike_stay_alike_so_they_begin_different():
    cell = NTM(4, slots=3, width=2)
    params = drawn(cell)
    alike = params._replace(
        addresses=np.ones_like(params.addresses), start=np.ones_like(params.start)
    )
    memory = run(cell, alike)[0].memory
    np.testing.assert_allclose(memory, np.broadcast_to(memory[:, :1], memory.shape))
    begun = jax.jit(lambda k: cell.init(k, D))(jax.random.key(0))
    distances = np.abs(begun.addresses[:, None] - begun.addresses).sum(-1)
    assert (distances + np.eye(3) > 0.1).all()


def test_a_masked_step_writes_nothing():
    cell = NTM(4, slots=3, width=2)
    params, mask = drawn(cell), np.arange(T) < np.array([[T], [2]])
    xs = np.where(mask[..., None], inputs(), np.nan)
    state, ys = run(cell, params, xs, mask=jnp.asarray(mask))
    short, _ = run(cell, params, inputs()[1:, :2])
    np.testing.assert_allclose(state.memory[1], short.memory[0], atol=1e-6)
    np.testing.assert_array_equal(ys[1, 2:], 0)


def test_what_is_read_late_reaches_back_to_addresses_and_to_the_first_input():
    cell = NTM(4, slots=3, width=2)

    def late(params, xs):
        return (unroll(cell, params, xs)[1][:, -1, cell.dim :] ** 2).sum()

    grads, d_x = jax.jit(jax.grad(late, argnums=(0, 1)))(drawn(cell), inputs())
    for name in ("addresses", "start", "w"):
        assert np.abs(getattr(grads, name)).max() > 0, name
    assert np.abs(d_x[:, 0]).max() > 0


def test_runs_whose_configs_name_its_class_are_built():
    """Before it was in the table, configs named it as a cell of one's own."""
    for name in ("NTM", "seqnets.cells.ntm:NTM"):
        assert cells.build(cells.options(name, 7, slots=4)) == NTM(7, slots=4)
