"""Vectors of words, computed from their characters."""

from flax import linen as nn
from jax import Array

from seqnets import convolution
from seqnets.cells.lstm import LSTM
from seqnets.checks import require_choice
from seqnets.modules.embedding import Embedding
from seqnets.modules.sequence_encoder import SequenceEncoder

MODELS = ("lstm", "cnn")


class CharEncoder(nn.Module):
    """Encodes the characters of each word.

    lstm:  [h→_L; h←_1] of a bidirectional LSTM, F/2 in each direction (Lample et al.,
           2016)
    cnn:   max_l (W [x_{l-1}; x_l; x_{l+1}] + b) (Ma & Hovy, 2016)

    Attributes:
      chars: number of characters; id 0 is padding.
      model: one of `MODELS`.
      embedding_dim: width of a character's vector.
      dim: F, width of a word's vector.
    """

    chars: int
    model: str
    embedding_dim: int = 25
    dim: int = 50

    @nn.compact
    def __call__(self, chars: Array) -> Array:
        """Returns vectors [B, T, F] of words' characters [B, T, L], integers."""
        require_choice(self, "model", self.model, MODELS)
        batch_size, length, longest = chars.shape
        chars = chars.reshape(batch_size * length, longest)
        xs = Embedding(self.chars, self.embedding_dim, name="embedding")(chars)
        mask = chars > 0
        if self.model == "cnn":
            dims = self.embedding_dim, self.dim
            params = self.param("convolution", convolution.init, *dims)
            found = convolution.largest(convolution.convolve(params, xs, mask), mask)
        else:
            encoder = SequenceEncoder(LSTM(self.dim // 2), "both", name="encoder")
            found, _ = encoder(xs, mask=mask)
        return found.reshape(batch_size, length, found.shape[-1])
