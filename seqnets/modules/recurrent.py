"""Scopes that hold the parameters of a cell over time."""

from typing import Any

from flax import linen as nn
from jax import Array

from seqnets.cells.cell import Cell
from seqnets.unroll import bidirectional, init_bidirectional, unroll


class Recurrent(nn.Module):
    """Runs a cell over [B, T, D] inputs; see `seqnets.unroll.unroll`."""

    cell: Cell
    reverse: bool = False

    @nn.compact
    def __call__(
        self,
        xs: Array,
        *,
        state: Any = None,
        mask: Array | None = None,
        reset: Array | None = None,
        key: Array | None = None,
    ) -> tuple[Any, Array]:
        params = self.param("cell", self.cell.init, xs.shape[-1])
        return unroll(
            self.cell,
            params,
            xs,
            state=state,
            mask=mask,
            reset=reset,
            reverse=self.reverse,
            key=key,
        )


class Bidirectional(nn.Module):
    """Runs a cell both ways; see `seqnets.unroll.bidirectional`."""

    cell: Cell

    @nn.compact
    def __call__(
        self,
        xs: Array,
        *,
        state: Any = None,
        mask: Array | None = None,
        reset: Array | None = None,
        key: Array | None = None,
    ) -> tuple[Any, Array]:
        def init(key, in_dim):
            return init_bidirectional(self.cell, key, in_dim)

        params = self.param("cell", init, xs.shape[-1])
        return bidirectional(
            self.cell, params, xs, state=state, mask=mask, reset=reset, key=key
        )
