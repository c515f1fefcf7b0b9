"""Decoding of one row of CTC scores: labels, their probability, and alignment."""

import jax
import numpy as np
from jax import Array

from seqnets.data.buckets import pad
from seqnets.decode import ctc, prefix_beam


def decode(
    logits: np.ndarray, mask: np.ndarray, beam: int | None = None
) -> tuple[int, ...]:
    """Returns the labels of the best path, or the best string of a prefix beam.

    Args:
      logits: scores [T, K], the blank's first.
      mask: [T] bool, True at steps.
      beam: number of prefixes that are kept; None takes the best path.
    """
    if beam is not None:
        return prefix_beam.search(logits, mask=mask, beam=beam)[0].labels
    labels, label_mask = jax.device_get(_greedy(logits[None], mask=mask[None]))
    return tuple(labels[label_mask].tolist())


def align(
    logits: np.ndarray, mask: np.ndarray, labels: tuple[int, ...]
) -> tuple[float, np.ndarray]:
    """Returns p(labels), and which of the labels each step belongs to.

    Args:
      logits: scores [T, K], the blank's first.
      mask: [T] bool, True at steps.
      labels: at most T, each in 1 ... K - 1.

    Returns:
      The probability, and the places [T]: of a label on the best path of these labels,
      or -1 where that has a blank.
    """
    padded, label_mask = pad([np.array(labels, np.int32)], len(mask))
    found = _align(logits[None], mask[None], padded, label_mask)
    log_p, places = jax.device_get(found)
    return float(np.exp(log_p[0])), places[0]


_greedy = jax.jit(ctc.greedy)


@jax.jit
def _align(
    logits: Array, mask: Array, labels: Array, label_mask: Array
) -> tuple[Array, Array]:
    masks = {"mask": mask, "label_mask": label_mask}
    places, _ = ctc.align(logits, labels, **masks)
    return ctc.log_probability(logits, labels, **masks), places
