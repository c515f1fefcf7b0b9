"""Decoding of one row of CTC scores: labels, their probability, and alignment.

A long row is decoded in pieces, so that memory is bounded by the longest piece: an
alignment of T steps holds up to T (2T + 1) scores, and a beam as many prefixes. It is
cut where the blank is most probable, so that hardly any string of it is lost.
"""

import functools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from jax import Array

from seqnets.baselines.ngram import NGram
from seqnets.data.buckets import pad
from seqnets.decode import ctc, prefix_beam
from seqnets.decode.ctc import BLANK
from seqnets.decode.prefix_beam import LanguageModel

LONGEST = 1024  # Steps of a piece.


class Reading(NamedTuple):
    """The labels of a row of N steps, and where they stand.

    Attributes:
      labels: each in 1 ... K - 1.
      probability: p(labels), over all paths; of a row in pieces, the product of theirs.
      places: int [N], of the label on the best path that a step belongs to, or -1 where
        that has a blank.
    """

    labels: tuple[int, ...]
    probability: float
    places: np.ndarray


def decode(
    logits: np.ndarray, mask: np.ndarray, beam: int | None = None, **options: Any
) -> tuple[int, ...]:
    """Returns the labels of the best path, or the best string of a prefix beam.

    Args:
      logits: scores [T, K], the blank's first.
      mask: [T] bool, True at steps.
      beam: number of prefixes that are kept; None takes the best path.
      **options: of `prefix_beam.search`; a language model takes each piece of a long
        row for a string of its own.
    """
    pieces = _pieces(logits, mask)
    return tuple(label for p in pieces for label in _decode(*p, beam, options))


def read(
    logits: np.ndarray, mask: np.ndarray, beam: int | None = None, **options: Any
) -> Reading:
    """Decodes a row, and aligns its labels; see `decode`."""
    labels, p, places = (), 1.0, [np.zeros(0, np.int32)]  # Where no step is real.
    for piece, steps in _pieces(logits, mask):
        found = _decode(piece, steps, beam, options)
        own, here = align(piece, steps, found)
        places.append(np.where(here < 0, -1, here + len(labels))[steps])
        labels, p = labels + found, p * own
    return Reading(labels, p, np.concatenate(places))


def align(
    logits: np.ndarray, mask: np.ndarray, labels: tuple[int, ...]
) -> tuple[float, np.ndarray]:
    """Returns p(labels), and which of the labels each step belongs to.

    Args:
      logits: scores [T, K], the blank's first.
      mask: [T] bool, True at steps.
      labels: each in 1 ... K - 1; with another, or more than T, they are impossible.

    Returns:
      The probability, and the places [T]: of a label on the best path of these
      labels, or -1 where that has a blank, and everywhere if they are impossible.
    """
    size = max(len(mask), len(labels))  # Of the steps, so that few sizes are compiled.
    padded, label_mask = pad([np.array(labels, np.int32)], size)
    found = _align(logits[None], mask[None], padded, label_mask)
    log_p, places = jax.device_get(found)
    return float(np.exp(log_p[0])), places[0]


def ngram(strings: Iterable[Sequence[int]], order: int, size: int) -> LanguageModel:
    """Counts n-grams of labels, for a prefix beam; the blank is start and end.

    Args:
      strings: labels of training, each in 1 ... K - 1.
      order: n.
      size: K.

    Raises:
      ValueError: the strings are together shorter than n.
    """
    ended = [np.append(np.asarray(labels, np.int64), BLANK) for labels in strings]
    counted = NGram.fit(np.concatenate(ended or [np.zeros(0)]), order, size)

    @functools.cache
    def log_p(near: tuple[int, ...], label: int) -> float:
        return float(counted.log_prob(np.array([*near, label]))[-1])

    def language_model(prefix: tuple[int, ...], label: int) -> float:
        near = prefix[max(0, len(prefix) - order + 1) :]
        near = (BLANK, *near) if len(near) < order - 1 else near
        return log_p(near, label)

    return language_model


def _pieces(
    logits: np.ndarray, mask: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yields a row in pieces of up to LONGEST steps, and the mask of each."""
    if len(logits) <= LONGEST:
        yield logits, mask
        return
    rest = logits[mask]
    while len(rest):
        size = len(rest)
        if size > LONGEST:
            half = rest[LONGEST // 2 : LONGEST]
            others = np.logaddexp.reduce(np.delete(half, BLANK, 1), 1)
            size = LONGEST // 2 + int(np.argmax(half[:, BLANK] - others)) + 1
        # All are padded to one length: one compilation.
        piece = np.pad(rest[:size], ((0, LONGEST - size), (0, 0)))
        yield piece, np.arange(LONGEST) < size
        rest = rest[size:]


def _decode(
    logits: np.ndarray, mask: np.ndarray, beam: int | None, options: dict[str, Any]
) -> tuple[int, ...]:
    if beam is not None:
        found = prefix_beam.search(logits, mask=mask, beam=beam, **options)
        return found[0].labels if found else ()
    labels, label_mask = jax.device_get(_greedy(logits[None], mask=mask[None]))
    return tuple(labels[label_mask].tolist())


_greedy = jax.jit(ctc.greedy)


@jax.jit
def _align(
    logits: Array, mask: Array, labels: Array, label_mask: Array
) -> tuple[Array, Array]:
    masks = {"mask": mask, "label_mask": label_mask}
    places, _ = ctc.align(logits, labels, **masks)
    return ctc.log_probability(logits, labels, **masks), places
