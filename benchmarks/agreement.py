"""Whether a contender computes what seqnets computes, before it is timed."""

from typing import Any

import jax
import numpy as np

# Of relative distance ‖a - b‖ / ‖b‖. Over a thousand steps rounding adds up to some
# 2e-6; in bfloat16 to 4 %, for peers differ in what they keep in float32.
TOLERANCES = {"float32": 1e-4, "bfloat16": 0.1}


class Disagreement(ValueError):
    """A contender computes other numbers, and is not raced."""


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """Returns ‖a - b‖ / ‖b‖, infinite for arrays of different shapes."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.shape != b.shape:
        return np.inf
    norm = np.linalg.norm(b)
    return float(np.linalg.norm(a - b) / (norm if norm else 1.0))


def check(results: Any, reference: Any, tolerance: float) -> float:
    """Compares a contender's results with the reference's.

    Args:
      results: a tree of arrays; where it has None, the contender has no such weight.
      reference: the tree of the reference.
      tolerance: the largest distance that is rounding.

    Returns:
      The largest distance.

    Raises:
      Disagreement: naming the array that is farthest off; NaN is.
    """
    named = dict(_named(reference))
    distances = {name: distance(a, named[name]) for name, a in _named(results)}
    if not distances:
        raise Disagreement("nothing to compare")
    worst = max(distances, key=lambda name: np.nan_to_num(distances[name], nan=np.inf))
    if not distances[worst] <= tolerance:
        raise Disagreement(
            f"disagrees in {worst} by {distances[worst]:.2g}, more than {tolerance:g}"
        )
    return distances[worst]


def _named(tree: Any) -> list[tuple[str, np.ndarray]]:
    leaves = jax.tree_util.tree_flatten_with_path(tree)[0]
    return [
        (jax.tree_util.keystr(path, simple=True, separator="."), leaf)
        for path, leaf in leaves
    ]
