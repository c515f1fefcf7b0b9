"""Scopes that read a sequence of vectors into one."""

from typing import Any

from flax import linen as nn
from jax import Array
from jax import numpy as jnp

from seqnets import attention
from seqnets.cells.cell import Stack
from seqnets.modules.recurrent import Bidirectional, Recurrent
from seqnets.unroll import Directions

READINGS = ("last", "position", "mean", "attention")


class Pooling(nn.Module):
    """Weighs steps by attention; see `seqnets.attention.pool`."""

    dim: int

    @nn.compact
    def __call__(self, hs: Array, *, mask: Array | None = None) -> tuple[Array, Array]:
        params = self.param("pool", attention.init_pooling, hs.shape[-1], self.dim)
        return attention.pool(params, hs, mask)


class Reading(nn.Module):
    """Runs a stack of cells over [B, T, D] inputs, and makes one vector of it.

    how="last":       the top layer's state where each run ends: h→_T, and h←_1
                      of a run in both directions
    how="position":   the output at the last step, as 004's programs take it: the
                      backward half has read one step only
    how="mean":       1/N Σ_t y_t (003)
    how="attention":  Σ_t α_t y_t (000)
    """

    cell: Stack
    both: bool = False
    how: str = "last"
    attention_dim: int = 100

    @nn.compact
    def __call__(
        self, xs: Array, *, mask: Array, key: Array | None = None
    ) -> tuple[Array, Array | None]:
        """Returns vectors [B, H or 2H], and the weights [B, T] if there are any."""
        run = (Bidirectional if self.both else Recurrent)(self.cell, name="recurrent")
        states, ys = run(xs, mask=mask, key=key)
        match self.how:
            case "last":
                return final(states), None
            case "position":
                last = xs.shape[1] - 1 - jnp.argmax(mask[:, ::-1], 1)
                return jnp.take_along_axis(ys, last[:, None, None], 1)[:, 0], None
            case "mean":
                return attention.mean(ys, mask), None
            case "attention":
                return Pooling(self.attention_dim, name="attention")(ys, mask=mask)
        raise ValueError(f"a reading is one of {', '.join(READINGS)}, not {self.how!r}")


def final(states: tuple[Any, ...]) -> Array:
    """Returns what the top layer of a stack holds at its end.

    Args:
      states: of a `Stack`; of `Directions`, where it ran both ways.

    Returns:
      h [B, H], or [h→_T; h←_1] [B, 2H].
    """
    top = states[-1]
    if isinstance(top, Directions):
        return jnp.concatenate([direction.h for direction in top], -1)
    return top.h
