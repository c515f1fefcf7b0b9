"""A scope that makes a word's vector of its letters."""

from flax import linen as nn
from jax import Array

from seqnets import convolution
from seqnets.cells.cell import Stack
from seqnets.cells.lstm import LSTM
from seqnets.modules.reading import final
from seqnets.modules.recurrent import Bidirectional

MODELS = ("lstm", "cnn")


class Spelling(nn.Module):
    """Reads the letters of each word.

    lstm:  [h→_L; h←_1] of a bidirectional LSTM, F/2 in each direction (Lample et al.,
           2016)
    cnn:   max_l (W [x_{l-1}; x_l; x_{l+1}] + b) (Ma & Hovy, 2016)
    """

    letters: int  # How many there are; number 0 is none.
    model: str
    embedding_dim: int = 25
    dim: int = 50  # F

    @nn.compact
    def __call__(self, letters: Array) -> Array:
        """Returns vectors [B, T, F] of words' letters [B, T, L], integers."""
        shape = self.letters, self.embedding_dim
        table = self.param("embedding", nn.initializers.normal(0.1), shape)
        batch_size, length, most = letters.shape
        letters = letters.reshape(batch_size * length, most)
        xs, mask = table[letters], letters > 0
        if self.model == "cnn":
            params = self.param("w", convolution.init, self.embedding_dim, self.dim)
            found = convolution.largest(convolution.convolve(params, xs, mask), mask)
        else:
            run = Bidirectional(Stack((LSTM(self.dim // 2),)), name="recurrent")
            found = final(run(xs, mask=mask)[0])
        return found.reshape(batch_size, length, -1)
