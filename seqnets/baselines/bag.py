"""Classification of bags of symbols by softmax regression."""

import collections
from collections.abc import Sequence

import numpy as np
from scipy import optimize, sparse, special

RARE = 2  # A symbol counts from so many examples on.


def predict(
    train: Sequence[Sequence[str]],
    labels: Sequence[str],
    asked: Sequence[Sequence[str]],
    *,
    decay: float = 1e-3,
    steps: int = 30,
) -> list[str]:
    """Returns the most probable class of each bag.

    p = softmax(W x + b), where x_s = √n_s has the count of each symbol s; W is the one
    of least mean cross-entropy + decay/2 |W|².

    Args:
      train: bags of symbols.
      labels: their classes.
      asked: bags to classify.
      decay: of W.
      steps: of L-BFGS, at most.
    """
    classes = sorted(set(labels))
    counts = collections.Counter(s for bag in train for s in set(bag))
    known = [symbol for symbol, count in counts.items() if count >= RARE]
    ids = {symbol: i for i, symbol in enumerate(known)}
    x, K = _counts(train, ids), len(classes)
    y = np.array([classes.index(label) for label in labels])
    target = np.eye(K)[y]
    punished = np.arange(x.shape[1])[:, None] > 0  # The first column is the bias.

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        w = flat.reshape(-1, K)
        log_p = special.log_softmax(x @ w, 1)
        kept = w * punished
        value = -(log_p * target).sum() / len(y) + decay / 2 * (kept**2).sum()
        gradient = x.T @ (np.exp(log_p) - target) / len(y) + decay * kept
        return value, gradient.ravel()

    start = np.zeros(x.shape[1] * K)
    options = {"maxiter": steps}
    found = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options=options)
    best = (_counts(asked, ids) @ found.x.reshape(-1, K)).argmax(1)
    return [classes[i] for i in best]


def _counts(bags: Sequence[Sequence[str]], ids: dict[str, int]) -> sparse.csr_array:
    """Returns a column of ones, and √n of the symbols of each bag, [N, 1 + S]."""
    rows, columns = [], []
    for i, bag in enumerate(bags):
        own = [ids[s] + 1 for s in bag if s in ids]
        columns += [0, *own]
        rows += [i] * (len(own) + 1)
    ones = np.ones(len(rows))
    shape = len(bags), len(ids) + 1
    return sparse.coo_array((ones, (rows, columns)), shape).tocsr().sqrt()
