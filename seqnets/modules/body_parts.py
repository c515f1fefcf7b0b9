"""Body parts: recurrent nets of a skeleton's parts, joined from layer to layer."""

from typing import Any

import jax
from flax import linen as nn
from jax import Array
from jax import numpy as jnp

from seqnets.cells.cell import Cell
from seqnets.data.skeletons import JOINTS, PARTS
from seqnets.modules.recurrent import Recurrent


class BodyParts(nn.Module):
    """Runs nets of five parts, of limbs with the trunk, of halves, and of the body.

    p_i = run([joints of part i])    of two arms, the trunk and two legs
    l_i = run([p_i; p_trunk])        of four limbs
    h_j = run([l_2j; l_2j+1])        of the arms, and of the legs
    y = run([h_1; h_2])

    Du et al. (2015), who run plain cells below and an LSTM at the top, both ways.

    Attributes:
      cells: of the four layers.
      direction: as of `Recurrent`.
    """

    cells: tuple[Cell, Cell, Cell, Cell]
    direction: str = "both"

    @nn.compact
    def __call__(
        self, joints: Array, mask: Array | None = None, *, key: Array | None = None
    ) -> Array:
        """Returns [B, T, H], or [B, T, 2H] of both directions.

        Args:
          joints: [B, T, 20, C], the joints of a Kinect.
          mask: [B, T] bool, True at real frames.
          key: draws what the cells draw in training; None for evaluation.

        Raises:
          ValueError: for another number of joints.
        """
        rows, length, count, _ = joints.shape
        if count != JOINTS:
            raise ValueError(f"body parts are of {JOINTS} joints, not {count}")
        own = [joints[:, :, list(part)] for part in PARTS.values()]
        xs = jnp.stack(own).reshape(len(PARTS), rows, length, -1)
        ys = self._run(0, xs, mask, key)
        trunk = list(PARTS).index("trunk")
        limbs = [i for i in range(len(PARTS)) if i != trunk]
        xs = [jnp.concatenate([ys[i], ys[trunk]], -1) for i in limbs]
        ys = self._run(1, jnp.stack(xs), mask, key)
        xs = [jnp.concatenate([ys[i], ys[i + 1]], -1) for i in (0, 2)]
        ys = self._run(2, jnp.stack(xs), mask, key)
        return self._run(3, jnp.concatenate([ys[0], ys[1]], -1)[None], mask, key)[0]

    def _run(
        self, layer: int, xs: Array, mask: Array | None, key: Array | None
    ) -> Array:
        """Runs the nets of a layer side by side: [P, B, T, D] to [P, B, T, H]."""
        each = nn.vmap(
            _Outputs,
            in_axes=(0, None, None if key is None else 0),
            variable_axes={"params": 0},
            split_rngs={"params": True},
        )
        run = each(self.cells[layer], self.direction, name=f"layer_{layer + 1}")
        if key is not None:
            key = jax.random.split(jax.random.fold_in(key, layer), len(xs))
        return run(xs, mask, key)


class _Outputs(nn.Module):
    """The outputs of `Recurrent`, by positional arguments, as `nn.vmap` passes them."""

    cell: Cell
    direction: str

    @nn.compact
    def __call__(self, xs: Array, mask: Any, key: Any) -> Array:
        run = Recurrent(self.cell, self.direction, name="run")
        return run(xs, mask=mask, key=key)[1]
