"""Sequence encoder: a sequence of vectors, through a cell or not, pooled into one."""

from flax import linen as nn
from jax import Array
from jax import numpy as jnp

from seqnets import attention
from seqnets.cells.cell import Cell
from seqnets.checks import require_choice
from seqnets.modules.recurrent import Recurrent, final_output, last_steps

POOLINGS = ("last", "position", "mean", "sum", "attention")
BAG_POOLINGS = ("mean", "sum", "attention")  # Those that need no cell.


class SequenceEncoder(nn.Module):
    """Runs a cell over [B, T, D] inputs, and pools its outputs into one vector.

    pooling="last":       the top layer's state where each run ends: h_T, h_1 of a
                          backward run, [h→_T; h←_1] of both directions
    pooling="position":   y at the last step, as 004's programs take it: of both
                          directions, the backward half has read one step only
    pooling="mean":       1/N Σ_t y_t (003)
    pooling="sum":        Σ_t y_t
    pooling="attention":  Σ_t α_t y_t (000; Yang et al., 2016)

    Attributes:
      cell: any cell, or a `Stack` of them; None pools the inputs themselves, a bag of
        vectors, by "mean", "sum" or "attention".
      direction: "forward", "backward" or "both"; see `Recurrent`.
      pooling: one of `POOLINGS`.
      attention_dim: width in which attention compares steps.
    """

    cell: Cell | None
    direction: str = "forward"
    pooling: str = "last"
    attention_dim: int = 100

    @nn.compact
    def __call__(
        self, xs: Array, *, mask: Array | None = None, key: Array | None = None
    ) -> tuple[Array, Array | None]:
        """Encodes sequences.

        Args:
          xs: [B, T, D].
          mask: [B, T] bool, True at real steps; everywhere by default.
          key: draws the dropout of cells; None for evaluation.

        Returns:
          Vectors [B, H], or [B, 2H] of both directions; and the weights of steps
          [B, T] where attention pools, else None. Vectors are in the dtype of `xs`,
          except with "last", which gives them as the state has them.

        Raises:
          ValueError: for an unknown direction or pooling.
        """
        choices = BAG_POOLINGS if self.cell is None else POOLINGS
        require_choice(self, "pooling", self.pooling, choices)
        states, ys = None, xs
        if self.cell is not None:
            run = Recurrent(self.cell, self.direction)
            nn.share_scope(self, run)  # Its parameters are ours, as "cell".
            states, ys = run(xs, mask=mask, key=key)
        match self.pooling:
            case "last":
                end = final_output(states, ys, mask=mask, direction=self.direction)
                return end, None
            case "position":
                return last_steps(ys, mask), None
            case "mean":
                return attention.mean(ys, mask), None
            case "sum":
                kept = ys if mask is None else jnp.where(mask[..., None], ys, 0.0)
                return kept.sum(1), None
        dims = ys.shape[-1], self.attention_dim
        params = self.param("attention", attention.init_pooling, *dims)
        return attention.pool(params, ys, mask)
