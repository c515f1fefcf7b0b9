"""Back-propagation through time as a custom gradient, the same for all cells.

Time runs in chunks of steps. What does not depend on the step before is computed for a
whole chunk at once, in both passes (Werbos, 1990), by the functions of a `Kernel`:

    forward    project                       forward, step by step
    backward   linearise (the Jacobians)     backward, step by step     gradients

so that the loops over steps contain only the recurrence: backward carries ∂L/∂(state)
and is linear. The gradients of weights are one matrix product a chunk. The arrays of a
chunk are used again by the next one, and stay in the cache of a CPU; see `seqnets.plan`
for the size of a chunk.

The rows may run in parts beside one another, each with arrays of its own; see `parts`.
"""

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax

from seqnets.cells.cell import Cell, Params, State
from seqnets.kernels import chunks, parts, plain
from seqnets.kernels.chunks import Inputs, cut, zero_masked, zeros_like
from seqnets.kernels.kernel import Kernel, Residuals
from seqnets.kernels.scan_back import add, scan_back
from seqnets.linear import memory_dtype
from seqnets.plan import Plan
from seqnets.varying import vary


class Kept(NamedTuple):
    """What the forward pass keeps of some rows."""

    between: State  # before each chunk, leading with the chunks
    hs: Array  # [B, T, H], as the outputs are.
    others: Any  # leading [T, B]; None where they are computed again.


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
    rows, length, _ = inputs.xs.shape
    own = [
        (parts.cut_inputs(inputs, some), *parts.cut((state, start), some))
        for some in parts.of_rows(rows, how.plan.parts)
    ]
    carries = tuple(_begin(how, params, *part, keep) for part in own)

    def body(carries, i, first, size):
        return tuple(
            _forward_chunk(how, params, part, carry, keep, i, first, size)
            for part, carry in zip(own, carries, strict=True)
        )

    carries = chunks.over_chunks(body, carries, length, how.plan.chunk, how.reverse)
    state, hs = parts.join([(state, kept.hs) for state, kept in carries])
    mask = None if inputs.steps.mask is None else inputs.steps.mask.T
    ys = zero_masked(mask, hs.astype(inputs.xs.dtype))
    return (state, ys), (params, inputs, start, [kept for _, kept in carries])


def _keep(how: Run, keep: bool, given: tuple[State, Any]):
    """Returns h, which is y, and the other arrays that the backward pass needs."""
    after, saved = given
    # Written as bfloat16, XLA would convert the whole array at every step on a CPU.
    h = after.h.astype(memory_dtype(after.h.dtype))
    others = after._replace(h=None), saved
    return h, others if keep and not how.plan.recompute else None


def _begin(how: Run, params, inputs: Inputs, state, start, keep):
    """Returns the state of some rows, and arrays for all that is kept of them."""
    length = inputs.xs.shape[1]

    def sample(state):
        step, marked = _steps(how, params, inputs.chunk(0, length), start)
        return _keep(how, keep, lax.scan(step, state, marked)[1])

    hs, others = jax.eval_shape(sample, state)
    hs = jax.ShapeDtypeStruct((hs.shape[1], length, hs.shape[2]), hs.dtype)
    between = zeros_like(state, -(-length // how.plan.chunk))
    return vary((state, Kept(between, *zeros_like((hs, others)))), inputs.xs)


def _forward_chunk(how: Run, params, part, carry, keep, i, first, size):
    inputs, _, start = part
    state, kept = carry
    between = chunks.put(kept.between, state, i)
    step, marked = _steps(how, params, inputs.chunk(first, size), start)

    def kept_step(state, marked):
        state, given = step(state, marked)
        return state, _keep(how, keep, given)

    into = kept.hs, kept.others
    axes = 1, jax.tree.map(lambda _: 0, kept.others)
    in_line = how.plan.parts > 1
    state, into = chunks.record(
        kept_step, state, into, axes, first, marked, how.reverse, in_line
    )
    return state, Kept(between, *into)


def _backward(how: Run, kept, cotangents):
    params, inputs, start, all_kept = kept
    wide = vary(_zero_sums(params), inputs.xs)
    differentiate = _chunk_gradients(how, params, wide)
    own, carries = [], []
    for some, kept in zip(
        parts.of_rows(len(inputs.xs), how.plan.parts), all_kept, strict=True
    ):
        part = parts.cut_inputs(inputs, some)
        start_there, (d_state, d_ys) = parts.cut((start, cotangents), some)
        own.append((part, start_there, kept, d_ys))
        d_start = None if part.steps.reset is None else _zero_sums(start_there)
        carries.append((d_state, d_start, _zero_sums(part.xs)))

    def body(carry, i, first, size):
        carries, d_params = carry
        after = []
        for part, carry_there in zip(own, carries, strict=True):
            d, d_there = differentiate(*part, *carry_there, i, first, size)
            after.append(d)
            d_params = add(d_params, d_there)
        return tuple(after), d_params

    carries, d_params = chunks.over_chunks(
        body,
        vary((tuple(carries), wide), inputs.xs),
        inputs.xs.shape[1],
        how.plan.chunk,
        not how.reverse,
    )
    d_state = parts.join([d_state for d_state, *_ in carries])
    d_start, d_xs = parts.join([of_part for _, *of_part in carries])
    d_params, d_start, d_xs = jax.tree.map(
        lambda d, like: d.astype(like.dtype),
        (d_params, d_start, d_xs),
        (params, start, inputs.xs),
    )
    nothing = jax.tree.map(lambda _: None, (inputs.noise, inputs.steps))
    return d_params, Inputs(d_xs, *nothing), d_state, d_start


def _chunk_gradients(how: Run, params, wide):
    """Returns the backward pass over a chunk of some rows, as a function."""
    cell, own = how.cell.core(params)
    zero_core, pull_core = jax.vjp(lambda wide: how.cell.core(wide)[1], wide)
    weights_t = how.kernel.transpose_weights(cell, own)

    def step(partials, d_state):
        return how.kernel.backward(cell, weights_t, partials, d_state)

    def chunk(inputs, start, kept, d_ys, d_state, d_start, d_xs, i, first, size):
        part = inputs.chunk(first, size)
        residuals = _residuals(how, params, part, start, kept, i, first, size)
        partials = how.kernel.linearise(cell, own, residuals)
        d_y = cut(d_ys, first, size, 1).swapaxes(0, 1)
        d_y = zero_masked(part.steps.mask, d_y)
        marks = part.steps, how.reverse, how.plan.parts > 1
        d_state, d_start, errors = scan_back(
            step, d_state, d_start, partials, d_y, *marks
        )
        delta, d_own = how.kernel.gradients(cell, own, residuals, partials, errors)
        _, pull = jax.vjp(
            lambda params, xs: how.cell.project(params, xs, part.noise), params, part.xs
        )
        d_project, d_x = pull(delta)
        (d_core,) = pull_core(_fill(zero_core, d_own))
        d_x = d_x.swapaxes(0, 1).astype(d_xs.dtype)
        d_xs = lax.dynamic_update_slice_in_dim(d_xs, d_x, first, 1)
        return (d_state, d_start, d_xs), add(d_project, d_core)

    return chunk


def _residuals(how: Run, params, part, start, kept, i, first, size) -> Residuals:
    """Returns what is known of a chunk, computed again where it was not kept."""
    handed = jax.tree.map(lambda s: s[i], kept.between)
    if kept.others is None:
        forward, marked = _steps(how, params, part, start)
        _, (after, saved) = lax.scan(forward, handed, marked, reverse=how.reverse)
    else:
        after, saved = cut(kept.others, first, size)
        h = cut(kept.hs, first, size, 1).swapaxes(0, 1)
        after = after._replace(h=h.astype(handed.h.dtype))
    before = chunks.before(handed, after, start, part.steps, how.reverse)
    return Residuals(before, after, saved)


def _zero_sums(tree: Any) -> Any:
    """Returns zeros to add to, float32 or wider."""
    return jax.tree.map(lambda a: jnp.zeros(a.shape, memory_dtype(a.dtype)), tree)


def _fill(zeros: Params, gradients: Params) -> Params:
    """Replaces absent gradients by zeros."""

    def fill(zeros, d):
        return zeros if d is None else d

    return jax.tree.map(fill, zeros, gradients, is_leaf=lambda leaf: leaf is None)


run.defvjp(_forward, _backward)
