"""The custom gradient of `AttendBefore` with additive attention.

As `seqnets.kernels.bptt`, whose kernel of the cell inside it uses: the loops over steps
contain only what waits for the step before, and the gradient of each matrix is one
product over the whole sequence. The scores' tanh [T, B, S, A] is not kept: the backward
pass computes it again, a step at a time.
"""

import functools
from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax

from seqnets.alignment import Additive
from seqnets.attention import masked_softmax
from seqnets.cells.attention import AttendBefore, AttendBeforeState
from seqnets.cells.bridge import Bridge
from seqnets.cells.cell import Cell, Params, Projected
from seqnets.cells.wrappers import Dropout, TrainableStart
from seqnets.kernels import chunks
from seqnets.kernels.chunks import Inputs, Steps, select, zero_masked, zeros_like
from seqnets.kernels.kernel import Kernel, Residuals, weight_gradient
from seqnets.linear import affine, matmul, memory_dtype, transpose
from seqnets.varying import vary


class How(NamedTuple):
    """What is run; hashable."""

    kernel: Kernel  # Of the cell inside.
    inner: Cell
    output: str
    reverse: bool


class Given(NamedTuple):
    """What has a gradient."""

    cell: Params  # Of the cell inside; its w_x reads [x; c].
    w: Array  # [H, A], of the alignment.
    v: Array  # [A]
    values: Array  # [B, S, M]
    keys: Array  # [B, S, A]
    xs: Array  # [T, B, D]
    state: AttendBeforeState
    start: AttendBeforeState | None  # What a reset puts in place.


class Marks(NamedTuple):
    """What has none."""

    source: Array | None  # [B, S] bool
    steps: Steps


class Kept(NamedTuple):
    """What the backward pass knows of the steps, [T, B, ...]."""

    after: Any  # States of the cell inside.
    saved: Any
    q: Array  # [T, B, A]
    alpha: Array  # [T, B, S]
    c: Array  # [T, B, M]


def kernel_of(
    cell: Cell, us: Projected, kernels: Mapping[type[Cell], Kernel]
) -> Kernel | None:
    """Returns the kernel of the cell inside, or None where there is no fast form.

    There is one for a cell with a kernel whose projection is linear in [x; c].

    Args:
      cell: any cell, as `Cell.core` gives it.
      us: what it projects, or its shapes: what is drawn for the cell inside is there.
      kernels: by cell.
    """
    if type(cell) is not AttendBefore or type(cell.alignment) is not Additive:
        return None
    inner = cell.cell
    while type(inner) in (Bridge, TrainableStart, Dropout):
        inner = inner.cell
    if jax.tree.leaves(us[1]) or getattr(inner, "layer_norm", False):
        return None
    return kernels.get(type(inner))


def unroll(
    kernel: Kernel,
    cell: Cell,
    params: Params,
    inputs: Inputs,
    state: AttendBeforeState,
    start: AttendBeforeState | None,
    reverse: bool,
) -> tuple[AttendBeforeState, Array]:
    """Runs a cell that `kernel_of` knows.

    Returns:
      The last state, and the outputs [B, T, H + M].
    """
    part = inputs.chunk(0, inputs.xs.shape[1])
    xs, _ = cell.project(params, part.xs, part.noise)  # [T, B, D]
    cell, params = cell.core(params)
    inner, own = cell.cell.core(params.cell)
    alignment, memory = params.alignment, params.memory
    read = alignment.w, alignment.v, memory.values, memory.projected
    how = How(kernel, inner, cell.output, reverse)
    given = Given(own, *read, xs, state, start)
    state, ys = run(how, given, Marks(memory.mask, inputs.steps))
    return state, ys.swapaxes(0, 1)


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def run(how: How, given: Given, marks: Marks) -> tuple[AttendBeforeState, Array]:
    """Runs a cell over a sequence with the kernel's gradient.

    Returns:
      The last state, and the outputs [T, B, H + M].
    """
    return _forward(how, given, marks)[0]


def _forward(how: How, given: Given, marks: Marks):
    cell = given.cell
    split = given.xs.shape[-1]
    w_c = cell.w_x[split:]
    values = given.values.astype(memory_dtype(given.values.dtype))

    def step(state: AttendBeforeState, u: Array):
        h = state.cell.h
        q = matmul(h, given.w)
        theta = jnp.tanh(q[:, None] + given.keys)
        alpha = masked_softmax(theta @ given.v.astype(theta.dtype), marks.source)
        c = jnp.einsum("bs,bsm->bm", alpha, values).astype(given.values.dtype)
        after, saved = how.kernel.forward(
            how.inner, cell, state.cell, u + matmul(c, w_c)
        )
        y = after.h.astype(state.y.dtype)
        return AttendBeforeState(after, y), (saved, q, alpha, c)

    body = chunks.masked_step(step, given.start, how.reverse)
    us = affine(given.xs, cell.w_x[:split], cell.b)  # [T, B, U]
    state = vary(given.state, given.xs)
    state, (after, kept) = lax.scan(body, state, (us, marks.steps), reverse=how.reverse)
    kept = Kept(after.cell, *kept)
    shown = kept.after if how.output == "after" else _before(how, given, marks, kept)
    ys = jnp.concatenate([shown.h.astype(kept.c.dtype), kept.c], -1)
    return (state, zero_masked(marks.steps.mask, ys)), (given, marks, kept)


def _before(how: How, given: Given, marks: Marks, kept: Kept) -> Any:
    start = None if given.start is None else given.start.cell
    first = given.state.cell
    return chunks.before(first, kept.after, start, marks.steps, how.reverse)


class Sums(NamedTuple):
    """Gradients that are added up from step to step."""

    start: AttendBeforeState | None
    keys: Array  # [B, S, A]
    v: Array  # [A]


def _backward(how: How, kept, cotangents):
    given, marks, kept = kept
    d_state, d_ys = cotangents
    own, H = given.cell, kept.after.h.shape[-1]
    d_ys = zero_masked(marks.steps.mask, d_ys)
    residuals = Residuals(_before(how, given, marks, kept), kept.after, kept.saved)
    partials = how.kernel.linearise(how.inner, own, residuals)
    step = _backward_step(how, given)

    sums = (given.start, given.keys, given.v)
    sums = jax.tree.map(lambda a: jnp.zeros(a.shape, memory_dtype(a.dtype)), sums)
    carry = vary((d_state, Sums(*sums)), given.xs)
    inputs = residuals, partials, kept.q, kept.alpha, d_ys[..., :H], d_ys[..., H:]
    body = _masked_back(step, marks.steps, how.reverse)
    (d_state, sums), (errors, d_q, d_c) = lax.scan(
        body, carry, (inputs, marks.steps), reverse=not how.reverse
    )

    delta, d_own = how.kernel.gradients(how.inner, own, residuals, partials, errors)
    split = given.xs.shape[-1]
    w_x, w_c = own.w_x[:split], own.w_x[split:]
    d_w_x = [weight_gradient(given.xs, delta, w_x), weight_gradient(kept.c, delta, w_c)]
    d_own = d_own._replace(w_x=jnp.concatenate(d_w_x))
    if own.b is not None:
        d_own = d_own._replace(b=delta.sum((0, 1)))
    found = Given(
        cell=d_own,
        w=weight_gradient(residuals.before.h, d_q, given.w),
        v=sums.v,
        values=jnp.einsum("tbs,tbm->bsm", kept.alpha, d_c),
        keys=sums.keys,
        xs=matmul(delta, transpose(w_x)),
        state=d_state,
        start=sums.start,
    )
    found = jax.tree.map(lambda d, like: d.astype(like.dtype), found, given)
    return found, jax.tree.map(lambda _: None, marks)


def _backward_step(how: How, given: Given):
    """Returns (∂state, sums, inputs of a step) -> (∂state before, sums, errors)."""
    own = given.cell
    weights_t = how.kernel.transpose_weights(how.inner, own)
    w_c_t, w_t = transpose(own.w_x[given.xs.shape[-1] :]), transpose(given.w)
    wide = memory_dtype(given.values.dtype)
    values, v = given.values.astype(wide), given.v.astype(wide)

    def step(d_state: AttendBeforeState, sums: Sums, inputs):
        residuals, partials, q, alpha, d_s, d_c = inputs
        d_after, d_y = d_state
        d_h = d_after.h + d_y.astype(d_after.h.dtype)
        if how.output == "after":
            d_h += d_s.astype(d_h.dtype)
        d_before, errors = how.kernel.backward(
            how.inner, weights_t, partials, d_after._replace(h=d_h)
        )
        # Of one step only δ is read: the gradients of weights are computed at the end.
        one = jax.tree.map(lambda a: a[None], (residuals, partials, errors))
        delta = how.kernel.gradients(how.inner, own, *one)[0][0]
        d_c = d_c.astype(wide) + matmul(delta, w_c_t)
        d_alpha = jnp.einsum("bm,bsm->bs", d_c, values)
        d_score = alpha * (d_alpha - (alpha * d_alpha).sum(-1, keepdims=True))
        theta = jnp.tanh(q[:, None] + given.keys)
        d_keys = d_score[..., None] * (v * (1.0 - theta * theta))  # [B, S, A]
        d_q = d_keys.sum(1)
        d_before_h = d_before.h + matmul(d_q, w_t)
        if how.output == "before":
            d_before_h += d_s.astype(d_before_h.dtype)
        sums = sums._replace(
            keys=sums.keys + d_keys,
            v=sums.v + jnp.einsum("bs,bsa->a", d_score, theta),
        )
        d_before = d_before._replace(h=d_before_h)
        d_before = AttendBeforeState(d_before, jnp.zeros_like(d_y))
        return d_before, sums, (errors, d_q, d_c)

    return step


def _masked_back(step, steps: Steps, reverse: bool):
    """Returns a body of a scan that steps back where a step is real.

    It mirrors `chunks.masked_step`, as `scan_back` does.
    """

    def begin_anew(first, d_state, sums):
        none = zeros_like(d_state)
        own = select(first, d_state, none)
        sums = sums._replace(start=jax.tree.map(jnp.add, sums.start, own))
        return select(first, none, d_state), sums

    def body(carry, given):
        (d_after, sums), (inputs, (real, first)) = carry, given
        d_state, d_held = d_after, None
        if first is not None and reverse:
            d_state, sums = begin_anew(first, d_state, sums)
        if real is not None:
            none = zeros_like(d_state)
            d_held = select(real, none, d_state)
            d_state = select(real, d_state, none)
        d_state, sums, out = step(d_state, sums, inputs)
        if d_held is not None:
            d_state = jax.tree.map(jnp.add, d_state, d_held)
        if first is not None and not reverse:
            d_state, sums = begin_anew(first, d_state, sums)
        handed = jax.tree.map(lambda d, held: d.astype(held.dtype), d_state, d_after)
        return (handed, sums), out

    return body


run.defvjp(_forward, _backward)
