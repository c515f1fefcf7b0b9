"""Nets that forecast a series, one step ahead and on from their own forecasts."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.cells.cell import Cell
from seqnets.feedforward import MLP
from seqnets.heads import Head
from seqnets.unroll import step, unroll


@dataclasses.dataclass(frozen=True)
class Forecaster:
    """A distribution of the next value, from the last ones and inputs.

    o_t = MLP(h_t) + W_d f_t,  h_t = cell(f_1 ... f_t),
    f_t = [y_{t-1}, ..., y_{t-K}, x_t]

    Without a cell h_t = f_t: with hidden layers a NARX net (Lin et al., 1996), without
    any a linear autoregression. Its own forecasts in the place of y forecast on.

    Attributes:
      mlp: ends with the outputs of the head.
      head: what they stand for.
      cell: reads the features; None for a net without memory.
      lags: K, how many values lead the features.
      direct: whether the features reach the outputs past the net, by W_d, which begins
        at zero.
    """

    mlp: MLP
    head: Head
    cell: Cell | None = None
    lags: int = 1
    direct: bool = False

    def init(self, key: Array, in_dim: int) -> dict[str, Any]:
        """Draws parameters for features of width `in_dim`."""
        cell_key, mlp_key = jax.random.split(key)
        params = {}
        width = in_dim
        if self.cell is not None:
            params["cell"] = self.cell.init(cell_key, in_dim)
            width = self.cell.out_dim
        params["mlp"] = self.mlp.init(mlp_key, width)
        if self.direct:
            params["direct"] = jnp.zeros((in_dim, self.head.size))
        return params

    def outputs(
        self, params: dict[str, Any], xs: Array, mask: Array, key: Array | None = None
    ) -> tuple[Any, Array]:
        """Reads true values.

        Args:
          params: as `init` draws them.
          xs: features [B, T, F].
          mask: [B, T] bool, True at real steps; others are read as zeros.
          key: draws the dropout of cells; None for an evaluation.

        Returns:
          The state after the last step, and the outputs of the head, [B, T, size].
        """
        xs = jnp.where(mask[..., None], xs, 0.0)
        state, ys = (), xs
        if self.cell is not None:
            state, ys = unroll(self.cell, params["cell"], xs, mask=mask, key=key)
        return state, self._read_out(params, xs, ys)

    def follow(
        self,
        params: dict[str, Any],
        state: Any,
        past: Array,
        inputs: Array,
        deviates: Array,
    ) -> tuple[Array, Array]:
        """Forecasts on: each forecast is the last value of the next step.

        Args:
          params: as `init` draws them.
          state: of the cell, after the last true step.
          past: the last K values, the latest first, [B, K].
          inputs: [B, H, F - K], the features beside them, of the steps ahead.
          deviates: [B, H], at which the head is read and fed back: zeros give the
            forecast, standard normal ones a path that may come.

        Returns:
          The values [B, H], and the outputs of the head, [B, H, size].
        """

        def ahead(carry: tuple[Any, Array], now: tuple[Array, Array]):
            state, past = carry
            own, n = now
            x, y = jnp.concatenate([past, own], -1), None
            if self.cell is not None:
                state, y = step(self.cell, params["cell"], state, x)
            outputs = self._read_out(params, x, x if y is None else y)
            value = self.head.at(outputs, n).astype(past.dtype)
            past = jnp.concatenate([value[:, None], past], -1)[:, : self.lags]
            return (state, past), (value, outputs)

        steps = inputs.swapaxes(0, 1), deviates.swapaxes(0, 1)
        _, (values, outputs) = jax.lax.scan(ahead, (state, past), steps)
        return values.swapaxes(0, 1), outputs.swapaxes(0, 1)

    def _read_out(self, params: dict[str, Any], xs: Array, ys: Array) -> Array:
        outputs = self.mlp.apply(params["mlp"], ys)
        if self.direct:
            outputs = outputs + xs @ params["direct"].astype(xs.dtype)
        return outputs
