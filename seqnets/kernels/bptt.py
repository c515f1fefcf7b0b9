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
    transpose,
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
        xs = cut(self.xs, first, size, 1).swapaxes(0, 1)
        noise, steps = cut((self.noise, self.steps), first, size)
        return Read(hide(steps.mask, xs), noise, steps)


def cut(tree: Any, first: Array | int, size: int, axis: int = 0) -> Any:
    """Returns some steps of arrays that have time on an axis."""
    return jax.tree.map(lambda a: lax.dynamic_slice_in_dim(a, first, size, axis), tree)


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


def blank(tree: Any, *count: int) -> Any:
    """Returns zeros in the shapes of a tree, or so many of each."""
    return jax.tree.map(lambda a: jnp.zeros((*count, *a.shape), a.dtype), tree)


def add(a: Any, b: Any) -> Any:
    return jax.tree.map(jnp.add, a, b)


def marked(
    step: Callable[[State, Any], tuple[State, Array, Any]],
    start: State,
    reverse: bool,
) -> Callable[[State, Any], tuple[State, tuple[Array, Any]]]:
    """Returns a step that heeds marks: the body of a scan over (u, marks).

    Args:
      step: (state, u) -> (state, y, saved).
      start: the state that a reset puts in place.
      reverse: whether time runs backwards.
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

    return body


def record(
    body: Callable[[Any, Any], tuple[Any, Any]],
    carry: Any,
    into: Any,
    axes: Any,
    first: Array | int,
    inputs: Any,
    reverse: bool,
) -> tuple[Any, Any]:
    """Runs `lax.scan`, writing what it gives into arrays that are there already.

    Args:
      body: (carry, inputs of a step) -> (carry, what it gives).
      carry: the first carry.
      into: arrays like what a step gives, but for the axis of time.
      axes: which axis that is, in a tree like `into`.
      first: where on that axis the first step stands.
      inputs: leading [T].
      reverse: whether the last step is the first to run.

    Returns:
      The last carry, and the arrays.
    """

    def write(array, given, axis, t):
        return lax.dynamic_update_index_in_dim(array, given, t, axis)

    def recorded(carry, inputs):
        (carry, into), (t, inputs) = carry, inputs
        carry, given = body(carry, inputs)
        write_at = functools.partial(write, t=t)
        return (carry, jax.tree.map(write_at, into, given, axes)), None

    size = len(jax.tree.leaves(inputs)[0])
    inputs = first + jnp.arange(size), inputs
    return lax.scan(recorded, (carry, into), inputs, reverse=reverse)[0]


def scan_back(
    step: Callable[[State, Any], tuple[State, Any]],
    d_state: State,
    d_start: State,
    partials: Any,
    d_ys: Array,
    steps: Steps,
    reverse: bool,
) -> tuple[State, State, Any]:
    """Runs steps backwards: from ∂ of the last state and of the outputs.

    Args:
      step: (partials, ∂state) -> (∂state before, errors).
      d_state: ∂ of the last state.
      d_start: ∂ of the start so far; None without resets.
      partials: leading [T, B].
      d_ys: ∂ of the outputs [T, B, H].
      steps: mask and reset, [T, B] each.
      reverse: whether time ran backwards before.

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
    body: Callable[[Any, Any, Any, int], Any],
    carry: Any,
    length: int,
    chunk: int,
    reverse: bool,
) -> Any:
    """Runs over the chunks of a sequence, the last of which may be shorter.

    Args:
      body: (carry, number of the chunk, its first step, its size) -> carry.
      carry: what is handed from chunk to chunk.
      length: T.
      chunk: steps in a chunk.
      reverse: whether the last chunk is the first to run.

    Returns:
      The carry.
    """
    count, rest = divmod(length, chunk) if chunk < length else (0, length)

    def one(carry, i):
        return body(carry, i, i * chunk, chunk), None

    if rest and reverse:
        carry = body(carry, count, count * chunk, rest)
    if count:
        carry, _ = lax.scan(one, carry, jnp.arange(count), reverse=reverse)
    if rest and not reverse:
        carry = body(carry, count, count * chunk, rest)
    return carry


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


def _steps(how: Run, params, read: Read, start):
    """Returns the step of a cell, and what it reads; for part of a sequence."""
    us = how.cell.project(params, read.xs, read.noise)  # [T, B, U]
    step = functools.partial(how.kernel.forward, *core(how.cell, params))
    return marked(step, start, how.reverse), (us, read.steps)


def _forward(how: Run, params, read: Read, state, start, keep=True):
    batch_size, length, _ = read.xs.shape
    plan = how.plan

    def saved_by_all(state):
        body, inputs = _steps(how, params, read.chunk(0, length), start)
        return lax.scan(body, state, inputs)[1][1]

    # ys [B, T, H], and either what all steps saved or the states between chunks.
    ys = jnp.zeros((batch_size, length, how.cell.out_dim), read.xs.dtype)
    saved = between = None
    if keep and plan.recompute:
        between = blank(state, plan.count(length))
    elif keep:
        saved = blank(jax.eval_shape(saved_by_all, state))
    axes = 1, jax.tree.map(lambda _: 0, saved)

    def body(carry, i, first, size):
        state, ys, saved, between = carry
        between = jax.tree.map(
            lambda all_, own: lax.dynamic_update_index_in_dim(all_, own, i, 0),
            between,
            None if between is None else state,
        )
        step, inputs = _steps(how, params, read.chunk(first, size), start)

        def given(state, inputs):
            state, (y, own) = step(state, inputs)
            return state, (y, None if saved is None else own)

        state, (ys, saved) = record(
            given, state, (ys, saved), axes, first, inputs, how.reverse
        )
        return state, ys, saved, between

    state, ys, *kept = over_chunks(
        body, (state, ys, saved, between), length, plan.chunk, how.reverse
    )
    return (state, ys), (params, read, start, kept)


def _backward(how: Run, residuals, cotangents):
    params, read, start, (saved, between) = residuals
    d_state, d_ys = cotangents
    cell, own = core(how.cell, params)
    wide = blank_sums(params)
    blank, pull_core = jax.vjp(lambda wide: core(how.cell, wide)[1], wide)
    turned = how.kernel.turn(cell, own)

    def step(partials, d_state):
        return how.kernel.backward(cell, turned, partials, d_state)

    def body(carry, i, first, size):
        d_state, d_start, d_params, d_xs = carry
        part = read.chunk(first, size)
        if how.plan.recompute:
            before = jax.tree.map(lambda s: s[i], between)
            forward, inputs = _steps(how, params, part, start)
            _, (_, kept) = lax.scan(forward, before, inputs, reverse=how.reverse)
        else:
            kept = cut(saved, first, size)
        partials = how.kernel.linearise(cell, own, kept)
        d_y = hide(part.steps.mask, cut(d_ys, first, size, 1).swapaxes(0, 1))
        d_state, d_start, errors = scan_back(
            step, d_state, d_start, partials, d_y, part.steps, how.reverse
        )
        delta, d_own = how.kernel.gradients(cell, own, kept, partials, errors)
        _, pull = jax.vjp(
            lambda params, xs: how.cell.project(params, xs, part.noise), params, part.xs
        )
        d_project, d_x = pull(delta)
        (d_core,) = pull_core(_fill(blank, d_own))
        d_params = add(d_params, add(d_project, d_core))
        d_x = d_x.swapaxes(0, 1)
        d_xs = lax.dynamic_update_slice_in_dim(d_xs, d_x, first, 1)
        return d_state, d_start, d_params, d_xs

    d_start = None if read.steps.reset is None else blank_sums(start)
    carry = d_state, d_start, wide, jnp.zeros_like(read.xs)
    length = d_ys.shape[1]
    d_state, d_start, d_params, d_xs = over_chunks(
        body, carry, length, how.plan.chunk, not how.reverse
    )
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
