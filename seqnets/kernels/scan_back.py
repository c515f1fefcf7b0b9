"""The loop of the backward pass, from step to step before."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array, lax

from seqnets.cells.cell import State
from seqnets.kernels.chunks import Steps, select, zeros_like


def scan_back(
    step: Callable[[Any, State], tuple[State, Any]],
    d_state: State,
    d_start: State,
    partials: Any,
    d_ys: Array,
    steps: Steps,
    reverse: bool,
    in_line: bool = False,
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
      in_line: whether the steps are compiled one after the other, without a loop.

    Returns:
      ∂ of the first state, of the start, and each step's errors.
    """

    def begin_anew(first, d_state, d_start):
        """Adds ∂state to ∂start at a reset."""
        none = zeros_like(d_state)
        d_start = add(d_start, select(first, d_state, none))
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
            d_state = add(d_state, d_held)
        if first is not None and not reverse:
            d_state, d_start = begin_anew(first, d_state, d_start)
        # Steps may compute in a wider dtype than the state is held in.
        handed = jax.tree.map(lambda d, held: d.astype(held.dtype), d_state, d_after)
        return (handed, d_start), errors

    (d_state, d_start), errors = lax.scan(
        body,
        (d_state, d_start),
        (partials, d_ys, steps),
        reverse=not reverse,
        unroll=in_line,
    )
    return d_state, d_start, errors


def add(a: Any, b: Any) -> Any:
    """Returns the sum of two trees."""
    return jax.tree.map(jnp.add, a, b)
