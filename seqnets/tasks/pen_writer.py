"""Base class of what writes with a pen: points are drawn one by one, and fed back."""

import functools
from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from ml_collections import ConfigDict

from seqnets import mixture_density
from seqnets.cells import alignments
from seqnets.data import buckets
from seqnets.data.assets import Assets
from seqnets.mixture_density import DRAWS, ENDS, LIFTS
from seqnets.tasks.pen_task import INPUTS, PenTask
from seqnets.training.task import Params
from seqnets.unroll import bind, step

BEYOND = 100.0  # Normalised offsets are not, as a rule.


class Written(NamedTuple):
    """What a net wrote."""

    text: str
    points: np.ndarray  # float32 [N, 3], as of `Drawing`.
    ended: bool = True  # False: it was cut.


class PenWriter(PenTask):
    """Writes texts, or draws.

    A subclass gives `init`, `outputs`, and `cell` and `model`, a `PenNet`.
    """

    def __init__(self, config: ConfigDict, assets: Assets):
        super().__init__(config, assets)
        self.write = jax.jit(self._write, static_argnames="length")

    @functools.cached_property
    def reach(self) -> np.ndarray:
        """The least and the greatest offsets of the training, normalised, [2, 2]."""
        if "range" not in self.info:  # An older run.
            return np.array([[-BEYOND] * 2, [BEYOND] * 2], np.float32)
        return np.array(self.info["range"], np.float32) / self.info["scale"]

    def _write(
        self,
        params: Params,
        text: Array | None,
        mask: Array | None,
        key: Array,
        bias: Array,
        *,
        length: int,
    ) -> tuple[Array, Array]:
        """Draws points until the drawing ends, or `length` of them.

        Offsets are kept within `reach`, those of the training: fed back, an offset far
        from all that was learnt can make the next one larger still, without end.

        Args:
          text, mask: [B, S], what is written; None without a window.
          bias: [B].

        Returns:
          Offsets [B, length, 2], normalised, and pens [B, length], `ENDS` after the
          end.
        """
        bound = params["recurrent"]["cell"]
        if text is not None:
            bound = bind(self.cell, bound, self.memory(text, mask))
        rows, dtype = len(bias), self.model.dtype

        def body(carry, t):
            state, x, done = carry
            after, y = step(self.cell, bound, state, x)
            raw = self.model.apply({"params": params}, y, method="outputs")
            found = self.mixture(raw, bias[:, None])
            if text is not None:
                phi = alignments(self.cell, bound, x[:, None], state=state)[:, 0]
                never = jnp.where(has_written(phi, mask), 0.0, -jnp.inf)
                pens = found.log_pens.at[:, ENDS].add(never)
                found = found._replace(log_pens=pens)
            offsets, pens = mixture_density.draw(jax.random.fold_in(key, t), found)
            offsets, pens = jnp.clip(offsets, *self.reach), jnp.where(done, ENDS, pens)
            x = jnp.concatenate([offsets, (pens == LIFTS)[:, None]], -1, dtype=dtype)
            return (after, x, pens == ENDS), (offsets, pens)

        start = self.cell.initial_state(bound, rows, dtype)
        x = jnp.zeros((rows, INPUTS), dtype)
        carry = start, x, jnp.zeros(rows, bool)
        _, (offsets, pens) = jax.lax.scan(body, carry, jnp.arange(length))
        return offsets.swapaxes(0, 1), pens.T

    def written(
        self,
        params: Params,
        texts: Sequence[str],
        biases: Sequence[float],
        *,
        length: int,
        seed: int,
    ) -> list[Written]:
        """Writes texts, each with a bias of its own; without a window, draws."""
        given = None, None
        if self.config.window is not None:
            ids = [{"text": self.spell(text)} for text in texts]
            made = buckets.collate(ids, {"text": "text_mask"})
            given = made["text"], made["text_mask"]
        bias = np.array(biases, np.float32)
        found = self.write(params, *given, jax.random.key(seed), bias, length=length)
        writings = []
        for text, offsets, pens in zip(texts, *jax.device_get(found), strict=True):
            (ends,) = np.nonzero(pens == ENDS)
            count = ends[0] + 1 if len(ends) else length
            lifts = (pens[:count] != DRAWS)[:, None]
            offsets = offsets[:count] * self.info["scale"]
            points = np.hstack([offsets, lifts])
            writings.append(Written(text, points, bool(len(ends))))
        return writings


def has_written(phi: Array, mask: Array) -> Array:
    """Tells where a window shows the end of the text most, [B] of φ [B, S].

    Only there may a drawing end (Graves, 2013): φ(t, U + 1) > φ(t, u) for all u from 1
    to U. The places count, and not the symbols, of which a text may have one twice.

    Args:
      phi: the weights of the symbols and, at the last real place, of the end.
      mask: [B, S] bool.
    """
    end = mask.sum(1, keepdims=True) - 1
    of_end = jnp.take_along_axis(phi, end, 1)[:, 0]
    before = jnp.arange(phi.shape[1]) < end
    return of_end > jnp.where(before, phi, -jnp.inf).max(1)
