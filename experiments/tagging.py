"""Tags for tokens: words of Chinese, names of people, places ... (E5, E6).

南京市长江大桥: is it 南京市|长江大桥, or 南京|市长|江大桥? 004 compares encoders of
characters, of words that were segmented before, and of a lattice of both (Zhang & Yang,
2018). A CRF chooses the tags (Huang et al., 2015), and the characters of English words
can be encoded as well (Lample et al., 2016; Ma & Hovy, 2016). The metric is F1 of
spans, as conlleval computes it; the baseline gives each token its most frequent tag.

`predict --stream` tags a token when a few more have been read, and stays with it;
`streaming.png` shows what that costs.
"""

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from ml_collections import ConfigDict

import experiments
from seqnets import cells, datasets, losses
from seqnets.data import schemes
from seqnets.data.assets import Assets
from seqnets.data.sentences import Segment, Sentence, Sentences
from seqnets.datasets.lexicon import Lexicon, load_lexicon
from seqnets.decode import crf
from seqnets.modules import CharEncoder, Tagger, char_encoder
from seqnets.plots import confusion, streaming
from seqnets.spans import Tags
from seqnets.structures.lattice import LatticeLSTM
from seqnets.tasks.span_tagger import SpanTagger
from seqnets.tasks.tag_stream import TagStream
from seqnets.training.checkpoint import Checkpoints
from seqnets.training.config import check
from seqnets.training.fields import NOT_NEGATIVE, WIDTH, Field, common
from seqnets.training.task import Batch, Params

ENCODERS = ("tokens", "words", "lattice")
OUTPUTS = ("crf", "softmax")

FIELDS = common(
    *("corpus", "lowercase", "min_count", "limit", "buckets", "embedding_dim", "depth"),
    *("vectors", "train_vectors", "dropout"),
) | {
    "scheme": Field(str, schemes.SCHEMES, optional=True),
    "lexicon": Field(str, optional=True),
    "segmenter": Field(str, optional=True),
    "digits": Field(bool),
    "encoder": Field(str, ENCODERS),
    "output": Field(str, OUTPUTS),
    "constraints": Field(bool),
    "word_dim": Field(int, WIDTH),
    "char_encoder": Field(str, char_encoder.MODELS, optional=True),
    "char_embedding_dim": Field(int, WIDTH),
    "char_dim": Field(int, WIDTH),
    "coupled": Field(bool),
    "unknown_rate": Field(float, NOT_NEGATIVE),
}


class Tagging(TagStream, SpanTagger):
    """Tags sentences by a CRF, or each token by itself."""

    def __init__(self, config: ConfigDict, assets: Assets):
        check_options(config)
        super().__init__(config, assets, read_sentences(config, assets))
        self.tag_scores = jax.jit(self._tag_scores, static_argnames="look_ahead")
        if config.encoder == "words":
            self.stream = None  # What segments a text reads all of it.

    @functools.cached_property
    def model(self) -> Tagger:
        return tagger(self.config, self.sentences)

    def tables(self) -> Mapping[str, Sequence[str]]:
        own = self.sentences
        found = {"embedding": own.vocabulary.symbols}
        if self.config.encoder == "lattice":
            names = "words_forward", "words_backward"
            found |= dict.fromkeys(names, own.words.symbols)
        return found

    @functools.cached_property
    def allowed(self) -> crf.CRFParams:
        """Which tags the scheme allows, bool [K, K], [K] and [K]."""
        scheme, tags = self.sentences.tags
        found = crf.CRFParams(*schemes.allowed(tags, scheme))
        return found if self.config.constraints else jax.tree.map(np.ones_like, found)

    def init(self, key: Array) -> Params:
        batch = self.collate(self.sentences.encode(Sentence(("",), (0, 1))))
        return self.model.init(key, batch)["params"]

    def outputs(
        self, params: Params, batch: Batch, key: Array | None
    ) -> tuple[Array, crf.CRFParams]:
        """Returns the scores of tags [B, T, K], and those of a CRF."""
        return self.outputs_of(params, batch, key=key)[1:]

    def outputs_of(
        self, params: Params, batch: Batch, **options: Any
    ) -> tuple[Any, Array, crf.CRFParams]:
        """As `outputs`, with the state before them; options of `Tagger.read`."""
        args = {"params": params}, batch
        state, scores, chain = self.model.apply(*args, **options, method="read")
        chain = crf.init(scores.shape[-1]) if chain is None else chain
        return state, scores, crf.constrain(chain, self.allowed)

    def loss(self, params, state, batch, key):
        """-log p of the tags, of a sentence or of each token, by the token."""
        if key is not None and self.config.unknown_rate:
            key, *keys = jax.random.split(key, 3)
            batch = self.drop_rare(keys, batch)
        scores, chain = self.outputs(params, batch, key)
        mask, tags = batch["mask"], batch["tags"]
        if self.config.output == "crf":
            log_p = crf.log_likelihood(chain, scores, tags, mask)
            nats, count = -log_p.sum(), mask.sum(dtype=jnp.float32)
        else:
            nats, count = losses.cross_entropy(scores, tags, mask)
        return losses.mean(nats, count), (state, {"loss": (nats, count)})

    def _answer(self, params: Params, batch: Batch) -> Array:
        scores, chain = self.outputs(params, batch, None)
        return crf.viterbi(chain, scores, batch["mask"])[0]

    def predict(
        self, params: Params, lines: Iterable[str], *, lexicon: str | None = None
    ) -> Iterator[Tags]:
        """Yields what is found in each line.

        Args:
          params: parameters of the model.
          lines: sentences.
          lexicon: other words for a lattice: a name or a file, as in the config.
        """
        if lexicon is None:
            return super().predict(params, lines)
        c = self.config
        if c.encoder != "lattice":
            raise ValueError(f"the encoder {c.encoder!r} reads no lexicon")
        _, folder = self.assets.locate(c.corpus, c.data_dir, datasets.DATASETS)
        return super().predict(params, lines, lexicon=load_lexicon(lexicon, folder))

    def report(self, params: Params, directory: Path) -> None:
        """Writes test.txt and f1.tsv; where spans have kinds, confusion.png.

        And streaming.png, where the tagger can answer while it reads.
        """
        counts, names = self.write_test(directory, params)
        if len(names) > 1:
            confusion.draw(directory / "confusion.png", counts, names)
        if self.stream is not None:
            found = self.delays(params)
            streaming.write(directory, found, unit="tokens", ylabel="F1 of spans")


def check_options(config: ConfigDict) -> None:
    """Raises ValueError for options that do not go together."""
    if config.encoder == "lattice":
        if config.lexicon is None:
            raise ValueError("a lattice needs a lexicon: set config.lexicon")
        if config.cell.name != "LSTM" or config.depth != 1:
            raise ValueError("a lattice is one layer, and an LSTM of its own kind")
    if config.encoder == "words" and not (config.segmenter or config.lexicon):
        raise ValueError(
            "no words: set config.segmenter to the folder of a run that segments, or"
            " config.lexicon, whose longest words are then taken"
        )


def read_sentences(config: ConfigDict, assets: Assets) -> Sentences:
    """Names the sentences that a config describes; nothing is read yet."""
    c = config
    make = functools.partial(load_lexicon, c.lexicon, c.data_dir)
    lexicon = functools.partial(assets.keep, "lexicon.json", make, Lexicon)
    segment = segmenter(c.segmenter, assets, lexicon)

    return Sentences(
        lambda: datasets.load(c.corpus, "tagged", c.data_dir, assets=assets),
        assets,
        scheme=c.scheme,
        lowercase=c.lowercase,
        digits=c.digits,
        min_count=c.min_count,
        with_chars=c.char_encoder is not None,
        lexicon=lexicon if c.encoder == "lattice" else None,
        segment=segment if c.encoder == "words" else None,
    )


def segmenter(
    run: str | None, assets: Assets, lexicon: Callable[[], Lexicon]
) -> Segment:
    """Returns what segments texts: another run, or the longest words of a lexicon."""

    @functools.cache
    def segment() -> Segment:
        if run is None:
            longest = lexicon().longest
            return lambda text: [match.word for match in longest(text)]
        task, params = load_segmenter(run, assets)
        return lambda text: next(task.predict(params, [text])).words

    return lambda text: segment()(text)


def load_segmenter(run: str, assets: Assets) -> tuple[Tagging, Params]:
    """Loads the run that segments texts, of which the run folder has a copy.

    Args:
      run: the folder of the original, which may go once there is a copy.
      assets: of the run that reads the words.

    Raises:
      ValueError: there is no such run, it is of another experiment, or not finished.
    """
    try:
        workdir = assets.keep_run("segmenter", run)
        name = experiments.read_config(workdir).get("experiment")
        if name != "tagging":
            raise ValueError(f"{workdir} is a run of {name!r}, which segments nothing")
        latest, best = map(Checkpoints(workdir).meta, ("latest", "best"))
        # A copy has its best parameters alone.
        if best is None or (latest and not latest["progress"]["complete"]):
            raise ValueError(f"the run in {workdir} is not finished: train it first")
        return experiments.load(workdir)
    except ValueError as error:
        raise ValueError(f"config.segmenter: {error}") from error


def tagger(config: ConfigDict, sentences: Sentences) -> Tagger:
    """Returns the model that a config describes."""
    c, lattice, chars = config, config.encoder == "lattice", None
    chain = cells.Stack((cells.build(c.cell),) * c.depth)
    if c.char_encoder is not None:
        dims = c.char_embedding_dim, c.char_dim
        chars = CharEncoder(len(sentences.chars), c.char_encoder, *dims, name="chars")
    return Tagger(
        classes=len(sentences.tags[1]),
        tokens=len(sentences.vocabulary),
        dim=c.embedding_dim,
        cell=LatticeLSTM(c.cell.dim, coupled=c.coupled) if lattice else chain,
        chars=chars,
        words=len(sentences.words) if lattice else 0,
        word_dim=c.word_dim,
        chain=c.output == "crf",
        dropout=c.dropout,
        dtype=jnp.dtype(c.compute_dtype),
    )


def build(config: ConfigDict, workdir: str | Path | None = None) -> Tagging:
    """Builds the task of `configs/tagging.py`; see `experiments.build`."""
    check(config, FIELDS)
    return Tagging(config, Assets(workdir))
