"""Translation of sentences, or of any line into another (E8, B4, B5).

p(y_1 ... y_N | x) is the product of p(y_i | y_1 ... y_{i-1}, x), each from a decoder
that begins with what an encoder read (Cho et al., 2014; Sutskever et al., 2014), and
may attend to every position of the source (Bahdanau et al., 2015; Luong et al., 2015).
The metrics are BLEU and the share of targets that are exactly right; the baseline
writes the source as it is. `statistical_translation` has 004's statistical methods.

Pairs of texts and summaries, of questions and answers or of two spellings are learnt by
the same commands: a folder with train.tsv, valid.tsv and test.tsv, whose lines are
`source<TAB>target`, or with parallel files such as train.de and train.en.
"""

import functools
from pathlib import Path

import jax.numpy as jnp
import numpy as np
from ml_collections import ConfigDict

from seqnets import cells
from seqnets.alignment import ALIGNMENTS, Alignment, Dot, General
from seqnets.baselines.ibm import IBM
from seqnets.cells.bridge import KINDS as BRIDGES
from seqnets.data.assets import Assets
from seqnets.data.segmentation import UNITS, bare, words
from seqnets.initializers import size
from seqnets.modules import DIRECTIONS, DeepOutput, Embedding, EncoderDecoder
from seqnets.modules.encoder_decoder import READOUTS
from seqnets.plots import alignment, by_length
from seqnets.training import translations
from seqnets.training.config import check
from seqnets.training.fields import COUNT, FRACTION, NOT_NEGATIVE, WIDTH, Field, common
from seqnets.training.line_writer import LineWriter
from seqnets.training.task import Params

ATTEND = ("before", "after", "above")
SHOWN = 6  # Test sentences whose attention is drawn.

FIELDS = common(
    *("corpus", "lowercase", "vocabulary_size", "min_count", "limit", "buckets"),
    *("depth", "embedding_dim", "attention_dim", "dropout", "vectors", "train_vectors"),
) | {
    "source": Field(str, optional=True),
    "target": Field(str, optional=True),
    "unit": Field(str, UNITS),
    "shared": Field(bool),
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


class Translation(LineWriter):
    """Translates lines."""

    goal = ("valid", "bleu", "max")

    def __init__(self, config: ConfigDict, assets: Assets):
        super().__init__(config, assets)
        check_options(config)
        self.encoder = layers(config, config.encoder_dim)
        self.decoder = decoder(config)

    @functools.cached_property
    def model(self) -> EncoderDecoder:
        c, dtype = self.config, jnp.dtype(self.config.compute_dtype)
        source = Embedding(len(self.source), c.embedding_dim, dtype=dtype)
        target = Embedding(len(self.target), c.embedding_dim, dtype=dtype)
        return EncoderDecoder(
            source,
            source if c.shared else target,
            self.encoder,
            self.decoder,
            DeepOutput(len(self.target), c.readout, c.readout_dim, c.dropout),
            direction=c.direction,
            start="states" if c.bridge == "copy" else "vector",
            every_step=c.every_step,
            tied=c.tied,
            dropout=c.dropout,
        )

    def scores(self, params, split, limit):
        """Returns BLEU of what is written greedily, and of the test split by beam."""
        lines = (pair.target for pair in self.dataset[split][:limit])
        references = list(map(self.target.normalised, lines))
        found = {"free_perplexity": self.free_perplexity(params, split, limit)}
        written = self.write(params, split, limit, beam=False)
        found |= translations.compare(written, references)
        if split == "test" and self.config.beam > 1:
            written = self.write(params, split, limit, beam=True)
            best = translations.compare(written, references)
            found |= {f"{name}/beam": value for name, value in best.items()}
        return found | {"parameters": size(params)}

    def baselines(self) -> dict[str, float]:
        """Returns BLEU, on the validation split, of the sources as they are."""
        sides = zip(*self.dataset.valid, strict=True)
        sides = ([self.target.normalised(line) for line in own] for own in sides)
        return {"the source as it is": translations.of_words(*sides).score}

    def report(self, params: Params, directory: Path) -> None:
        """Writes test.tsv, bleu.txt, bleu_by_length.png and attention_1.png ..."""
        pairs, beam = self.dataset.test, self.config.beam > 1
        sources = [self.source.normalised(pair.source) for pair in pairs]
        references = [self.target.normalised(pair.target) for pair in pairs]
        written = self.write(params, "test", beam=beam)
        translations.write(directory, sources, written, references)
        score = translations.scorer(written, references)
        lengths = [len(words(source)) for source in sources]
        axes = {"xlabel": "words in the source", "ylabel": "BLEU"}
        by_length.draw(directory / "bleu_by_length.png", lengths, score, **axes)
        if self.config.attention is not None:
            linked = self.ibm() if self.config.unit == "word" else None
            for i, pair in enumerate(pairs[:SHOWN], 1):
                ids = np.append(self.target.encode(written[i - 1]), self.target.eos)
                (found,) = self.attend(params, pair.source, [ids.tolist()])
                grids = {"attention": found.weights}
                if linked is not None:
                    source = self.encode_source(pair.source)
                    grids["IBM Model 1"] = linked.posterior(ids, source)[:, 1:]
                symbols = found.source, tuple(map(bare, found.symbols))
                alignment.draw(directory / f"attention_{i}.png", *symbols, grids)

    def ibm(self) -> IBM:
        """Returns IBM Model 1 of targets given sources, `<EOS>` a word like others."""
        encoded = [self.encode(pair) for pair in self.dataset.train]
        sides = ([own[side] for own in encoded] for side in ("targets", "source"))
        sizes = len(self.target), len(self.source)
        return IBM.fit(*sides, sizes, weight=0.1)[0]


def check_options(config: ConfigDict) -> None:
    """Raises ValueError for options that do not go together."""
    c = config
    width = c.encoder_dim * (1 + (c.direction == "both"))
    if c.attention == "Dot" and width != c.cell.dim:
        raise ValueError(
            f"attention=Dot compares the decoder's {c.cell.dim} units with the"
            f" encoder's {width}: make them equal, or choose General"
        )
    if c.bridge == "copy" and width != c.cell.dim:
        raise ValueError(
            f"bridge=copy begins the decoder's {c.cell.dim} units with the encoder's"
            f" {width}: make them equal, or choose tanh"
        )
    read = (
        c.cell.dim if c.readout == "linear" and c.attention is None else c.readout_dim
    )
    if c.tied and (c.readout == "linear" and c.attend == "before" and c.attention):
        raise ValueError("tied embeddings need a readout of tanh or maxout")
    if c.tied and read != c.embedding_dim:
        raise ValueError(
            f"tied embeddings need embedding_dim = {read}, the width of what is read"
            f" out, not {c.embedding_dim}"
        )
    if c.shared and c.source is not None and c.source == c.target:
        raise ValueError(f"source and target are both {c.source!r}")


def layers(config: ConfigDict, dim: int) -> cells.Cell:
    """Returns `depth` cells of a width, with dropout between them."""
    cell = cells.build(config.cell.to_dict() | {"dim": dim})
    if config.depth == 1:
        return cell
    upper = cells.Dropout(cell, config.dropout) if config.dropout else cell
    return cells.Stack((cell, *(upper,) * (config.depth - 1)))


def decoder(config: ConfigDict) -> cells.Cell:
    """Returns the decoder's cell, which begins and attends as the config says."""
    c = config
    width = c.encoder_dim * (1 + (c.direction == "both"))
    start_dim = width if c.bridge == "tanh" else None
    cell = cells.Bridge(layers(c, c.cell.dim), c.bridge, start_dim)
    if c.attention is None:
        return cell
    align = alignment_of(c)
    match c.attend:
        case "before":
            return cells.AttendBefore(cell, align, width)
        case "after":
            return cells.AttendAfter(cell, align, c.readout_dim, width)
    return cells.Stack((cell, cells.Attend(align, c.readout_dim, width)))


def alignment_of(config: ConfigDict) -> Alignment:
    """Returns the alignment function that a config names."""
    kind = ALIGNMENTS[config.attention]
    return kind() if kind in (Dot, General) else kind(config.attention_dim)


def build(config: ConfigDict, workdir: str | Path | None = None) -> Translation:
    """Builds the task of `configs/translation.py`; see `experiments.build`."""
    check(config, FIELDS)
    return Translation(config, Assets(workdir))
