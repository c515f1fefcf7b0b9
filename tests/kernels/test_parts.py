"""Rows in parts: how they are divided, and where that pays."""

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import cells
from seqnets.cells.wrappers import Wrapper
from seqnets.kernels import parts
from seqnets.kernels.chunks import Inputs, Steps
from seqnets.plan import Plan
from seqnets.unroll import unroll
from tests.looping import like_init

pytestmark = pytest.mark.usefixtures("quickly")


@pytest.mark.parametrize("rows", [0, 1, 2, 3, 7, 64])
@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_every_row_is_in_one_part(rows, count):
    found = parts.of_rows(rows, count)
    x = np.arange(rows)
    assert np.array_equal(np.concatenate([x[some] for some in found]), x)
    assert 1 <= len(found) <= count
    cut = [parts.cut(jnp.asarray(x), some) for some in found]
    assert parts.join(cut).size == rows


class Bound(NamedTuple):
    cell: Any
    memory: Any = None


class Conditioned(Wrapper):
    """Adds to each row's projection what is bound to it."""

    def init(self, key, in_dim):
        return Bound(self.cell.init(key, in_dim))

    def inner(self, params):
        return params.cell

    def project(self, params, xs, noise=None):
        return super().project(params, xs, noise) + params.memory

    def core(self, params):
        return self.cell.core(params.cell)


def count(cell, rows=64, length=3, bound=None):
    params = jax.eval_shape(lambda: cell.init(jax.random.key(0), 2))
    params = params if bound is None else params._replace(memory=bound)
    xs = jax.ShapeDtypeStruct((rows, length, 2), np.float32)
    chosen = []

    def choose(params, xs):
        chosen.append(parts.that_pay(cell, params, Inputs(xs, None, Steps(None, None))))

    jax.eval_shape(choose, params, xs)
    return chosen[0]


@pytest.fixture
def two_cores(monkeypatch):
    monkeypatch.setattr(parts, "cores", lambda: 2)


def test_parts_pay_for_an_lstm_whose_product_one_core_would_get(two_cores):
    assert count(cells.LSTM(128)) == 2
    assert count(cells.Dropout(cells.LSTM(128))) == 2
    assert count(cells.LSTM(128), rows=63) == 1
    assert count(cells.LSTM(64)) == 1
    assert count(cells.LSTM(256)) == 1
    assert count(cells.LSTM(128), length=0) == 1
    assert count(cells.LSTM(128, recurrence="diagonal")) == 1
    assert count(cells.SRN(128)) == count(cells.GRU(128)) == 1


def test_a_machine_with_one_core_runs_whole(monkeypatch):
    monkeypatch.setattr(parts, "cores", lambda: 1)
    assert count(cells.LSTM(128)) == 1


def test_cores_that_a_process_may_not_use_do_not_count(monkeypatch):
    may = functools.partial(monkeypatch.setattr, parts.os, "sched_getaffinity")
    may(lambda _: {3}, raising=False)
    assert parts.cores() == 1
    may(lambda _: {0, 3})
    assert parts.cores() == 2
    monkeypatch.delattr(parts.os, "sched_getaffinity")
    monkeypatch.setattr(parts.os, "cpu_count", lambda: None)
    assert parts.cores() == 1


def test_parameters_bound_to_each_row_keep_the_rows_together(two_cores):
    cell = Conditioned(cells.LSTM(128))
    assert count(cell, bound=np.zeros((64, 512), np.float32)) == 1
    assert count(cell, bound=np.zeros(512, np.float32)) == 2


def test_parts_that_cannot_be_are_refused_with_the_reason():
    cell = Conditioned(cells.LSTM(3))
    params = like_init(np.random.default_rng(0), cells.LSTM(3).init, 2)
    params, xs = Bound(params, np.zeros((4, 12))), np.zeros((4, 5, 2))
    jax.eval_shape(lambda: unroll(cell, params, xs, plan=Plan(parts=1)))
    with pytest.raises(ValueError, match="Conditioned cannot run in parts"):
        unroll(cell, params, xs, plan=Plan(parts=2))


def test_a_run_that_the_table_divides_has_the_same_numbers(two_cores):
    cell = cells.LSTM(128)
    assert count(cell, rows=65, length=9) == 2
    rng = np.random.default_rng(0)
    params = jax.tree.map(lambda p: p / 10, like_init(rng, cell.init, 2))
    xs = rng.normal(size=(65, 9, 2)).astype(np.float32)
    mask = np.arange(9) < rng.integers(0, 10, (65, 1))

    @jax.jit
    def both(params, xs):
        def loss(plan, params, xs):
            state, ys = unroll(cell, params, xs, mask=mask, plan=plan)
            return (ys**2).sum() + state.c.sum()

        return [
            jax.grad(loss, (1, 2))(plan, params, xs) for plan in (Plan(), Plan(parts=1))
        ]

    for found, whole in zip(*map(jax.tree.leaves, both(params, xs)), strict=True):
        np.testing.assert_allclose(found, whole, rtol=1e-5, atol=1e-5)
