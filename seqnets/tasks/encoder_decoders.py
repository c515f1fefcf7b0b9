"""An encoder-decoder as a config has it: its fields, cells and module (B4, B5)."""

import jax.numpy as jnp
from ml_collections import ConfigDict

from seqnets import cells
from seqnets.alignment import ALIGNMENTS, Alignment, Dot, General
from seqnets.cells.bridge import KINDS as BRIDGES
from seqnets.modules import DIRECTIONS, DeepOutput, Embedding, EncoderDecoder
from seqnets.modules.encoder_decoder import READOUTS
from seqnets.training.fields import COUNT, FRACTION, NOT_NEGATIVE, WIDTH, Field, common

ATTEND = ("before", "after", "above")

# Of the model, its training and its search; the experiments add those of their data.
FIELDS = common(
    *("limit", "buckets", "depth", "embedding_dim", "attention_dim", "dropout"),
    *("vectors", "train_vectors"),
) | {
    "target_buckets": Field(int, COUNT),
    "direction": Field(str, DIRECTIONS),
    "encoder_dim": Field(int, WIDTH),
    "bridge": Field(str, BRIDGES),
    "every_step": Field(bool),
    "attention": Field(str, tuple(ALIGNMENTS), optional=True),
    "attend": Field(str, ATTEND),
    "readout": Field(str, READOUTS),
    "readout_dim": Field(int, WIDTH),
    "tied": Field(bool),
    "label_smoothing": Field(float, FRACTION),
    "own_output": Field(float, FRACTION),
    "beam": Field(int, COUNT),
    "length_penalty": Field(float, NOT_NEGATIVE),
}


def check_options(config: ConfigDict) -> None:
    """Raises ValueError for options of a model that do not go together."""
    c, width = config, encoded_dim(config)
    own = layers(c, c.cell.dim).out_dim
    check_decoder(c, width)
    if c.bridge == "copy" and width != own:
        raise ValueError(
            f"bridge=copy begins the decoder's {own} units with the encoder's"
            f" {width}: make them equal, or choose tanh"
        )


def check_decoder(config: ConfigDict, memory_dim: int) -> None:
    """Raises ValueError for options of a decoder that do not go together.

    Args:
      config: with the fields `FIELDS` but those of the encoder.
      memory_dim: width of what it may attend to.
    """
    c, own = config, layers(config, config.cell.dim).out_dim
    if c.get("score_limit") == 0:
        raise ValueError(
            "score_limit must be at least 1: what is written of no example has no score"
        )
    if c.attention == "Dot" and memory_dim != own:
        raise ValueError(
            f"attention=Dot compares the decoder's {own} units with the"
            f" encoder's {memory_dim}: make them equal, or choose General"
        )
    read = own if c.readout == "linear" and c.attention is None else c.readout_dim
    if c.tied and (c.readout == "linear" and c.attend == "before" and c.attention):
        raise ValueError("tied embeddings need a readout of tanh or maxout")
    if c.tied and read != c.embedding_dim:
        raise ValueError(
            f"tied embeddings need embedding_dim = {read}, the width of what is read"
            f" out, not {c.embedding_dim}"
        )


def build(config: ConfigDict, source: int, target: int, shared: bool) -> EncoderDecoder:
    """Builds the module that a config describes.

    Args:
      config: with the fields `FIELDS`.
      source: how many symbols there are in sources.
      target: how many in targets.
      shared: whether both sides have one embedding.
    """
    c, dtype = config, jnp.dtype(config.compute_dtype)
    width = encoded_dim(c)
    read = Embedding(source, c.embedding_dim, dtype=dtype)
    written = Embedding(target, c.embedding_dim, dtype=dtype)
    return EncoderDecoder(
        read,
        read if shared else written,
        layers(c, c.encoder_dim),
        decoder(c, width, width),
        DeepOutput(target, c.readout, c.readout_dim, c.dropout),
        direction=c.direction,
        start="states" if c.bridge == "copy" else "vector",
        every_step=c.every_step,
        tied=c.tied,
        dropout=c.dropout,
    )


def encoded_dim(config: ConfigDict) -> int:
    """Returns the width of what the encoder puts out."""
    own = layers(config, config.encoder_dim).out_dim
    return own * (1 + (config.direction == "both"))


def layers(config: ConfigDict, dim: int) -> cells.Cell:
    """Returns `depth` cells of a width, with dropout between them."""
    cell = cells.build(config.cell.to_dict() | {"dim": dim})
    if config.depth == 1:
        return cell
    upper = cells.Dropout(cell, config.dropout) if config.dropout else cell
    return cells.Stack((cell, *(upper,) * (config.depth - 1)))


def decoder(config: ConfigDict, start_dim: int, memory_dim: int) -> cells.Cell:
    """Returns the decoder's cell, which begins and attends as the config says.

    Args:
      config: as in `check_decoder`.
      start_dim: width of what it begins with.
      memory_dim: width of what it may attend to.
    """
    c, start = config, start_dim if config.bridge == "tanh" else None
    cell = cells.Bridge(layers(c, c.cell.dim), c.bridge, start)
    if c.attention is None:
        return cell
    align = alignment_of(c)
    match c.attend:
        case "before":
            return cells.AttendBefore(cell, align, memory_dim)
        case "after":
            return cells.AttendAfter(cell, align, c.readout_dim, memory_dim)
    return cells.Stack((cell, cells.Attend(align, c.readout_dim, memory_dim)))


def alignment_of(config: ConfigDict) -> Alignment:
    """Returns the alignment function that a config names."""
    kind = ALIGNMENTS[config.attention]
    return kind() if kind in (Dot, General) else kind(config.attention_dim)
