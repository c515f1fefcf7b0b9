"""Initial weights, of matrices and by published recipes for whole parameter trees."""

import math
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array


def glorot(key: Array, shape: tuple[int, int], blocks: int = 1) -> Array:
    """Draws Glorot-uniform weights (Glorot & Bengio, 2010).

    W ~ U(-a, a),  a = √(6 / (rows + columns))

    Args:
      key: random key.
      shape: rows and columns of one block.
      blocks: number of blocks side by side; fan is counted per block, so
        that packing gates in one matrix does not change their scale.

    Returns:
      float32 [rows, blocks · columns].
    """
    rows, columns = shape
    bound = math.sqrt(6.0 / (rows + columns))
    return jax.random.uniform(
        key, (rows, blocks * columns), minval=-bound, maxval=bound
    )


def orthogonal(key: Array, shape: tuple[int, int], blocks: int = 1) -> Array:
    """Draws blocks with orthonormal rows or columns (Saxe et al., 2014).

    Args:
      key: random key.
      shape: rows and columns of one block.
      blocks: number of independent blocks side by side.

    Returns:
      float32 [rows, blocks · columns].
    """
    wide = max(shape), min(shape)

    def draw(key: Array) -> Array:
        return jax.random.normal(key, wide)

    # All at once: one block after the other takes many times as long to compile.
    q = orthonormal(jax.vmap(draw)(jax.random.split(key, blocks)))
    drawn = q if shape == wide else q.swapaxes(1, 2)  # [blocks, rows, columns]
    return drawn.swapaxes(0, 1).reshape(shape[0], blocks * shape[1])


def orthonormal(a: Array) -> Array:
    """Makes the columns of matrices orthonormal, from left to right (Gram-Schmidt).

    v = a_j - Q Qᵀ a_j, twice,   q_j = v / ‖v‖: Q of the factorisation A = Q R in which
    the diagonal of R is positive. LAPACK's is faster, but of several matrices it waits,
    in JAX 0.10, for threads of the pool that it runs on itself: two of them at a time
    wait for ever on a machine of two cores.

    Args:
      a: [N, M, K] of full rank, K ≤ M.
    """
    highest = jax.lax.Precision.HIGHEST

    def column(j: Array, q: Array) -> Array:
        v = jax.lax.dynamic_index_in_dim(a, j, 2, keepdims=False)  # [N, M]
        for _ in range(2):
            along = jnp.einsum("nmk,nm->nk", q, v, precision=highest)
            v -= jnp.einsum("nmk,nk->nm", q, along, precision=highest)
        v /= jnp.linalg.norm(v, axis=1, keepdims=True)
        return jax.lax.dynamic_update_index_in_dim(q, v, j, 2)

    return jax.lax.fori_loop(0, a.shape[2], column, jnp.zeros_like(a))


def count_parameters(params: Any) -> int:
    """Returns the number of parameters in a tree of arrays, or of their shapes."""
    return sum(leaf.size for leaf in jax.tree.leaves(params))


def uniform(params: Any, key: Array, scale: float) -> Any:
    """Redraws every parameter from U(-scale, scale) (Zaremba et al., 2014).

    Args:
      params: any tree of float arrays; only its shapes and dtypes matter.
      key: random key.
      scale: half the width of the interval.

    Returns:
      A tree like `params`.
    """
    leaves, treedef = jax.tree.flatten(params)
    keys = jax.random.split(key, len(leaves))
    return jax.tree.unflatten(
        treedef,
        [
            jax.random.uniform(k, leaf.shape, leaf.dtype, -scale, scale)
            for k, leaf in zip(keys, leaves, strict=True)
        ],
    )


def chrono(params: Any, gates: str, key: Array, longest: int) -> Any:
    """Redraws an LSTM's biases for memories of all lengths (Tallec & Ollivier, 2018).

    b_f = ln u,  u ~ U(1, longest - 1);  b_i = -b_f

    so that a unit forgets over about u steps, with i = 1 - f at the beginning.

    Args:
      params: of an `LSTM` with the gates i and f.
      gates: their letters, `cell.gates`.
      key: random key.
      longest: steps of the longest dependency, 3 or more.

    Returns:
      Parameters with other biases of these two gates.

    Raises:
      ValueError: there are not both gates, or no such span.
    """
    if params.b is None or not {"i", "f"} <= set(gates) or longest < 3:
        raise ValueError(
            f"chrono needs biases of the gates i and f, and 3 steps or more, not those"
            f" of {gates or 'none'}, and {longest}"
        )
    blocks = dict(zip(gates, jnp.split(params.b, len(gates)), strict=True))
    u = jax.random.uniform(key, blocks["f"].shape, minval=1.0, maxval=longest - 1.0)
    blocks["f"] = jnp.log(u).astype(params.b.dtype)
    blocks["i"] = -blocks["f"]
    return params._replace(b=jnp.concatenate([blocks[gate] for gate in gates]))
