"""Decoding of scores that come chunk by chunk: what is said early stays.

CTC, best path    a label is final with the frame that says it
CTC, beam         labels are final when all prefixes of the beam begin with them
CRF               the tags of a chunk are chosen with those of its look-ahead, and
                  the next ones given them
"""

import itertools
from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from seqnets.decode import crf
from seqnets.decode.ctc import BLANK
from seqnets.decode.prefix_beam import Search


class Said(NamedTuple):
    """A final label, and since when it has been in the best path."""

    label: int  # In 1 ... K - 1.
    frame: int  # The first from which the best path had it without interruption.


class Reader(Protocol):
    """Reads the scores of frames, and returns the labels that are final with them."""

    def read(self, logits: np.ndarray) -> list[Said]:
        """Reads scores [N, K] of the next frames, the blank's first."""

    def end(self) -> list[Said]:
        """Returns the labels that are final since there are no more frames."""


class BestPath:
    """Reads the most probable path; see `decode.ctc.greedy`."""

    def __init__(self):
        self._before, self._frame = BLANK, 0

    def read(self, logits: np.ndarray) -> list[Said]:
        said = []
        for label in np.argmax(logits, -1).tolist():
            if label not in (BLANK, self._before):
                said.append(Said(label, self._frame))
            self._before = label
            self._frame += 1
        return said

    def end(self) -> list[Said]:
        return []


class Beam:
    """Reads a prefix beam; see `decode.prefix_beam.search`."""

    def __init__(self, beam: int, **options: Any):
        """Begins a search; options as of `prefix_beam.Search`."""
        self._search, self._given, self._frame = Search(beam, **options), 0, -1
        self._best: tuple[int, ...] = ()
        self._since: list[int] = []  # The frame since which it has each label.

    def read(self, logits: np.ndarray) -> list[Said]:
        said = []
        for row in logits:
            self._search.read(row[None])
            self._frame += 1
            self._follow(self._search.best())
            said += self._new(self._search.agreed())
        return said

    def end(self) -> list[Said]:
        found = self._search.found()
        if not found:
            return []
        self._follow(found[0].labels)
        return self._new(found[0].labels)

    def _follow(self, best: tuple[int, ...]) -> None:
        pairs = zip(self._best, best, strict=False)
        same = sum(1 for _ in itertools.takewhile(lambda p: p[0] == p[1], pairs))
        self._since[same:] = [self._frame] * (len(best) - same)
        self._best = best

    def _new(self, labels: tuple[int, ...]) -> list[Said]:
        # All prefixes begin with labels that are agreed on, and the best one does.
        places = range(self._given, len(labels))
        said = [Said(labels[i], self._since[i]) for i in places]
        self._given += len(said)
        return said


def reader(beam: int | None = None, **options: Any) -> Reader:
    """Returns what reads as `ctc_decoder.decode` of the same options decodes a row."""
    return BestPath() if beam is None else Beam(beam, **options)


def commit(
    params: crf.CRFParams,
    emissions: Array,
    mask: Array,
    *,
    chunk: int,
    before: Array,
    ends: Array,
) -> tuple[Array, Array]:
    """Chooses the tags of a chunk of N steps, given the tag before and L steps more.

    argmax_y transition[y_0, y_1] + Σ_t emission_t[y_t] + Σ_t transition[y_t, y_{t+1}]
    (+ stop[y_{N+L}] where the sequence ends there)

    Of these the first N are kept. With emissions that reach the end, and no other for
    what follows, they are the best tags of the whole sequence: the rest of a best path
    is the best path from where it has come to.

    Args:
      params: of the CRF.
      emissions: [B, N + L, K].
      mask: [B, N + L] bool, True at real steps.
      chunk: N.
      before: y_0, the last tag that was chosen, int32 [B]; -1 where there is none yet.
      ends: whether the emissions reach the end of the sequence, bool [B].

    Returns:
      The last tag chosen, as `before`, and the tags, int32 [B, N], 0 where masked.
    """

    def one(emissions, mask, before, ends):
        begun = jnp.where(before < 0, params.start, params.transition[before])
        stop = jnp.where(ends, params.stop, 0.0)
        own = crf.CRFParams(params.transition, begun, stop)
        tags = crf.viterbi(own, emissions[None], mask[None])[0][0, :chunk]
        last = jnp.where(mask[:chunk], jnp.arange(chunk), -1).max()
        return jnp.where(last < 0, before, tags[last]), tags

    return jax.vmap(one)(emissions, mask, before, ends)
