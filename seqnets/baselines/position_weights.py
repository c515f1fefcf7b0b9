"""Classes of windows by the bases at each place, independent given the class."""

from collections.abc import Sequence

import numpy as np

from seqnets.data.bases import VECTORS


def predict(
    train: Sequence[np.ndarray],
    labels: Sequence[str],
    asked: Sequence[np.ndarray],
) -> list[str]:
    """Returns the most probable class of each window (naive Bayes).

    argmax_c ln p(c) + Σ_t Σ_b x_tb ln p_t(b | c), counts of each base begun at 1.

    Args:
      train: codes [T] of windows, all as long; see `bases`.
      labels: their classes.
      asked: windows of the same length.
    """
    xs, classes = VECTORS[np.stack(train)], sorted(set(labels))  # [N, T, 4]
    scores = []
    for label in classes:
        own = xs[np.array(labels) == label]
        counts = own.sum(0) + 1.0
        weights = np.log(counts / counts.sum(-1, keepdims=True))
        asked_scores = np.einsum("ntb,tb->n", VECTORS[np.stack(asked)], weights)
        scores.append(asked_scores + np.log(len(own)))
    return [classes[i] for i in np.argmax(scores, 0)]
