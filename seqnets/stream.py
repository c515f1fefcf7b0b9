"""Streams: outputs while the sequence is still coming in, chunk by chunk.

A chunk is read by `look_ahead.read_chunk`, whose backward run begins a limited number
of steps behind it.
"""

import dataclasses
import functools
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from seqnets.cells import inputs as cell_inputs
from seqnets.cells.cell import Cell, Params, State
from seqnets.checks import require_choice
from seqnets.look_ahead import DIRECTIONS, read_chunk, start


class StreamState(NamedTuple):
    """What a stream carries: a state, and the steps whose outputs are not final."""

    cell: State  # Of the forward run; () where there is none.
    xs: Array  # [B, L, D]
    mask: Array  # [B, L]
    reset: Array  # [B, L]


class Final(NamedTuple):
    """Outputs that no later step changes."""

    ys: Array  # [B, N, H] or [B, N, 2H]; zero where masked.
    mask: Array  # [B, N] bool, False before the first step and behind the last one.


@dataclasses.dataclass(frozen=True)
class Stream:
    """Runs a cell, or a stack, over chunks of a sequence as they come.

    In evaluation, without noise. With direction "forward" the outputs are those of the
    whole sequence; with the others, where the look-ahead reaches the end; and else
    those of a backward run that begins `look_ahead` steps behind the chunk.

    Attributes:
      cell: any cell, or a `Stack`.
      chunk: N, steps that are read at a time.
      look_ahead: L, steps behind a chunk that are awaited before its outputs are given.
      direction: one of `DIRECTIONS`.
    """

    cell: Cell
    chunk: int = 16
    look_ahead: int = 0
    direction: str = "forward"

    def __post_init__(self):
        require_choice(self, "direction", self.direction, DIRECTIONS)
        check_sizes(self.chunk, self.look_ahead)

    @property
    def delay(self) -> int:
        """Steps read when the output of a chunk's first one is given: N + L."""
        return self.chunk + self.look_ahead

    @property
    def cost(self) -> float:
        """Steps computed for each step of the sequence: 1 + L / N."""
        return 1.0 + self.look_ahead / self.chunk

    def initial_state(
        self, params: Params, batch_size: int, in_dim: int, dtype: Any = jnp.float32
    ) -> StreamState:
        """Returns the state before the first chunk.

        Args:
          params: as of `read_chunk`; a memory, if the cell reads one, is bound.
          batch_size: B.
          in_dim: D.
          dtype: of the inputs, the compute dtype.

        Raises:
          ValueError: as `look_ahead.start`.
        """
        state = start(self.cell, params, batch_size, dtype, self.direction)
        marks = jnp.zeros((batch_size, self.look_ahead), bool)
        xs = jnp.zeros((*marks.shape, in_dim), dtype)
        return StreamState(state, xs, marks, marks)

    def step(
        self,
        params: Params,
        state: StreamState,
        xs: Array,
        *,
        mask: Array | None = None,
        reset: Array | None = None,
    ) -> tuple[StreamState, Final]:
        """Reads a chunk, and gives the outputs of the N steps that are final now.

        These lie L steps before the chunk. A pure function, which can be jitted with a
        static self, and is the body of a `lax.scan`. The last outputs are given when
        chunks that are masked throughout are read, L / N of them, rounded up.

        Args:
          params: as of `initial_state`.
          state: as the step before returned it.
          xs: inputs [B, N, D].
          mask, reset: [B, N], as in `unroll`.

        Returns:
          The next state, and the outputs with their mask.

        Raises:
          ValueError: for a chunk of another length, or as `read_chunk`.
        """
        xs, mask, reset = cell_inputs.arrays(xs, mask, reset)
        if xs.shape[1] != self.chunk:
            raise ValueError(
                f"a chunk has {self.chunk} steps, not {xs.shape[1]}: pad the last one,"
                " and mask what is padded"
            )
        shape, size = xs.shape[:2], self.chunk
        mask = jnp.ones(shape, bool) if mask is None else mask
        reset = jnp.zeros(shape, bool) if reset is None else reset
        new = (jnp.asarray(xs, state.xs.dtype), mask, reset)
        pairs = zip(state[1:], new, strict=True)
        xs, mask, reset = (jnp.concatenate(pair, 1) for pair in pairs)
        after, ys = read_chunk(
            self.cell,
            params,
            xs,
            look_ahead=self.look_ahead,
            direction=self.direction,
            state=state.cell,
            mask=mask,
            reset=reset,
        )
        state = StreamState(after, xs[:, size:], mask[:, size:], reset[:, size:])
        return state, Final(ys[:, :size], mask[:, :size])

    def over(self, params: Params, pieces: Iterable[np.ndarray]) -> Iterator[Array]:
        """Yields outputs [B, n, H] as they become final, n from 1 to N.

        Args:
          params: as of `initial_state`.
          pieces: parts of the inputs, [B, m, D] each with any m, as they come.

        Raises:
          ValueError: for a piece of another shape, or as `read_chunk`.
        """
        state = None
        for xs, mask in self._chunks(pieces):
            if state is None:
                rows, _, in_dim = xs.shape
                state = self.initial_state(params, rows, in_dim, xs.dtype)
            state, final = _step(self, params, state, xs, mask=mask)
            there = np.asarray(final.mask).any(0)  # The same in all rows.
            if there.any():
                yield final.ys[:, there]

    def _chunks(
        self, pieces: Iterable[np.ndarray]
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yields chunks and their masks, and masked ones until all is final.

        In NumPy: JAX would compile each length of what is left over.
        """
        rest, first = None, None
        for piece in pieces:
            piece = np.asarray(cell_inputs.arrays(piece)[0])  # In a dtype JAX has.
            first = piece.shape if first is None else first
            if piece.shape[::2] != first[::2]:
                raise ValueError(
                    f"pieces must be alike but for their length, not {first} and"
                    f" {piece.shape}"
                )
            rest = piece if rest is None else np.concatenate([rest, piece], 1)
            while rest.shape[1] >= self.chunk:
                real = np.ones((len(rest), self.chunk), bool)
                yield rest[:, : self.chunk], real
                rest = rest[:, self.chunk :]
        if rest is None:
            return
        steps = rest.shape[1] + self.look_ahead  # Of which no output was given.
        missing = -(-steps // self.chunk) * self.chunk - rest.shape[1]
        real = np.arange(rest.shape[1] + missing) < rest.shape[1]
        rest = np.pad(rest, ((0, 0), (0, missing), (0, 0)))
        for begin in range(0, len(real), self.chunk):
            part = slice(begin, begin + self.chunk)
            yield rest[:, part], np.tile(real[part], (len(rest), 1))


def check_sizes(chunk: int, look_ahead: int) -> None:
    """Raises ValueError unless a chunk and a look-ahead are numbers of steps."""
    for name, size, least in (("chunk", chunk, 1), ("look_ahead", look_ahead, 0)):
        if type(size) is not int or size < least:
            raise ValueError(f"{name} must be an integer of at least {least}: {size!r}")


@functools.partial(jax.jit, static_argnums=0)
def _step(stream, params, state, xs, mask):
    return stream.step(params, state, xs, mask=mask)
