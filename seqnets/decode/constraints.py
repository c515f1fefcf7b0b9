"""Which symbols may come next in a sequence, given those before.

No n-gram twice: Paulus et al. (2018).
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array


class Constraint(NamedTuple):
    """Which symbols may come next, as a function of a small state.

    Attributes:
      start: the state before the first symbol, leaves [B, ...].
      advance: (state, token [B]) -> state, for every symbol of a hypothesis.
      allowed: state -> bool [B, V], `eos` included.
    """

    start: Any
    advance: Callable[[Any, Array], Any]
    allowed: Callable[[Any], Array]


def check_forbidden(forbidden: Sequence[int], symbols: int) -> None:
    """Raises ValueError unless each forbidden symbol is one of a model's.

    Args:
      forbidden: symbols that must never come.
      symbols: V.
    """
    if not all(0 <= symbol < symbols for symbol in forbidden):
        raise ValueError(
            f"forbidden must hold symbols 0 to {symbols - 1}, not {forbidden}"
        )


def repeated(tokens: Array, t: Array, n: int, symbols: int) -> Array:
    """Returns which symbols would complete an n-gram that came before.

    Args:
      tokens: [B, W, T], of which t have been chosen.
      t: the number of symbols chosen.
      n: the order of the n-grams.
      symbols: V.

    Returns:
      bool [B, W, V].
    """
    rows, width, length = tokens.shape
    found = jnp.zeros((rows, width, symbols), bool)
    if length < n:
        return found
    ends = jnp.arange(n - 1, length)  # The places of last symbols.
    same = jnp.broadcast_to(ends < t, (rows, width, len(ends)))
    for i in range(1, n):
        # Symbol i before the last one, there and of the n-gram that would come.
        now = jax.lax.dynamic_index_in_dim(tokens, t - i, 2)  # [B, W, 1]
        same &= tokens[:, :, n - 1 - i : length - i] == now
    row, place = jnp.ogrid[:rows, :width]
    return found.at[row[..., None], place[..., None], tokens[:, :, n - 1 :]].max(same)


def unrepeating(
    constraint: Constraint, n: int, length: int, exempt: Array | None = None
) -> Constraint:
    """Returns a constraint by which n-grams come twice only where they must.

    Of what `constraint` allows, symbols that would complete an n-gram that came before
    are left out, unless that leaves nothing: so a sequence is never stuck.

    Args:
      constraint: which symbols may come.
      n: the order of the n-grams, 1 or more.
      length: T, how many symbols there may be.
      exempt: bool [V], symbols that are not left out, such as marks and `eos`.
    """
    rows = len(jax.tree.leaves(constraint.start)[0])
    start = constraint.start, jnp.zeros((rows, length), int), jnp.zeros(rows, int)

    def advance(state: Any, token: Array) -> Any:
        own, before, t = state
        put = jax.vmap(lambda row, t, token: row.at[t].set(token, mode="drop"))
        return constraint.advance(own, token), put(before, t, token), t + 1

    def allowed(state: Any) -> Array:
        own, before, t = state
        every = constraint.allowed(own)
        # All rows have as many symbols.
        again = repeated(before[:, None], t[0], n, every.shape[1])[:, 0]
        fresh = every & (~again if exempt is None else ~again | exempt)
        return jnp.where(fresh.any(-1, keepdims=True), fresh, every)

    return Constraint(start, advance, allowed)
