"""A product with a sparse matrix is the product with the whole one."""

import jax
import numpy as np

from seqnets.sparse import SparseRows, sparse, sparse_matmul


def test_the_product_and_its_gradients_are_those_of_the_whole_matrix():
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(5, 4)) * (rng.random((5, 4)) < 0.4)
    matrix[2] = 0  # A row without any.
    w, cotangent = rng.normal(size=(4, 3)), rng.normal(size=(5, 3))
    x = sparse(matrix)

    def of(values, w):
        return sparse_matmul(SparseRows(x.rows, x.columns, values), w, 5)

    @jax.jit
    def both(values, w, cotangent):
        found, pull = jax.vjp(of, values, w)
        return found, pull(cotangent)

    found, (d_values, d_w) = both(x.values, np.float32(w), np.float32(cotangent))
    np.testing.assert_allclose(found, matrix @ w, atol=1e-6)
    np.testing.assert_allclose(d_w, matrix.T @ cotangent, atol=1e-6)
    whole = (cotangent @ w.T)[x.rows, x.columns]
    np.testing.assert_allclose(d_values, whole, atol=1e-6)
