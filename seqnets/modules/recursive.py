"""Recursive: a composition over the trees of a forest."""

from typing import Any

from flax import linen as nn
from jax import Array

from seqnets.structures import tree
from seqnets.structures.compositions import Composition


class Recursive(nn.Module):
    """Computes every node of trees from its children; see `seqnets.structures.tree`.

    Attributes:
      composition: what is computed at a node.
    """

    composition: Composition

    @nn.compact
    def __call__(self, xs: Array, forest: tree.Forest) -> tuple[Any, Array]:
        """Runs the composition.

        Args:
          xs: inputs by place, [R, P, D], or of the leaves only, [R, L, D].
          forest: where nodes and their children stand.

        Returns:
          The states by place, leaves [R, P, ...], and the outputs [R, P, H].
        """
        params = self.param("composition", self.composition.init, xs.shape[-1])
        return tree.unroll(self.composition, params, xs, forest)
