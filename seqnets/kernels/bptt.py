"""Back-propagation through time as a custom gradient, the same for all cells.

Time runs in chunks of steps. What does not depend on the step before is computed for a
whole chunk at once, in both passes (Werbos, 1990):

    forward    project                       forward, step by step
    backward   linearise (the Jacobians)     backward, step by step     gradients

so that the loops over steps contain only the recurrence: backward carries ∂L/∂(state)
and is linear. The gradients of weights are one matrix product a chunk. The arrays of a
chunk are used again by the next one, and stay in the cache of a CPU; see `seqnets.plan`
for the size of a chunk.
"""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax

from seqnets.cells.cell import Cell, Params, Projected, State
from seqnets.kernels import chunks, plain
from seqnets.kernels.chunks import (
    Inputs,
    Steps,
    cut,
    select,
    zero_masked,
    zeros_like,
)
from seqnets.linear import matmul, memory_dtype, transpose
from seqnets.plan import Plan
from seqnets.varying import vary


class Kernel(NamedTuple):
    """The step of a cell with a custom gradient; y is the h of its state.

    forward(cell, params, state, u) -> (state, saved)
    linearise(cell, params, residuals) -> partials, the Jacobians that backward needs;
      see `Residuals`.
    transpose_weights(cell, params) -> the matrices that backward multiplies by.
    backward(cell, weights_t, partials, ∂state) -> (∂state before, errors), linear in
      ∂state, which has ∂y in its h.
    gradients(cell, params, residuals, partials, errors) -> (δ, ∂params), δ = ∂L/∂u;
      None for what only `project` reads. Here all have leading [T, B].
    """

    forward: Callable[..., tuple[State, Any]]
    linearise: Callable[..., Any]
    transpose_weights: Callable[..., Any]
    backward: Callable[..., tuple[State, Any]]
    gradients: Callable[..., tuple[Projected, Params]]


class Residuals(NamedTuple):
    """What the backward pass knows of steps that were run, leading [T, B]."""

    before: State
    after: State
    saved: Any


class Run(NamedTuple):
    """How a cell, which may be wrapped, is run; hashable."""

    kernel: Kernel
    cell: Cell
    reverse: bool
    plan: Plan


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def run(
    how: Run, params: Params, inputs: Inputs, state: State, start: State
) -> tuple[State, Array]:
    """Runs a cell over a sequence with the kernel's gradient.

    Args:
      how: the cell, and the kernel of the one inside.
      params: the cell's parameters.
      inputs: their values, noise and marks.
      state: the state to begin with.
      start: the state that a reset puts in place; None without resets.

    Returns:
      The last state, and the outputs [B, T, H].
    """
    if jax.default_backend() != "cpu":
        # Nothing is kept, and on a GPU arrays written in place cost more.
        given = params, inputs, state, start
        return plain.run(how.cell, *given, how.reverse, how.plan)
    return _forward(how, params, inputs, state, start, keep=False)[0]


def _steps(how: Run, params, inputs: Inputs, start):
    """Returns the step of a cell, and its inputs, for part of a sequence."""
    us = how.cell.project(params, inputs.xs, inputs.noise)  # [T, B, U]
    step = functools.partial(how.kernel.forward, *how.cell.core(params))
    return chunks.masked_step(step, start, how.reverse), (us, inputs.steps)


def _forward(how: Run, params, inputs: Inputs, state, start, keep=True):
    length, chunk = inputs.xs.shape[1], how.plan.chunk

    def kept(given):
        """Returns h, which is y, and the other arrays that the backward pass needs."""
        after, saved = given
        others = after._replace(h=None), saved
        # Written as bfloat16, XLA would convert the whole array at every step on a CPU.
        return after.h.astype(
            memory_dtype(after.h.dtype)
        ), others if keep and not how.plan.recompute else None

    def sample(state):
        step, marked = _steps(how, params, inputs.chunk(0, length), start)
        return kept(lax.scan(step, state, marked)[1])

    hs, others = jax.eval_shape(sample, state)
    # h is [B, T, H], as y is; all else is [T, B, ...].
    hs = jax.ShapeDtypeStruct((hs.shape[1], length, hs.shape[2]), hs.dtype)
    axes = 1, jax.tree.map(lambda _: 0, others)

    def body(carry, i, first, size):
        state, between, into = carry
        between = chunks.put(between, state, i)
        step, marked = _steps(how, params, inputs.chunk(first, size), start)

        def kept_step(state, marked):
            state, given = step(state, marked)
            return state, kept(given)

        state, into = chunks.record(
            kept_step, state, into, axes, first, marked, how.reverse
        )
        return state, between, into

    between = zeros_like(state, -(-length // chunk))
    carry = vary((state, between, zeros_like((hs, others))), inputs.xs)
    state, between, (hs, others) = chunks.over_chunks(
        body, carry, length, chunk, how.reverse
    )
    mask = None if inputs.steps.mask is None else inputs.steps.mask.T
    ys = zero_masked(mask, hs.astype(inputs.xs.dtype))
    return (state, ys), (params, inputs, start, between, hs, others)


def _backward(how: Run, kept, cotangents):
    params, inputs, start, between, hs, others = kept
    d_state, d_ys = cotangents
    cell, own = how.cell.core(params)
    wide = vary(_zero_sums(params), inputs.xs)
    zero_core, pull_core = jax.vjp(lambda wide: how.cell.core(wide)[1], wide)
    weights_t = how.kernel.transpose_weights(cell, own)

    def step(partials, d_state):
        return how.kernel.backward(cell, weights_t, partials, d_state)

    def body(carry, i, first, size):
        d_state, d_start, d_params, d_xs = carry
        part = inputs.chunk(first, size)
        handed = jax.tree.map(lambda s: s[i], between)
        if others is None:
            forward, marked = _steps(how, params, part, start)
            _, (after, saved) = lax.scan(forward, handed, marked, reverse=how.reverse)
        else:
            after, saved = cut(others, first, size)
            h = cut(hs, first, size, 1).swapaxes(0, 1)
            after = after._replace(h=h.astype(handed.h.dtype))
        before = chunks.before(handed, after, start, part.steps, how.reverse)
        residuals = Residuals(before, after, saved)
        partials = how.kernel.linearise(cell, own, residuals)

        d_y = cut(d_ys, first, size, 1).swapaxes(0, 1)
        d_y = zero_masked(part.steps.mask, d_y)
        d_state, d_start, errors = scan_back(
            step, d_state, d_start, partials, d_y, part.steps, how.reverse
        )

        delta, d_own = how.kernel.gradients(cell, own, residuals, partials, errors)
        _, pull = jax.vjp(
            lambda params, xs: how.cell.project(params, xs, part.noise), params, part.xs
        )
        d_project, d_x = pull(delta)
        (d_core,) = pull_core(_fill(zero_core, d_own))
        d_params = _add(d_params, _add(d_project, d_core))
        d_x = d_x.swapaxes(0, 1).astype(d_xs.dtype)
        d_xs = lax.dynamic_update_slice_in_dim(d_xs, d_x, first, 1)
        return d_state, d_start, d_params, d_xs

    d_start = None if inputs.steps.reset is None else _zero_sums(start)
    carry = vary((d_state, d_start, wide, _zero_sums(inputs.xs)), inputs.xs)
    d_state, d_start, d_params, d_xs = chunks.over_chunks(
        body, carry, d_ys.shape[1], how.plan.chunk, not how.reverse
    )
    d_params, d_start, d_xs = jax.tree.map(
        lambda d, like: d.astype(like.dtype),
        (d_params, d_start, d_xs),
        (params, start, inputs.xs),
    )
    nothing = jax.tree.map(lambda _: None, (inputs.noise, inputs.steps))
    return d_params, Inputs(d_xs, *nothing), d_state, d_start


run.defvjp(_forward, _backward)


def scan_back(
    step: Callable[[Any, State], tuple[State, Any]],
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

    def begin_anew(first, d_state, d_start):
        """Adds ∂state to ∂start at a reset."""
        none = zeros_like(d_state)
        d_start = _add(d_start, select(first, d_state, none))
        return select(first, none, d_state), d_start

    def body(carry, inputs):
        d_after, d_start = carry
        partials, d_y, (real, first) = inputs
        d_state, d_held = d_after, None
        if first is not None and reverse:
            d_state, d_start = begin_anew(first, d_state, d_start)
        if real is not None:
            none = zeros_like(d_state)
            d_held = select(real, none, d_state)
            d_state = select(real, d_state, none)
        d_state = d_state._replace(h=d_state.h + d_y)
        d_state, errors = step(partials, d_state)
        if d_held is not None:
            d_state = _add(d_state, d_held)
        if first is not None and not reverse:
            d_state, d_start = begin_anew(first, d_state, d_start)
        # Steps may compute in a wider dtype than the state is held in.
        handed = jax.tree.map(lambda d, held: d.astype(held.dtype), d_state, d_after)
        return (handed, d_start), errors

    (d_state, d_start), errors = lax.scan(
        body, (d_state, d_start), (partials, d_ys, steps), reverse=not reverse
    )
    return d_state, d_start, errors


def _zero_sums(tree: Any) -> Any:
    """Returns zeros to add to, float32 or wider."""
    return jax.tree.map(lambda a: jnp.zeros(a.shape, memory_dtype(a.dtype)), tree)


def _add(a: Any, b: Any) -> Any:
    return jax.tree.map(jnp.add, a, b)


def _fill(zeros: Params, gradients: Params) -> Params:
    """Replaces absent gradients by zeros."""

    def fill(zeros, d):
        return zeros if d is None else d

    return jax.tree.map(fill, zeros, gradients, is_leaf=lambda leaf: leaf is None)


def weight_gradient(reads: Array, deltas: Array, like: Array) -> Array:
    """Sums the outer products over all steps and rows: one matrix product.

    ∂L/∂W = Σ_t Σ_b read_{t,b} δ_{t,b}ᵀ

    Args:
      reads: inputs of the matrix, [T, B, P].
      deltas: errors of its outputs, [T, B, Q].
      like: the matrix [P, Q], in whose dtype the factors are; or [Q] of a diagonal
        recurrence.

    Returns:
      The gradient in the shape of `like`, float32 or wider.
    """
    if like.ndim == 1:
        blocks = deltas.reshape(*deltas.shape[:-1], -1, reads.shape[-1])
        d = jnp.einsum("tbh,tbgh->gh", reads.astype(deltas.dtype), blocks)
        return d.reshape(-1)
    reads, deltas = reads.astype(like.dtype), deltas.astype(like.dtype)
    if jax.device_count() > 1:
        # XLA divides rows only where their axis is not merged behind time.
        wide = memory_dtype(like.dtype)
        return jnp.einsum("tbp,tbq->pq", reads, deltas, preferred_element_type=wide)
    reads, deltas = (a.reshape(-1, a.shape[-1]) for a in (reads, deltas))
    return matmul(transpose(reads), deltas)
