"""Which symbols keep an expression in prefix form well formed.

A prefix of an expression is known by how many operands it still needs: one at first,
one more after an operator, one less after an operand, none once it is complete (as in
the tree decoders of Xie & Sun, 2019, whose stack holds as many goals).
"""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from seqnets.decode.constraints import Constraint


class Open(NamedTuple):
    """What is known of the beginning of an expression."""

    wanted: Array  # [B] int32, the operands that it needs.
    left: Array  # [B] int32, the symbols that may follow, the end symbol included.


def well_formed(
    numbers: Array,
    *,
    operators: Array,
    places: Array,
    eos: int,
    length: int,
) -> Constraint:
    """Allows the expressions of at most `length` symbols, the end symbol included.

    wanted_0 = 1,  wanted_t = wanted_{t-1} + 1 after an operator, - 1 after an operand
    An operator may come while wanted_t + 1 ≤ length - t, wanted_t after it and the end
    symbol being left; the end symbol may where wanted_t = 0, and nothing else there.

    A row that has no operand at all is allowed nothing.

    Args:
      numbers: [B], how many numbers a row has: n_1 ... n_k may be named.
      operators: bool [V], the symbols with two operands.
      places: int [V]; k of the symbol n_k, 0 of a constant, which may always be named,
        and -1 of other symbols.
      eos: the end symbol.
      length: 2 or more.

    Raises:
      ValueError: if `length` is too small for one operand and the end symbol.
    """
    if length < 2:
        raise ValueError(f"an expression needs a length of 2 or more, not {length}")
    operators, places = jnp.asarray(operators, bool), jnp.asarray(places)
    step = jnp.where(operators, 1, jnp.where(places >= 0, -1, 0))
    is_end = jnp.arange(len(places)) == eos
    operands = (places >= 0) & (places <= numbers[:, None])  # [B, V]
    possible = operands.any(-1)

    def advance(state: Open, token: Array) -> Open:
        wanted = state.wanted + step[token].astype(jnp.int32)
        return Open(wanted, state.left - 1)

    def allowed(state: Open) -> Array:
        room = possible & (state.wanted + 3 <= state.left)
        running = operands | (operators & room[:, None])
        return jnp.where(state.wanted[:, None] > 0, running, is_end)

    rows = jnp.zeros(len(numbers), jnp.int32)
    return Constraint(Open(rows + 1, rows + length), advance, allowed)
