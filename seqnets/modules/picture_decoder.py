"""Picture decoder: a net that has seen the regions of a picture writes about it (E12).

Vinyals et al. (2015), whose decoder begins from the picture as a whole; Xu et al.
(2015), whose decoder also attends to its regions ("soft" attention).
"""

from jax import Array
from jax import numpy as jnp

from seqnets.cells.cell import Cell, Memory, State
from seqnets.linear import cast
from seqnets.modules.embedding import Embedding
from seqnets.modules.encoder_decoder import Bound, Decoding, DeepOutput
from seqnets.modules.picture_encoder import PictureEncoder
from seqnets.modules.readout import Readout
from seqnets.unroll import bind


class PictureDecoder(Decoding):
    """p(y_1 ... y_N | picture), softmaxes over V symbols.

    v = tanh(W [m_1; ...; m_S] + b),   m the regions of the picture

    The decoder begins with v, and attends to the regions where its cell does. In Xu et
    al. it begins with the mean of the regions, which tells what there is, but not
    where.

    Attributes:
      source: gives the regions.
      target: embedding of the symbols.
      decoder: a cell or a stack, which reads `Memory` where it attends or bridges.
      output: scores the symbols.
      vector_dim: width of v; None where nothing begins with it.
      tied: whether the read-out's matrix is the embedding, transposed.
      dropout: rate at which the entries of embeddings are dropped in training.
    """

    source: PictureEncoder
    target: Embedding
    decoder: Cell
    output: DeepOutput
    vector_dim: int | None
    tied: bool = False
    dropout: float = 0.0

    def setup(self):
        if self.vector_dim is not None:
            self.whole = Readout(self.vector_dim)
        width = self.target.dim or self.target.rows
        self.writer = self.param("writer", self.decoder.init, width)

    def read(
        self, source: Array, mask: Array | None, *, key: Array | None = None
    ) -> tuple[Bound, State]:
        """Encodes pictures, and returns the decoder bound to them and its start.

        Args:
          source: bytes [B, H, W, C].
          mask: of a sequence; pictures have no need of it.
          key: draws nothing here.
        """
        del mask, key
        regions = self.source(source)  # [B, S, M]
        vector, dtype = None, regions.dtype
        if self.vector_dim is not None:
            flat = regions.reshape(len(regions), -1)
            vector = jnp.tanh(self.whole(flat)).astype(dtype)
        params, _ = cast(self.writer, regions)
        params = bind(self.decoder, params, Memory(regions, None, vector))
        state = self.decoder.initial_state(params, len(source), dtype)
        return Bound(params, None), state
