"""Marginals of the classes of a graph's nodes, where the model is known.

The sum-product algorithm (Pearl, 1988), for block models as of Decelle et al. (2011).
"""

import numpy as np


def marginals(
    local: np.ndarray, edges: np.ndarray, affinity: np.ndarray, *, rounds: int = 100
) -> np.ndarray:
    """Computes p(t_v | all that is known), exact where the graph is a forest.

    p(t) ∝ Π_v ψ_v(t_v) Π_{u ~ v} A(t_u, t_v)
    m_{u → v}(s) = Σ_t A(t, s) ψ_u(t) Π_{w ~ u, w ≠ v} m_{w → u}(t)

    Of communities of equal size, pairs without an edge speak nearly alike for each
    class, and are left out; a random graph is a tree around most nodes.

    Args:
      local: ln ψ, [N, K].
      edges: pairs of nodes, int [E, 2], without direction, each once.
      affinity: A, [K, K], symmetric and positive.
      rounds: how often messages are passed.

    Returns:
      [N, K].
    """
    count, classes = local.shape
    senders, receivers = np.concatenate([edges, edges[:, ::-1]]).T
    back = np.roll(np.arange(len(senders)), len(edges))  # The same edge, turned round.
    messages = np.zeros((len(senders), classes))
    for _ in range(rounds):
        beliefs = local + _arrived(messages, receivers, count)
        sent = _normalised(beliefs[senders] - messages[back])
        messages = np.log(np.exp(sent) @ affinity)
        messages -= messages.max(-1, keepdims=True)
    return np.exp(_normalised(local + _arrived(messages, receivers, count)))


def _arrived(messages: np.ndarray, receivers: np.ndarray, count: int) -> np.ndarray:
    sums = [np.bincount(receivers, own, minlength=count) for own in messages.T]
    return np.stack(sums, 1)


def _normalised(scores: np.ndarray) -> np.ndarray:
    """Returns the logarithms of probabilities in proportion to e^scores."""
    scores = scores - scores.max(-1, keepdims=True)
    return scores - np.log(np.exp(scores).sum(-1, keepdims=True))
