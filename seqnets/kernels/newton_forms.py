"""Jacobians of all steps of a run at once, whole or within units, and what they solve.

A state is packed as one array s [T, B, n], its arrays one after the other. There are
two forms of A, and with each x_t = A_t x_{t-1} + b_t is solved in parallel:

    dense     ∂s_t/∂s_{t-1}, [T, B, n, n]
    units     of it what each unit's m numbers, such as (h, c), read of themselves,
              [T, B, m, m, n/m]; the whole of it for a diagonal recurrence
"""

import functools
import itertools
import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.cells.cell import Cell, Params, Projected, State
from seqnets.cells.gru import GRU
from seqnets.cells.lstm import LSTM
from seqnets.cells.recurrence import with_diagonal_derivative
from seqnets.cells.residual import Residual
from seqnets.cells.simple import SRN
from seqnets.cells.wrappers import Wrapper
from seqnets.kernels import chunks, linear_scan
from seqnets.kernels.chunks import Steps

FORMS = ("dense", "units")
# The widest state whose whole Jacobians are taken, and the most bytes of them.
DENSE_WIDTH = 64
DENSE_BYTES = 2**30


class Given(NamedTuple):
    """What states depend on."""

    params: Params
    us: Projected  # Leading [T, B].
    state: State  # Before the first step.
    start: State | None  # What a reset puts in place.


class Run(NamedTuple):
    """A run forward in time; a reset acts before its step."""

    cell: Cell
    form: str


def choose(form: str | None, cell: Cell, length: int, state: State) -> str:
    """Returns the form of A: dense up to n = 64, if it takes at most 1 GiB.

    Units for a diagonal recurrence, of whose Jacobians that is the whole.

    Args:
      form: as the caller gave it; None is chosen.
      cell: wrapped or not.
      length: T.
      state: leading [B].

    Raises:
      ValueError: for another form.
    """
    if form is not None and form not in FORMS:
        raise ValueError(f"form must be one of {', '.join(FORMS)}, not {form!r}")
    packed = jax.eval_shape(pack, state)
    rows, width = packed.shape
    wide = 4 * length * rows * width * width > DENSE_BYTES
    apart = getattr(innermost(cell), "recurrence", "dense") == "diagonal"
    units = width > DENSE_WIDTH or wide or (apart and known(cell))
    return form or ("units" if units else "dense")


def pack(state: State) -> Array:
    """Returns the arrays [..., H] of a state as one, [B, n]."""
    leaves = jax.tree.leaves(state)
    dtype = jnp.result_type(*leaves)
    rows = [a.reshape(len(a), math.prod(a.shape[1:])).astype(dtype) for a in leaves]
    return jnp.concatenate(rows, -1)


def unpack(packed: Array, like: State) -> State:
    """Returns the state that was packed, in the shapes and dtypes of another."""
    leaves, tree = jax.tree.flatten(like)
    whole = zip(_parts(packed, like), leaves, strict=True)
    return tree.unflatten([a.reshape(b.shape).astype(b.dtype) for a, b in whole])


def sizes(packed: Array, like: State) -> Array:
    """Returns the largest |s| of its array in the same step and row, [T, B, n]."""
    largest = [
        jnp.broadcast_to(jnp.abs(a).max(-1, keepdims=True, initial=0.0), a.shape)
        for a in _parts(packed, like)
    ]
    return jnp.concatenate(largest, -1)


def _parts(packed: Array, like: State) -> list[Array]:
    """Returns the arrays of a state that was packed, each [..., numbers of a row]."""
    widths = [math.prod(leaf.shape[1:]) for leaf in jax.tree.leaves(like)]
    ends = list(itertools.accumulate(widths))[:-1]
    return jnp.split(packed, ends, -1)


def step(
    run: Run, given: Given, before: Array, marked: tuple[Projected, Steps]
) -> tuple[Array, Array]:
    """Takes one step, of which it returns the packed state [B, n] and the output."""
    of_cell = functools.partial(run.cell.step, given.params)
    masked = chunks.masked_step(of_cell, given.start, reverse=False)
    after, (_, y) = masked(unpack(before, given.state), marked)
    return pack(after), y


def steps(run: Run, given: Given, marks: Steps, befores: Array) -> tuple[Array, Array]:
    """Takes all steps at once, from states [T, B, n]: (the next ones, outputs)."""
    one = functools.partial(step, run, given)
    return jax.vmap(one)(befores, (given.us, marks))


def befores(given: Given, states: Array) -> Array:
    """Returns the states before all steps, given those after them, [T, B, n]."""
    return jnp.concatenate([pack(given.state)[None], states[:-1]])


def in_turn(run: Run, given: Given, marks: Steps) -> Array:
    """Returns the states after all steps, by a scan, [T, B, n]."""

    def body(state, marked):
        after, _ = step(run, given, state, marked)
        return after, after

    return jax.lax.scan(body, pack(given.state), (given.us, marks))[1]


def jacobians(run: Run, given: Given, marks: Steps, befores: Array) -> Array:
    """Returns A for all steps in the form of the run, at states [T, B, n]."""
    width = befores.shape[-1]

    def along(given: Given, direction: Array) -> Array:
        def after(befores):
            return steps(run, given, marks, befores)[0]

        tangent = jnp.broadcast_to(direction, befores.shape)
        return jax.jvp(after, (befores,), (tangent,))[1]

    eye = jnp.eye(width, dtype=befores.dtype)
    if run.form == "dense":
        return jax.vmap(functools.partial(along, given), out_axes=-1)(eye)
    count = unit_size(given.state)
    eyes = eye.reshape(count, -1, width)  # [m, n / m, n]

    def split(found: Array) -> Array:
        found = found.reshape(*found.shape[:-1], count, -1)
        return jnp.moveaxis(found, 0, -2)  # [T, B, m, m, n / m]

    if known(run.cell):
        own = given._replace(params=with_diagonal_derivative(run.cell, given.params))
        return split(jax.vmap(functools.partial(along, own))(eyes.sum(1)))

    def of_unit(k):
        found = jax.vmap(functools.partial(along, given))(eyes[:, k])
        return split(found)[..., k]

    return jnp.moveaxis(jax.lax.map(of_unit, jnp.arange(width // count)), 0, -1)


def unit_size(state: State) -> int:
    """Returns how many numbers a unit has: one of each array, where all are as wide."""
    leaves = jax.tree.leaves(state)
    return len(leaves) if len({leaf.shape for leaf in leaves}) == 1 else 1


def known(cell: Cell) -> bool:
    """Returns whether one derivative gives the own parts of all units.

    That is so where units meet only in products by `w_h`. Else each unit takes one. Of
    a GRU that resets before its product, what reaches a unit through the reset gates of
    others is left out.
    """
    cell = innermost(cell)
    apart = getattr(cell, "projection", None) is None
    apart = apart and not getattr(cell, "layer_norm", False)
    return apart and type(cell) in (SRN, LSTM, GRU, Residual)


def innermost(cell: Cell) -> Cell:
    """Returns the cell inside all wrappers."""
    while isinstance(cell, Wrapper):
        cell = cell.cell
    return cell


def solve(A: Array, b: Array) -> Array:
    """Solves x_t = A_t x_{t-1} + b_t from x_0 = 0, for A of either form."""
    return _solve(A, b, reverse=False)


def solve_transposed(A: Array, b: Array) -> Array:
    """Solves x_t = A_{t+1}ᵀ x_{t+1} + b_t from x_{T+1} = 0, for A of either form."""
    A = jnp.concatenate([A[1:], jnp.zeros_like(A[:1])])
    return _solve(A.swapaxes(2, 3), b, reverse=True)


def _solve(A: Array, b: Array, reverse: bool) -> Array:
    if A.ndim == 4:
        return linear_scan.dense(A, b, jnp.zeros_like(b[0]), reverse=reverse)
    count, units = A.shape[-2:]
    if count == 1:
        a = A[:, :, 0, 0]
        return linear_scan.diagonal(a, b, jnp.zeros_like(b[0]), reverse=reverse)
    # Each unit is a row of its own.
    rows = b.reshape(*b.shape[:2], count, units).swapaxes(2, 3)  # [T, B, n / m, m]
    b_rows = rows.reshape(len(b), -1, count)
    A_rows = jnp.moveaxis(A, -1, 2).reshape(len(b), -1, count, count)
    x = linear_scan.dense(A_rows, b_rows, jnp.zeros_like(b_rows[0]), reverse=reverse)
    return x.reshape(rows.shape).swapaxes(2, 3).reshape(b.shape)
