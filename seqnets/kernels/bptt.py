"""Back-propagation through time, written out once for all cells.

Time runs in chunks of steps. What need not wait for the step before is done for a
whole chunk at once, on both ways (Werbos, 1990):

    forward    project                       forward, step by step
    backward   linearise (the Jacobians)     backward, step by step     gradients

so that the loops over steps hold nothing but the recurrence: backward carries
∂L/∂(state) and is linear. The gradients of weights are one matrix product a chunk.
A chunk's arrays are used again by the next one, and stay in a CPU's cache; see
`seqnets.plan` for how long it is.
"""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax

from seqnets.cells.cell import (
    Cell,
    Inputs,
    Noise,
    Params,
    State,
    matmul,
    memory_dtype,
)
from seqnets.cells.wrappers import core
from seqnets.plan import Plan


class Kernel(NamedTuple):
    """A cell's step with its gradient written out; all states have a field h.

    forward(cell, params, state, u) -> (state, y, saved)
    linearise(cell, params, saved) -> partials, all that backward needs to know of
      the step; here saved has leading [T, B].
    turn(cell, params) -> what backward multiplies by: matrices, transposed.
    backward(cell, turned, partials, ∂state) -> (∂state before, errors), linear in
      ∂state, which has ∂y in its h.
    gradients(cell, params, saved, partials, errors) -> (δ, ∂params), δ = ∂L/∂u;
      None for what only `project` reads; here all have leading [T, B].
    """

    forward: Callable[..., tuple[State, Array, Any]]
    linearise: Callable[..., Any]
    turn: Callable[..., Any]
    backward: Callable[..., tuple[State, Any]]
    gradients: Callable[..., tuple[Inputs, Params]]


class Steps(NamedTuple):
    """What marks the steps of a sequence; None where nothing is marked."""

    mask: Array | None  # [T, B] bool, True at real steps.
    reset: Array | None  # [T, B] bool, True at the first step of a sequence.


class Run(NamedTuple):
    """How a cell is run; hashable."""

    kernel: Kernel
    cell: Cell
    reverse: bool
    plan: Plan


class Read(NamedTuple):
    """What a run reads at its steps."""

    xs: Array  # [B, T, D]
    noise: Noise  # leading [T, B]
    steps: Steps

    def chunk(self, first: Array | int, size: int) -> "Read":
        """Returns some steps, xs being [T, B, D] and zero where it is padding."""
        xs = lax.dynamic_slice_in_dim(self.xs, first, size, 1).swapaxes(0, 1)
        noise, steps = jax.tree.map(
            lambda a: lax.dynamic_slice_in_dim(a, first, size),
            (self.noise, self.steps),
        )
        return Read(hide(steps.mask, xs), noise, steps)


def hide(mask: Array | None, xs: Array) -> Array:
    """Returns xs [T, B, D], zero at masked steps: NaN times zero would be NaN."""
    return xs if mask is None else jnp.where(mask[..., None], xs, 0.0)


def select(where: Array, new: Any, old: Any) -> Any:
    """Returns `new` in the rows where `where` [B] is True and `old` elsewhere."""

    def rows(a, b):
        return jnp.where(where.reshape(-1, *(1,) * (a.ndim - 1)), a, b)

    return jax.tree.map(rows, new, old)


def zeros_like(tree: Any) -> Any:
    return jax.tree.map(jnp.zeros_like, tree)


def blank_sums(tree: Any) -> Any:
    """Returns zeros to add to, float32 or wider."""
    return jax.tree.map(lambda a: jnp.zeros(a.shape, memory_dtype(a.dtype)), tree)


def add(a: Any, b: Any) -> Any:
    return jax.tree.map(jnp.add, a, b)


def scan(
    step: Callable[[State, Any], tuple[State, Array, Any]],
    state: State,
    start: State,
    us: Any,
    steps: Steps,
    reverse: bool,
) -> tuple[State, Array, Any]:
    """Runs a step over time, keeping the state at masked steps.

    Args:
      step: (state, u) -> (state, y, saved).
      state: the state to begin with.
      start: the state that a reset puts in place.
      us: inputs, leading [T, B].
      steps: mask and reset, [T, B] each.
      reverse: whether time runs backwards.

    Returns:
      The last state, the outputs [T, B, H], and what each step saved.
    """

    def body(state, inputs):
        u, (real, first) = inputs
        if first is not None and not reverse:
            state = select(first, start, state)
        proposed, y, saved = step(state, u)
        if real is not None:
            proposed = select(real, proposed, state)
            y = select(real, y, jnp.zeros_like(y))
        if first is not None and reverse:
            proposed = select(first, start, proposed)
        return proposed, (y, saved)

    state, (ys, saved) = lax.scan(body, state, (us, steps), reverse=reverse)
    return state, ys, saved


def scan_back(
    step: Callable[[State, Any], tuple[State, Any]],
    d_state: State,
    d_start: State,
    partials: Any,
    d_ys: Array,
    steps: Steps,
    reverse: bool,
) -> tuple[State, State, Any]:
    """Runs what `scan` ran backwards: from ∂ of its last state and of its outputs.

    Args:
      step: (partials, ∂state) -> (∂state before, errors).
      d_state: ∂ of the last state.
      d_start: ∂ of the start so far; None without resets.
      partials: leading [T, B].
      d_ys: ∂ of the outputs [T, B, H].
      steps, reverse: as in `scan`.

    Returns:
      ∂ of the first state, of the start, and each step's errors.
    """

    def body(carry, inputs):
        d_after, d_start = carry
        d_state = d_after
        partials, d_y, (real, first) = inputs
        if first is not None and reverse:
            d_start = add(d_start, select(first, d_state, zeros_like(d_state)))
            d_state = select(first, zeros_like(d_state), d_state)
        d_held = None
        if real is not None:
            d_held = select(real, zeros_like(d_state), d_state)
            d_state = select(real, d_state, zeros_like(d_state))
        d_state = d_state._replace(h=d_state.h + d_y)
        d_state, errors = step(partials, d_state)
        if d_held is not None:
            d_state = add(d_state, d_held)
        if first is not None and not reverse:
            d_start = add(d_start, select(first, d_state, zeros_like(d_state)))
            d_state = select(first, zeros_like(d_state), d_state)
        # Steps may compute in a wider dtype than the state is held in.
        carry = jax.tree.map(lambda d, held: d.astype(held.dtype), d_state, d_after)
        return (carry, d_start), errors

    (d_state, d_start), errors = lax.scan(
        body, (d_state, d_start), (partials, d_ys, steps), reverse=not reverse
    )
    return d_state, d_start, errors


def over_chunks(
    body: Callable[[Any, Any, int, Any], tuple[Any, Any]],
    carry: Any,
    length: int,
    chunk: int,
    reverse: bool,
    kept: tuple[Any, Any] = (None, None),
) -> tuple[Any, tuple[Any, Any]]:
    """Runs over the chunks of a sequence; the last one may be shorter.

    Args:
      body: (carry, first step, number of steps, kept) -> (carry, what it keeps).
      carry: what is handed from chunk to chunk.
      length: T.
      chunk: steps in a chunk.
      reverse: whether the last chunk is the first to run.
      kept: what another run over the same chunks has kept.

    Returns:
      The carry, and what was kept: by all whole chunks, stacked, and by the rest.
    """
    count, rest = divmod(length, chunk) if chunk < length else (0, length)
    whole, last = None, None

    def one(carry, inputs):
        i, own = inputs
        return body(carry, i * chunk, chunk, own)

    if rest and reverse:
        carry, last = body(carry, count * chunk, rest, kept[1])
    if count:
        inputs = jnp.arange(count), kept[0]
        carry, whole = lax.scan(one, carry, inputs, reverse=reverse)
    if rest and not reverse:
        carry, last = body(carry, count * chunk, rest, kept[1])
    return carry, (whole, last)


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def run(
    how: Run, params: Params, read: Read, state: State, start: State
) -> tuple[State, Array]:
    """Runs a cell over a sequence with the kernel's gradient.

    Args:
      how: the cell, which may be wrapped, and the kernel of the one inside.
      params: the cell's parameters.
      read: inputs, noise and marks.
      state: the state to begin with.
      start: the state that a reset puts in place; None without resets.

    Returns:
      The last state, and the outputs [B, T, H].
    """
    return _forward(how, params, read, state, start, keep=False)[0]


def _chunk(how: Run, params, read: Read, state, start):
    """Returns the last state, the outputs and what was saved in one chunk."""
    us = how.cell.project(params, read.xs, read.noise)  # [T, B, U]
    step = functools.partial(how.kernel.forward, *core(how.cell, params))
    return scan(step, state, start, us, read.steps, how.reverse)


def _forward(how: Run, params, read: Read, state, start, keep=True):
    batch_size, length, _ = read.xs.shape

    def body(carry, first, size, _):
        before, ys = carry
        state, part, saved = _chunk(how, params, read.chunk(first, size), before, start)
        ys = lax.dynamic_update_slice_in_dim(ys, part.swapaxes(0, 1), first, 1)
        kept = before if how.plan.recompute else saved
        return (state, ys), kept if keep else None

    ys = jnp.zeros((batch_size, length, how.cell.out_dim), read.xs.dtype)
    (state, ys), kept = over_chunks(
        body, (state, ys), length, how.plan.chunk, how.reverse
    )
    return (state, ys), (params, read, start, kept)


def _backward(how: Run, residuals, cotangents):
    params, read, start, kept = residuals
    d_state, d_ys = cotangents
    cell, own = core(how.cell, params)
    wide = blank_sums(params)
    blank, pull_core = jax.vjp(lambda wide: core(how.cell, wide)[1], wide)
    turned = how.kernel.turn(cell, own)

    def step(partials, d_state):
        return how.kernel.backward(cell, turned, partials, d_state)

    def body(carry, first, size, kept):
        d_state, d_start, d_params, d_xs = carry
        part = read.chunk(first, size)
        saved = kept
        if how.plan.recompute:
            *_, saved = _chunk(how, params, part, kept, start)
        partials = how.kernel.linearise(cell, own, saved)
        d_y = lax.dynamic_slice_in_dim(d_ys, first, size, 1).swapaxes(0, 1)
        d_y = hide(part.steps.mask, d_y)
        d_state, d_start, errors = scan_back(
            step, d_state, d_start, partials, d_y, part.steps, how.reverse
        )
        delta, d_own = how.kernel.gradients(cell, own, saved, partials, errors)
        _, pull = jax.vjp(
            lambda params, xs: how.cell.project(params, xs, part.noise), params, part.xs
        )
        d_project, d_x = pull(delta)
        (d_core,) = pull_core(_fill(blank, d_own))
        d_params = add(d_params, add(d_project, d_core))
        d_x = d_x.swapaxes(0, 1)
        d_xs = lax.dynamic_update_slice_in_dim(d_xs, d_x, first, 1)
        return (d_state, d_start, d_params, d_xs), None

    d_start = None if read.steps.reset is None else blank_sums(start)
    carry = d_state, d_start, wide, jnp.zeros_like(read.xs)
    carry, _ = over_chunks(
        body, carry, d_ys.shape[1], how.plan.chunk, not how.reverse, kept
    )
    d_state, d_start, d_params, d_xs = carry
    d_params, d_start = jax.tree.map(
        lambda d, like: d.astype(like.dtype), (d_params, d_start), (params, start)
    )
    nothing = jax.tree.map(lambda _: None, (read.noise, read.steps))
    return d_params, Read(d_xs, *nothing), d_state, d_start


run.defvjp(_forward, _backward)


def _fill(blank: Params, gradients: Params) -> Params:
    """Puts zeros where a parameter has no gradient."""

    def fill(zeros, d):
        return zeros if d is None else d

    return jax.tree.map(fill, blank, gradients, is_leaf=lambda leaf: leaf is None)


def transpose(w: Array) -> Array:
    """Returns wᵀ as an array of its own.

    XLA would fold the transposition into the product that reads it, and multiply
    more slowly at every step; the barrier keeps it from doing so.
    """
    return lax.optimization_barrier(w.T)


def weight_gradient(reads: Array, deltas: Array, like: Array) -> Array:
    """Sums the outer products over all steps and rows: one matrix product.

    ∂L/∂W = Σ_t Σ_b read_{t,b} δ_{t,b}ᵀ

    Args:
      reads: what the matrix multiplied, [T, B, P].
      deltas: errors of what it gave, [T, B, Q].
      like: the matrix [P, Q], in whose dtype the factors are.

    Returns:
      The gradient [P, Q], float32 or wider.
    """
    reads, deltas = (
        a.astype(like.dtype).reshape(-1, a.shape[-1]) for a in (reads, deltas)
    )
    return matmul(transpose(reads), deltas)
