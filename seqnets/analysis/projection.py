"""Vectors in two dimensions: principal components, and t-SNE."""

import importlib.util
from typing import NamedTuple

import numpy as np


class Axes(NamedTuple):
    """Where principal components are measured from, and along what."""

    mean: np.ndarray  # [D]
    directions: np.ndarray  # [D, k], orthonormal; the first has most of the variance.
    shares: np.ndarray  # [k], of the variance.


def principal_axes(xs: np.ndarray, dims: int = 2) -> Axes:
    """Finds the directions of most variance (Pearson, 1901).

    X - 1 mᵀ = U S Vᵀ,  axis i = column i of V, with share s_i² / Σ_j s_j²

    Of the two signs of an axis, that counts which makes its greatest element positive.

    Args:
      xs: [N, D].
      dims: k; where there are fewer directions, the others are zero.
    """
    xs = np.asarray(xs, np.float64)
    mean = xs.mean(0)
    _, s, vt = np.linalg.svd(xs - mean, full_matrices=False)
    largest = np.take_along_axis(vt, np.abs(vt).argmax(1)[:, None], 1)
    axes = (vt * np.where(largest < 0, -1, 1)).T[:, :dims]
    shares = (s**2 / max((s**2).sum(), np.finfo(float).tiny))[:dims]
    missing = dims - len(shares)
    return Axes(
        mean, np.pad(axes, [(0, 0), (0, missing)]), np.pad(shares, (0, missing))
    )


def project(xs: np.ndarray, axes: Axes) -> np.ndarray:
    """Returns the principal components [N, k] of vectors [N, D]."""
    return (xs - axes.mean) @ axes.directions


def tsne(xs: np.ndarray, *, seed: int = 0) -> np.ndarray:
    """Places vectors so that neighbours stay neighbours (van der Maaten, 2008).

    Args:
      xs: [N, D].
      seed: of the algorithm.

    Returns:
      [N, 2].

    Raises:
      ValueError: without the package.
    """
    require_tsne()
    from sklearn.manifold import TSNE

    perplexity = min(30.0, (len(xs) - 1) / 3)
    made = TSNE(2, perplexity=perplexity, init="pca", random_state=seed)
    return made.fit_transform(np.asarray(xs, np.float32))


def require_tsne() -> None:
    """Raises ValueError where t-SNE cannot be computed."""
    if importlib.util.find_spec("sklearn") is None:
        raise ValueError("t-SNE needs a package more: pip install scikit-learn")
