"""Back-propagation through time, written out once for all cells.

The forward pass keeps what each step needs; the backward pass carries
∂L/∂(state) from the last step to the first (Werbos, 1990) and emits
δ_t = ∂L/∂u_t; the weight gradients are single matrix products over the whole
sequence after the loop. A cell's part is three functions, its `Kernel`.
"""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.cells.cell import Cell, Params, State


class Kernel(NamedTuple):
    """A cell's step with its gradient written out.

    forward(cell, params, state, u) -> (state, y, saved)
    backward(cell, params, saved, ∂state, ∂y) -> (∂state before, δ, kept)
    weights(cell, params, saved, δ, kept) -> ∂params, None for what only
      `project` reads; here saved, δ and kept have leading [T, B].
    """

    forward: Callable[..., tuple[State, Array, Any]]
    backward: Callable[..., tuple[State, Array, Any]]
    weights: Callable[..., Params]


def select(where: Array, new: Any, old: Any) -> Any:
    """Returns `new` in the rows where `where` [B] is True and `old` elsewhere."""

    def rows(a, b):
        return jnp.where(where.reshape(-1, *(1,) * (a.ndim - 1)), a, b)

    return jax.tree.map(rows, new, old)


def zeros_like(tree: Any) -> Any:
    return jax.tree.map(jnp.zeros_like, tree)


def add(a: Any, b: Any) -> Any:
    return jax.tree.map(jnp.add, a, b)


class Steps(NamedTuple):
    """What marks the steps of a sequence; None where nothing is marked."""

    mask: Array | None  # [T, B] bool, True at real steps.
    reset: Array | None  # [T, B] bool, True at the first step of a sequence.


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

    state, (ys, saved) = jax.lax.scan(body, state, (us, steps), reverse=reverse)
    return state, ys, saved


@functools.partial(jax.custom_vjp, nondiff_argnums=(0, 1, 7))
def run(
    kernel: Kernel,
    cell: Cell,
    params: Params,
    us: Array,
    state: State,
    start: State,
    steps: Steps,
    reverse: bool,
) -> tuple[State, Array]:
    """Runs a cell over projected inputs with the kernel's gradient.

    Args: as `scan`'s, with the cell and its parameters in place of the step.

    Returns:
      The last state, and the outputs [T, B, H].
    """
    return _forward(kernel, cell, params, us, state, start, steps, reverse)[0]


def _forward(kernel, cell, params, us, state, start, steps, reverse):
    step = functools.partial(kernel.forward, cell, params)
    state, ys, saved = scan(step, state, start, us, steps, reverse)
    return (state, ys), (params, saved, steps)


def _backward(kernel, cell, reverse, residuals, cotangents):
    params, saved, steps = residuals
    d_state, d_ys = cotangents

    def body(carry, inputs):
        d_state, d_start = carry
        saved, d_y, (real, first) = inputs
        if first is not None and reverse:
            d_start = add(d_start, select(first, d_state, zeros_like(d_state)))
            d_state = select(first, zeros_like(d_state), d_state)
        d_held = None
        if real is not None:
            d_held = select(real, zeros_like(d_state), d_state)
            d_state = select(real, d_state, zeros_like(d_state))
            d_y = select(real, d_y, jnp.zeros_like(d_y))
        d_state, delta, kept = kernel.backward(cell, params, saved, d_state, d_y)
        if d_held is not None:
            d_state = add(d_state, d_held)
        if first is not None and not reverse:
            d_start = add(d_start, select(first, d_state, zeros_like(d_state)))
            d_state = select(first, zeros_like(d_state), d_state)
        return (d_state, d_start), (delta, kept)

    # Without resets nothing flows to the start, and nothing is carried for it.
    d_start = None if steps.reset is None else zeros_like(d_state)
    (d_state, d_start), (deltas, kept) = jax.lax.scan(
        body, (d_state, d_start), (saved, d_ys, steps), reverse=not reverse
    )
    d_params = kernel.weights(cell, params, saved, deltas, kept)
    return d_params, deltas, d_state, d_start, None


run.defvjp(_forward, _backward)


def weight_gradient(reads: Array, deltas: Array, like: Array) -> Array:
    """Sums the outer products over all steps and rows: one matrix product.

    ∂L/∂W = Σ_t Σ_b read_{t,b} δ_{t,b}ᵀ

    Args:
      reads: what the matrix multiplied, [T, B, P].
      deltas: errors of what it gave, [T, B, Q].
      like: the matrix [P, Q], whose dtype the gradient gets.
    """
    gradient = jnp.einsum("tbp,tbq->pq", reads.astype(deltas.dtype), deltas)
    return gradient.astype(like.dtype)
