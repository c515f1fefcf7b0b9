"""Read-out: scores of classes, by an affine map after dropout and hidden layers."""

from flax import linen as nn
from jax import Array

from seqnets.dropout import dropout
from seqnets.feedforward import Layer, Stack
from seqnets.initializers import glorot
from seqnets.linear import affine


class Readout(nn.Module):
    """Scores K classes: z = y W + b, after dropout and any hidden layers.

    Attributes:
      classes: K.
      dropout: rate at which entries of y are dropped in training.
      hidden_dims: widths of tanh layers between y and the scores.
    """

    classes: int
    dropout: float = 0.0
    hidden_dims: tuple[int, ...] = ()

    @nn.compact
    def __call__(
        self, ys: Array, *, key: Array | None = None, w: Array | None = None
    ) -> Array:
        """Computes scores.

        Args:
          ys: [..., D].
          key: draws dropout; None for evaluation.
          w: [D, K], used in place of a parameter: the transposed table of an
            `Embedding` ties the read-out to it.

        Returns:
          Logits [..., K], float32 or wider.
        """
        ys = dropout(key, ys, self.dropout)
        if self.hidden_dims:
            hidden = Stack(tuple(Layer(dim, "tanh") for dim in self.hidden_dims))
            ys = hidden.apply(self.param("hidden", hidden.init, ys.shape[-1]), ys)
        if w is None:
            w = self.param("w", glorot, (ys.shape[-1], self.classes))
        b = self.param("b", nn.initializers.zeros, (self.classes,))
        return affine(ys, w.astype(ys.dtype), b)
