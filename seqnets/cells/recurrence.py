"""What a state is multiplied by: a matrix, or one number for each unit and gate.

With a diagonal recurrence (IndRNN, Li et al., 2018; ParaRNN, Danieli et al., 2025) each
unit reads of the state before only itself, w ⊙ h in the place of W h, so that the
Jacobian of a step is diagonal, or as wide as a unit has numbers.
"""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.cells.cell import Cell, Params
from seqnets.linear import matmul, memory_dtype, transpose

RECURRENCES = ("dense", "diagonal")


def draw_diagonal(key: Array, dim: int, blocks: int) -> Array:
    """Draws diagonal weights, w ~ U(-1, 1): no unit reads itself enlarged.

    Args:
      key: random key.
      dim: units H.
      blocks: gates.

    Returns:
      float32 [blocks · H], the gates one after the other.
    """
    return jax.random.uniform(key, (blocks * dim,), minval=-1.0, maxval=1.0)


@jax.tree_util.register_pytree_node_class
class DiagonalDerivative:
    """A matrix whose derivative by the state is its diagonal alone, gate by gate.

    W h = W h' + diag(W) ⊙ (h - h') at h' = h, where h' is held fixed. It takes the
    place of W_h where each unit's own part of a Jacobian is asked for.
    """

    def __init__(self, whole: Array, diagonal: Array):
        self.whole = whole  # [H, GH]
        self.diagonal = diagonal  # [GH]

    @classmethod
    def of(cls, w: Array) -> "DiagonalDerivative":
        """Returns it for weights [H, GH]."""
        blocks = w.reshape(len(w), -1, len(w))  # [H, G, H]
        return cls(w, jnp.einsum("hgh->gh", blocks).reshape(-1))

    @property
    def dtype(self) -> Any:
        return self.whole.dtype

    def __getitem__(self, columns: Any) -> "DiagonalDerivative":
        return DiagonalDerivative(self.whole[columns], self.diagonal[columns])

    def tree_flatten(self):
        return (self.whole, self.diagonal), None

    @classmethod
    def tree_unflatten(cls, _, children):
        return cls(*children)


def recur(h: Array, w: Array | DiagonalDerivative) -> Array:
    """Computes W h, or w ⊙ h for each gate.

    Args:
      h: [..., H], cast to the dtype of w.
      w: [H, GH] or, of a diagonal recurrence, [GH].

    Returns:
      [..., GH], float32 or wider.
    """
    if isinstance(w, DiagonalDerivative):
        fixed = jax.lax.stop_gradient(h)
        return matmul(fixed, w.whole) + recur(h - fixed, w.diagonal)
    if w.ndim == 1:
        wide = memory_dtype(w.dtype)
        return _repeated(h.astype(w.dtype), w).astype(wide) * w.astype(wide)
    return matmul(h, w)


def transposed(w: Array) -> Array:
    """Returns what `recur_back` multiplies by: Wᵀ, or w as it is."""
    return transpose(w) if w.ndim == 2 else w


def recur_back(d: Array, w_t: Array, dim: int) -> Array:
    """Computes the transpose of `recur`: ∂h = Wᵀ ∂, or Σ over gates of w ⊙ ∂.

    Args:
      d: errors [..., GH].
      w_t: as `transposed` gives it.
      dim: H.

    Returns:
      [..., H], float32 or wider.
    """
    if w_t.ndim == 2:
        return matmul(d, w_t)
    d = d.astype(memory_dtype(w_t.dtype)) * w_t
    return d.reshape(*d.shape[:-1], -1, dim).sum(-2)


def with_diagonal_derivative(cell: Cell, params: Params) -> Params:
    """Returns params by which a Jacobian of `step` has each unit's own part alone.

    Args:
      cell: a cell whose `step` multiplies by its `w_h` through `recur`, wrapped or not.
      params: its parameters.
    """

    def replace(path, leaf):
        field = getattr(path[-1], "name", None) if path else None
        fits = field == "w_h" and leaf.ndim == 2 and not leaf.shape[1] % len(leaf)
        return DiagonalDerivative.of(leaf) if fits else leaf

    return jax.tree_util.tree_map_with_path(replace, params)


def _repeated(h: Array, w: Array) -> Array:
    """Returns h [..., H], once for each gate, [..., GH]."""
    return jnp.concatenate([h] * (len(w) // h.shape[-1]), -1)
