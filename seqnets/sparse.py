"""Matrices of which few elements are not zero, such as bags of words."""

from typing import NamedTuple

import jax
import numpy as np
from jax import Array

from seqnets.linear import look_up, memory_dtype


class SparseRows(NamedTuple):
    """The M elements of a matrix that are not zero, row by row."""

    rows: Array  # int32 [M], ascending.
    columns: Array  # int32 [M]
    values: Array  # [M]


def sparse(matrix: np.ndarray) -> SparseRows:
    """Takes the elements that are not zero from a matrix, on the host."""
    rows, columns = np.nonzero(matrix)
    values = matrix[rows, columns]
    return SparseRows(rows.astype(np.int32), columns.astype(np.int32), values)


def sparse_matmul(x: SparseRows, w: Array, count: int) -> Array:
    """Computes X W, whose cost is M H.

    Args:
      x: X, of N rows.
      w: [D, H].
      count: N.

    Returns:
      [N, H], in the dtype of W.
    """
    wide = memory_dtype(w.dtype)
    terms = x.values.astype(wide)[:, None] * look_up(w, x.columns).astype(wide)
    sums = jax.ops.segment_sum(terms, x.rows, count, indices_are_sorted=True)
    return sums.astype(w.dtype)
