"""Recurrent: a cell over time, in one direction or both."""

from typing import Any

from flax import linen as nn
from jax import Array
from jax import numpy as jnp

from seqnets.cells.cell import Cell, Params
from seqnets.checks import require_choice
from seqnets.look_ahead import DIRECTIONS, read_chunk
from seqnets.unroll import bidirectional, bind, init_bidirectional, unroll


class Recurrent(nn.Module):
    """Runs a cell over [B, T, D] inputs; see `seqnets.unroll`.

    Attributes:
      cell: any cell, or a `Stack` of them.
      direction: "forward"; "backward", from the last step to the first; or "both",
        y_t = [y→_t; y←_t], each direction with parameters of its own.
    """

    cell: Cell
    direction: str = "forward"

    @nn.compact
    def __call__(
        self,
        xs: Array,
        *,
        state: Any = None,
        mask: Array | None = None,
        reset: Array | None = None,
        key: Array | None = None,
        memory: Any = None,
        look_ahead: int | None = None,
    ) -> tuple[Any, Array]:
        """Runs the cell.

        Args:
          xs: inputs [B, T, D].
          state: the state to begin with; the cell's initial state by default.
          mask: [B, T] bool, True at real steps.
          reset: [B, T] bool, True at the first step of each sequence in a row.
          key: draws dropout and zoneout; None for evaluation.
          memory: what a cell with attention reads, its leaves leading with [B].
          look_ahead: how many steps at the end of a part of a sequence are read again
            with the next part; see `seqnets.look_ahead.read_chunk`, whose state and
            outputs these are. None for a whole sequence.

        Returns:
          The final state, and the outputs [B, T, H], or [B, T, 2H] of both directions.

        Raises:
          ValueError: for an unknown direction, a key beside a look-ahead, or
            as `unroll`, `bidirectional` and `read_chunk`.
        """
        require_choice(self, "direction", self.direction, DIRECTIONS)
        if look_ahead is not None and key is not None:
            raise ValueError(
                "a part of a sequence is read without noise: with look_ahead, leave key"
                " None"
            )

        def init(key: Array, in_dim: int) -> Params:
            if self.direction == "both":
                return init_bidirectional(self.cell, key, in_dim)
            return self.cell.init(key, in_dim)

        params = self.param("cell", init, xs.shape[-1])
        if memory is not None:
            params = bind(self.cell, params, memory)
        marks = {"state": state, "mask": mask, "reset": reset}
        if look_ahead is not None:
            own = {"look_ahead": look_ahead, "direction": self.direction} | marks
            return read_chunk(self.cell, params, xs, **own)
        marks["key"] = key
        if self.direction == "both":
            return bidirectional(self.cell, params, xs, **marks)
        reverse = self.direction == "backward"
        return unroll(self.cell, params, xs, reverse=reverse, **marks)


def final_output(
    states: Any,
    ys: Array,
    *,
    mask: Array | None = None,
    direction: str = "forward",
) -> Array:
    """Returns what the top layer gives at the end of its run.

    h_T of a forward run, h_1 of a backward one, [h→_T; h←_1] of both. It is the `h` of
    the top layer's state, where the state has one as wide as the output; of any other
    cell, the output at the last step run.

    Args:
      states: the final states of `Recurrent`.
      ys: its outputs [B, T, H], or [B, T, 2H] of both directions.
      mask: [B, T] bool, True at real steps; everywhere by default.
      direction: of the run, one of `DIRECTIONS`.

    Returns:
      [B, H] or [B, 2H], in the dtype in which the state, or else `ys`, has it.
    """
    top = top_state(states)
    if direction == "both":
        halves = zip(top, jnp.split(ys, 2, -1), DIRECTIONS, strict=False)
    else:
        halves = [(top, ys, direction)]
    ends = [_end(state, y, mask, way) for state, y, way in halves]
    return jnp.concatenate(ends, -1)


def top_state(states: Any) -> Any:
    """Returns the state of a stack's last layer; other states as they are.

    The states of layers are a plain tuple, and those of a cell are not.
    """
    while type(states) is tuple and states:
        states = states[-1]
    return states


def last_steps(ys: Array, mask: Array | None = None) -> Array:
    """Returns the last real step [B, H] of outputs [B, T, H].

    Args:
      ys: [B, T, H].
      mask: [B, T] bool, True at real steps, wherever they stand; everywhere by
        default. A row without any gives its last step, one of no steps zero.
    """
    if not ys.shape[1]:
        return jnp.zeros((len(ys), ys.shape[2]), ys.dtype)
    if mask is None:
        return ys[:, -1]
    last = ys.shape[1] - 1 - jnp.argmax(mask[:, ::-1], 1)
    return jnp.take_along_axis(ys, last[:, None, None], 1)[:, 0]


def _end(state: Any, ys: Array, mask: Array | None, direction: str) -> Array:
    h = getattr(state, "h", None)
    if h is not None and h.shape[-1] == ys.shape[-1]:
        return h
    if direction == "backward":
        ys, mask = ys[:, ::-1], None if mask is None else mask[:, ::-1]
    return last_steps(ys, mask)
