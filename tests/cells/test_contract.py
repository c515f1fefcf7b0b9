"""Every cell meets the same contract, stepped and unrolled."""

import copy
import dataclasses
import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import cells
from seqnets.unroll import unroll
from tests.looping import at, draw, loop, weigh
from tests.variants import (
    ALL_CELLS,
    CHAIN_CELLS,
    GRUS,
    LINEAR,
    LSTMS,
    RESIDUALS,
    label,
)

pytestmark = pytest.mark.usefixtures("quickly")

B, T, D = 3, 6, 2
DIRECTIONS = (False, True)
NO_RESET = np.zeros((B, T), bool)
ALL_REAL = np.ones((B, T), bool)
# The last row is all padding, the one before it has none.
PADDING = {
    "front": np.arange(T) >= np.array([[2], [0], [T]]),
    "middle": np.array([[1, 0, 0, 1, 0, 1], [1] * T, [0] * T], bool),
    "end": np.arange(T) < np.array([[4], [T], [0]]),
}


class Trial(NamedTuple):
    """A cell with random weights, compiled once for all its tests."""

    cell: Any
    params: Any
    state: Any
    xs: Any
    key: Any
    step: Any
    run: Any

    def measure(self, *, xs=None, state=None, mask=ALL_REAL, reset=NO_RESET):
        """Returns ((loss, (state, ys)), gradients) forwards and in reverse."""
        xs = self.xs if xs is None else xs
        state = self.state if state is None else state
        runs = self.run(self.params, xs, state, mask, reset, self.key)
        return dict(zip(DIRECTIONS, runs, strict=True))

    def outputs(self, **inputs):
        return {d: out for d, ((_, out), _) in self.measure(**inputs).items()}

    def loop(self, *, steps=range(T), state=None, mask=ALL_REAL, reset=NO_RESET, **way):
        """Runs some of the steps in a loop, with the noise of those steps."""
        steps = np.array(steps)
        noise = self.cell.noise(self.key, T, B, D)
        return loop(
            self.cell,
            self.params,
            self.xs[:, steps],
            state=state,
            mask=mask[:, steps],
            reset=reset[:, steps],
            noise=at(noise, steps),
            step=self.step,
            **way,
        )


@pytest.fixture(scope="module", params=ALL_CELLS, ids=label)
def trial(request):
    cell = request.param
    rng = np.random.default_rng(0)
    shapes = jax.eval_shape(lambda: cell.init(jax.random.key(0), D))
    params = draw(rng, shapes)
    zeros = cell.initial_state(params, B, jnp.float32)

    def loss(params, xs, state, mask, reset, key, reverse):
        outputs = unroll(
            cell,
            params,
            xs,
            state=state,
            mask=mask,
            reset=reset,
            reverse=reverse,
            key=key,
        )
        return weigh(outputs), outputs

    @jax.jit
    def run(*inputs):
        measure = jax.value_and_grad(loss, (0, 1, 2), has_aux=True)
        return [measure(*inputs, reverse) for reverse in DIRECTIONS]

    return Trial(
        cell=cell,
        params=params,
        state=draw(rng, zeros),
        xs=rng.normal(size=(B, T, D)).astype(np.float32),
        key=jax.random.key(1),
        step=jax.jit(cell.step),
        run=run,
    )


def assert_close(found, expected, rtol=2e-5, atol=2e-6):
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=rtol, atol=atol),
        found,
        expected,
    )


def test_stepping_equals_unrolling(trial):
    ragged = np.array([[1, 1, 0, 1, 1, 1], [0, 1, 1, 1, 1, 0], [1] * T], bool)
    reset = np.array([[0, 0, 1, 0, 0, 0], [0, 0, 0, 1, 0, 0], [1, 0, 0, 0, 0, 1]], bool)
    for marks in ({}, {"mask": ragged, "reset": reset}):
        outputs = trial.outputs(**marks)
        for reverse in DIRECTIONS:
            looped = trial.loop(state=trial.state, reverse=reverse, **marks)
            assert_close(outputs[reverse], looped)


@pytest.mark.parametrize("where", PADDING)
def test_no_rubbish_in_the_padding_reaches_any_result(trial, where):
    mask = PADDING[where]
    clean = trial.measure(mask=mask)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(clean))
    for rubbish in (np.nan, np.inf, -np.inf, 1e30):
        xs = np.where(mask[..., None], trial.xs, np.float32(rubbish))
        jax.tree.map(
            np.testing.assert_array_equal, trial.measure(xs=xs, mask=mask), clean
        )


@pytest.mark.parametrize("where", PADDING)
def test_padding_is_zero_and_its_row_keeps_the_state(trial, where):
    mask = PADDING[where]
    for state, ys in trial.outputs(mask=mask).values():
        assert not ys[~mask].any()
        empty = at((state, trial.state), 2)
        jax.tree.map(np.testing.assert_array_equal, *empty)


@pytest.mark.parametrize("steps", [(2, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 3)], ids=str)
def test_padding_gives_the_result_without_it(trial, steps):
    mask = np.isin(np.arange(T), steps) & ALL_REAL
    for reverse, (state, ys) in trial.outputs(mask=mask).items():
        unpadded = trial.loop(steps=steps, state=trial.state, reverse=reverse)
        assert_close((state, ys[:, steps, :]), unpadded)


@pytest.mark.parametrize("masked", [None, 2], ids=["real", "masked"])
def test_resets_in_a_row_make_separate_sequences(trial, masked):
    """Steps 0-1 and 2-5, of which the first may be padding, marked all the same."""
    mask = ALL_REAL & (np.arange(T) != masked)
    outputs = trial.outputs(mask=mask, reset=NO_RESET | (np.arange(T) == 2))
    first = range(2)
    second = [t for t in range(2, T) if t != masked]

    state, ys = outputs[False]
    _, ys_first = trial.loop(steps=first, state=trial.state)
    fresh, ys_second = trial.loop(steps=second)
    assert_close((ys[:, :2], ys[:, second], state), (ys_first, ys_second, fresh))

    state, ys = outputs[True]
    _, ys_second = trial.loop(steps=second, state=trial.state, reverse=True)
    fresh, ys_first = trial.loop(steps=first, reverse=True)
    assert_close((ys[:, :2], ys[:, second], state), (ys_first, ys_second, fresh))


def test_two_halves_with_the_state_carried_equal_the_whole(trial):
    early = ALL_REAL & (np.arange(T) < 2)
    whole = trial.outputs()
    for reverse, half in ((False, early), (True, ~early)):
        state, ys_half = trial.outputs(mask=half)[reverse]
        state, ys_rest = trial.outputs(mask=~half, state=state)[reverse]
        assert_close((state, ys_half + ys_rest), whole[reverse])


@pytest.mark.parametrize(
    ("compute", "held"),
    [(jnp.bfloat16, jnp.float32), (jnp.float32, jnp.bfloat16)],
    ids=lambda dtype: dtype.__name__,
)
def test_states_and_gradients_keep_their_dtypes(trial, compute, held):
    state = jax.tree.map(lambda s: s.astype(held), trial.state)
    xs = jnp.asarray(trial.xs, compute)
    runs = jax.eval_shape(
        trial.run, trial.params, xs, state, ALL_REAL, NO_RESET, trial.key
    )
    for (_, (final, ys)), gradients in runs:
        assert ys.dtype == compute
        given = (state, (trial.params, xs, state))
        for a, b in zip(
            jax.tree.leaves((final, gradients)), jax.tree.leaves(given), strict=True
        ):
            assert (a.shape, a.dtype) == (b.shape, b.dtype)


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16])
@pytest.mark.parametrize("cell", ALL_CELLS, ids=label)
def test_shapes_and_dtypes(cell, dtype):
    params = jax.eval_shape(lambda: cell.init(jax.random.key(0), D))
    assert all(p.dtype == jnp.float32 for p in jax.tree.leaves(params))

    def run(params, xs):
        params = jax.tree.map(lambda p: p.astype(dtype), params)
        noise = cell.noise(jax.random.key(0), T, B, D)
        us = cell.project(params, xs, noise)
        state = cell.initial_state(params, B, dtype)
        return noise, us, state, cell.step(params, state, at(us, 0))

    xs = jax.ShapeDtypeStruct((T, B, D), dtype)
    noise, us, state, (after, y) = jax.eval_shape(run, params, xs)
    assert all(n.shape[:2] == (T, B) for n in jax.tree.leaves((noise, us)))
    assert all(s.shape[0] == B for s in jax.tree.leaves(state))
    assert after == state
    assert (y.shape, y.dtype) == ((B, cell.out_dim), dtype)
    assert noise is None or cell not in CHAIN_CELLS


@pytest.mark.parametrize("cell", [*LSTMS, *GRUS, *RESIDUALS, *LINEAR], ids=label)
def test_memories_are_float32_whatever_computes(cell):
    state = cell.initial_state(None, B, jnp.bfloat16)
    assert state[-1].dtype == jnp.float32  # h, or an LSTM's c behind it.


@pytest.mark.parametrize("cell", ALL_CELLS, ids=label)
def test_equal_cells_share_one_trace(cell):
    traces = []

    @functools.partial(jax.jit, static_argnums=0)
    def f(cell, x):
        traces.append(cell)
        return x * cell.out_dim

    for equal in (cell, copy.deepcopy(cell), dataclasses.replace(cell)):
        f(equal, 1.0)
    assert len(traces) == 1


@pytest.mark.parametrize("cell", ALL_CELLS, ids=label)
def test_parameters_do_not_depend_on_length(cell):
    params = jax.eval_shape(lambda: cell.init(jax.random.key(0), D))
    for length in (1, 1000):
        xs = jax.ShapeDtypeStruct((B, length, D), jnp.float32)
        _, ys = jax.eval_shape(functools.partial(unroll, cell), params, xs)
        assert ys.shape == (B, length, cell.out_dim)


@pytest.mark.parametrize(
    ("cell", "count"),
    [
        (cells.SRN(5), 5 * (D + 5 + 1)),
        (cells.LSTM(5), 4 * 5 * (D + 5 + 1)),
        (cells.LSTM(5, bias=False), 4 * 5 * (D + 5)),
        (cells.LSTM(5, forget_gate=False), 3 * 5 * (D + 5 + 1)),
        (cells.LSTM(5, coupled=True, peephole=True), 3 * 5 * (D + 5 + 1) + 2 * 5),
        (cells.LSTM(5, projection=2), 4 * 5 * (D + 2 + 1) + 5 * 2),
        (cells.LSTM(5, layer_norm=True), 4 * 5 * (D + 5 + 1 + 2) + 2 * 5),
        (cells.GRU(5), 3 * 5 * (D + 5 + 1)),
        (cells.GRU(5, reset="after"), 3 * 5 * (D + 5 + 1) + 5),
        (cells.GRU(5, reset="none"), 2 * 5 * (D + 5 + 1)),
        (cells.LSTM(5, recurrence="diagonal"), 4 * 5 * (D + 1 + 1)),
        (cells.GRU(5, recurrence="diagonal"), 3 * 5 * (D + 1 + 1)),
        (cells.Residual(5, recurrent=False), 5 * (D + 1)),
        (cells.MinGRU(5), 2 * 5 * (D + 1)),
        (cells.MinLSTM(5, bias=False), 3 * 5 * D),
        (cells.LRU(5, state_dim=4), 2 * 4 * (D + 5) + 5 * D + 3 * 4),
    ],
    ids=label,
)
def test_absent_parts_take_no_parameters(cell, count, key):
    params = jax.eval_shape(lambda: cell.init(key, D))
    assert sum(p.size for p in jax.tree.leaves(params)) == count
