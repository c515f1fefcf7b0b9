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
    Params,
    State,
    matmul,
    memory_dtype,
    transpose,
)
from seqnets.cells.wrappers import core
from seqnets.kernels import chunks
from seqnets.kernels.chunks import Read, Steps, blank, cut, hide, select
from seqnets.plan import Plan


class Kernel(NamedTuple):
    """A cell's step with its gradient written out; y is the h of its state.

    forward(cell, params, state, u) -> (state, saved)
    linearise(cell, params, past) -> partials, all that backward needs to know of the
      steps; see `Past`.
    turn(cell, params) -> what backward multiplies by: matrices, transposed.
    backward(cell, turned, partials, ∂state) -> (∂state before, errors), linear in
      ∂state, which has ∂y in its h.
    gradients(cell, params, past, partials, errors) -> (δ, ∂params), δ = ∂L/∂u; None
      for what only `project` reads; here all have leading [T, B].
    """

    forward: Callable[..., tuple[State, Any]]
    linearise: Callable[..., Any]
    turn: Callable[..., Any]
    backward: Callable[..., tuple[State, Any]]
    gradients: Callable[..., tuple[Inputs, Params]]


class Past(NamedTuple):
    """What is known of steps that were run, leading [T, B]."""

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
    how: Run, params: Params, read: Read, state: State, start: State
) -> tuple[State, Array]:
    """Runs a cell over a sequence with the kernel's gradient.

    Args:
      how: the cell, and the kernel of the one inside.
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
    return chunks.heed(step, start, how.reverse), (us, read.steps)


def _forward(how: Run, params, read: Read, state, start, keep=True):
    length, chunk = read.xs.shape[1], how.plan.chunk

    def kept(given):
        """Returns h, which is y, and all else that the backward pass needs."""
        after, saved = given
        others = after._replace(h=None), saved
        # Written as bfloat16, XLA would convert the whole array at every step on a CPU.
        return after.h.astype(
            memory_dtype(after.h.dtype)
        ), others if keep and not how.plan.recompute else None

    def sample(state):
        step, inputs = _steps(how, params, read.chunk(0, length), start)
        return kept(lax.scan(step, state, inputs)[1])

    hs, others = jax.eval_shape(sample, state)
    # h is [B, T, H], as y is; all else is [T, B, ...].
    hs = jax.ShapeDtypeStruct((hs.shape[1], length, hs.shape[2]), hs.dtype)
    axes = 1, jax.tree.map(lambda _: 0, others)

    def body(carry, i, first, size):
        state, between, into = carry
        between = chunks.put(between, state, i)
        step, inputs = _steps(how, params, read.chunk(first, size), start)

        def kept_step(state, inputs):
            state, given = step(state, inputs)
            return state, kept(given)

        state, into = chunks.record(
            kept_step, state, into, axes, first, inputs, how.reverse
        )
        return state, between, into

    between = blank(state, -(-length // chunk))
    carry = state, between, blank((hs, others))
    state, between, (hs, others) = chunks.over_chunks(
        body, carry, length, chunk, how.reverse
    )
    mask = None if read.steps.mask is None else read.steps.mask.T
    ys = hide(mask, hs.astype(read.xs.dtype))
    return (state, ys), (params, read, start, between, hs, others)


def _backward(how: Run, residuals, cotangents):
    params, read, start, between, hs, others = residuals
    d_state, d_ys = cotangents
    cell, own = core(how.cell, params)
    wide = _blank_sums(params)
    blank_core, pull_core = jax.vjp(lambda wide: core(how.cell, wide)[1], wide)
    turned = how.kernel.turn(cell, own)

    def step(partials, d_state):
        return how.kernel.backward(cell, turned, partials, d_state)

    def body(carry, i, first, size):
        d_state, d_start, d_params, d_xs = carry
        part = read.chunk(first, size)
        handed = jax.tree.map(lambda s: s[i], between)
        if others is None:
            forward, inputs = _steps(how, params, part, start)
            _, (after, saved) = lax.scan(forward, handed, inputs, reverse=how.reverse)
        else:
            after, saved = cut(others, first, size)
            h = cut(hs, first, size, 1).swapaxes(0, 1)
            after = after._replace(h=h.astype(handed.h.dtype))
        before = chunks.before(handed, after, start, part.steps, how.reverse)
        past = Past(before, after, saved)
        partials = how.kernel.linearise(cell, own, past)

        d_y = cut(d_ys, first, size, 1).swapaxes(0, 1)
        d_y = hide(part.steps.mask, d_y)
        d_state, d_start, errors = scan_back(
            step, d_state, d_start, partials, d_y, part.steps, how.reverse
        )

        delta, d_own = how.kernel.gradients(cell, own, past, partials, errors)
        _, pull = jax.vjp(
            lambda params, xs: how.cell.project(params, xs, part.noise), params, part.xs
        )
        d_project, d_x = pull(delta)
        (d_core,) = pull_core(_fill(blank_core, d_own))
        d_params = _add(d_params, _add(d_project, d_core))
        d_x = d_x.swapaxes(0, 1).astype(d_xs.dtype)
        d_xs = lax.dynamic_update_slice_in_dim(d_xs, d_x, first, 1)
        return d_state, d_start, d_params, d_xs

    d_start = None if read.steps.reset is None else _blank_sums(start)
    carry = d_state, d_start, wide, _blank_sums(read.xs)
    d_state, d_start, d_params, d_xs = chunks.over_chunks(
        body, carry, d_ys.shape[1], how.plan.chunk, not how.reverse
    )
    d_params, d_start, d_xs = jax.tree.map(
        lambda d, like: d.astype(like.dtype),
        (d_params, d_start, d_xs),
        (params, start, read.xs),
    )
    nothing = jax.tree.map(lambda _: None, (read.noise, read.steps))
    return d_params, Read(d_xs, *nothing), d_state, d_start


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
        """A reset hands ∂state to the start."""
        none = blank(d_state)
        d_start = _add(d_start, select(first, d_state, none))
        return select(first, none, d_state), d_start

    def body(carry, inputs):
        d_after, d_start = carry
        partials, d_y, (real, first) = inputs
        d_state, d_held = d_after, None
        if first is not None and reverse:
            d_state, d_start = begin_anew(first, d_state, d_start)
        if real is not None:
            none = blank(d_state)
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


def _blank_sums(tree: Any) -> Any:
    """Returns zeros to add to, float32 or wider."""
    return jax.tree.map(lambda a: jnp.zeros(a.shape, memory_dtype(a.dtype)), tree)


def _add(a: Any, b: Any) -> Any:
    return jax.tree.map(jnp.add, a, b)


def _fill(blank_params: Params, gradients: Params) -> Params:
    """Puts zeros where a parameter has no gradient."""

    def fill(zeros, d):
        return zeros if d is None else d

    return jax.tree.map(
        fill, blank_params, gradients, is_leaf=lambda leaf: leaf is None
    )


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
