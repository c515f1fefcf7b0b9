"""Piano rolls, each key by itself: how often it is on, and after being on or off."""

from collections.abc import Sequence

import numpy as np


def independent(train: Sequence[np.ndarray], asked: Sequence[np.ndarray]) -> float:
    """Returns the nats a frame of keys that are on as often as in training.

    L = -Σ_k y_k ln p_k + (1 - y_k) ln (1 - p_k),  p_k = (n_k + 1/2) / (N + 1)

    Args:
      train: rolls [T, K] to count.
      asked: rolls that are scored, from their second frames on.
    """
    frames = np.concatenate(train).astype(float)
    p = (frames.sum(0) + 0.5) / (len(frames) + 1)
    after = np.concatenate([roll[1:] for roll in asked])
    return _nats(after, np.broadcast_to(p, after.shape))


def markov(train: Sequence[np.ndarray], asked: Sequence[np.ndarray]) -> float:
    """Returns the nats a frame of keys that depend on themselves a frame before.

    Args:
      train, asked: as of `independent`.
    """
    before, after = _pairs(train)
    states = []
    for was_on in (0, 1):
        there = before == was_on
        on = (there & (after == 1)).sum(0)
        states.append((on + 0.5) / (there.sum(0) + 1))
    before, after = _pairs(asked)
    return _nats(after, np.where(before == 1, states[1], states[0]))


def _pairs(rolls: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    before = np.concatenate([roll[:-1] for roll in rolls])
    return before, np.concatenate([roll[1:] for roll in rolls])


def _nats(after: np.ndarray, p: np.ndarray) -> float:
    right = np.where(after == 1, p, 1 - p)
    return float(-np.log(right).sum(1).mean())
