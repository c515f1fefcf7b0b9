"""Mixtures of Gaussians that know nothing of what came before, fitted by EM."""

from typing import NamedTuple

import numpy as np

ROUNDS = 60  # Of expectation and maximisation.


class GaussianMixture(NamedTuple):
    """Weights π [M], means [M, D] and covariances [M, D, D]."""

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray

    def log_density(self, xs: np.ndarray) -> np.ndarray:
        """Returns ln p of rows [N, D], in nats, [N]."""
        joint = self._log_joint(xs)
        most = joint.max(1)
        return most + np.log(np.exp(joint - most[:, None]).sum(1))

    def _log_joint(self, xs: np.ndarray) -> np.ndarray:
        found = []
        for weight, mean, covariance in zip(*self, strict=True):
            root = np.linalg.cholesky(covariance)
            z = np.linalg.solve(root, (xs - mean).T)
            constant = np.log(np.diag(root)).sum() + len(mean) / 2 * np.log(2 * np.pi)
            found.append(np.log(weight) - constant - (z**2).sum(0) / 2)
        return np.array(found).T  # [N, M]


def fit(
    xs: np.ndarray, components: int, *, least: float, seed: int = 0
) -> GaussianMixture:
    """Fits a mixture to rows [N, D] by EM (Dempster et al., 1977).

    Args:
      xs: rows, at least one.
      components: M; of fewer rows, as many as there are rows.
      least: the square of it is added to every variance, so that none collapses.
      seed: of the rows that the means start from.
    """
    xs = np.asarray(xs, np.float64)
    components = min(components, len(xs))
    floor = least**2 * np.eye(xs.shape[1])
    whole = np.atleast_2d(np.cov(xs.T, bias=True)) + floor
    rng = np.random.default_rng(seed)
    start = xs[rng.choice(len(xs), components, replace=False)]
    one = components == 1
    found = GaussianMixture(
        np.full(components, 1 / components),
        xs.mean(0, keepdims=True) if one else start,
        np.repeat(whole[None], components, 0),
    )
    for _ in range(0 if one else ROUNDS):
        shares = np.exp(found._log_joint(xs) - found.log_density(xs)[:, None])
        counts = shares.sum(0) + 1e-9
        means = shares.T @ xs / counts[:, None]
        moments = np.einsum("nm,nd,ne->mde", shares, xs, xs, optimize=True)
        spread = moments / counts[:, None, None]
        spread -= means[:, :, None] * means[:, None, :]
        found = GaussianMixture(counts / counts.sum(), means, spread + floor)
    return found
