"""Language models over characters or words (E1, E2).

p(x_1 ... x_N) = Π_t p(x_t | x_1 ... x_{t-1}), each factor the softmax over what a
stack of cells puts out after x_{t-1} (Mikolov et al., 2010; Zaremba et al., 2014).
The state is carried from one window of the text to the next (truncated back-propagation
through time). Words are scored by perplexity, characters by bits; the baselines are
interpolated n-grams. Evaluation reads the text in rows, side by side, each of which
first reads some symbols that are not counted, so that the rows hardly matter.
"""

import functools
import logging
import math
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jax import Array
from ml_collections import ConfigDict

from seqnets import cells, datasets, initializers, losses
from seqnets.baselines.ngram import NGram
from seqnets.data.assets import Assets
from seqnets.data.contiguous import ContiguousBatches, contexts, shifted
from seqnets.data.scrambling import scrambled
from seqnets.data.tokenization import split_lines
from seqnets.data.vocabulary import EOS, UNITS, Vocabulary, join
from seqnets.decode import text as decoding
from seqnets.modules import Embedding, Readout, Recurrent
from seqnets.training import evaluation, placement
from seqnets.training.config import check
from seqnets.training.fields import FRACTION, Field, common
from seqnets.training.pretrained import WordTables
from seqnets.training.task import Batch, Task

PAIRS = 1000  # Sentences that are ranked against their scramblings.

FIELDS = common(
    *("corpus", "vocabulary_size", "min_count", "length", "depth", "embedding_dim"),
    *("vectors", "train_vectors", "init_scale", "dropout"),
) | {
    "pattern": Field(str, optional=True),
    "unit": Field(str, UNITS),
    "residual": Field(bool),
    "tied": Field(bool),
    "variational": Field(bool),
    "recurrent_dropout": Field(float, FRACTION),
    "zoneout": Field(float, FRACTION),
    "loss_over_time": Field(str, ("mean", "sum")),
}
WARM_UP = 256  # Symbols that a row of an evaluation reads before those it is scored on.
STARTS = 100  # Documents, or lines of words, from which a model learns how one begins.


class LanguageModel(nn.Module):
    """Embeds symbols, runs a stack of cells over them, and predicts the next ones.

    z_t = W_y y_t + b_y;  tied: W_y is the embedding, transposed (Press & Wolf, 2017)
    """

    vocabulary_size: int
    embedding_dim: int
    cell: cells.Stack
    tied: bool
    dropout: float
    dtype: Any

    @nn.compact
    def __call__(self, tokens: Array, *, key=None, **marks: Any) -> tuple[Any, Array]:
        """Returns the final state, and the logits [B, T, V] after tokens [B, T]."""
        keys = (None, None) if key is None else jax.random.split(key)
        size, dim = self.vocabulary_size, self.embedding_dim
        embedding = Embedding(size, dim, dtype=self.dtype, name="embedding")
        xs = embedding(tokens)  # [B, T, E]
        state, ys = Recurrent(self.cell, name="recurrent")(xs, key=keys[0], **marks)
        w = embedding.table.T if self.tied else None
        readout = Readout(size, self.dropout, name="readout")
        return state, readout(ys, key=keys[1], w=w)


class LanguageModelTask(WordTables):
    """Next-symbol prediction over a text of characters or words."""

    def __init__(self, config: ConfigDict, assets: Assets):
        self.config, self.assets = config, assets
        self.cell = build_cell(config)
        self.dtype = jnp.dtype(config.compute_dtype)
        self.by_word = config.unit == "word"
        self.unit = f"{config.unit}s"
        self.goal = "valid", "perplexity" if self.by_word else "bits_per_char", "min"
        self.net = decoding.Net(self.logits, self.initial_state)
        self.cuts = {"embedding/table": 0, "readout/w": 1, "readout/b": 0}

    @functools.cached_property
    def dataset(self) -> datasets.Dataset:
        c = self.config
        options = {"unit": c.unit, "pattern": c.pattern, "assets": self.assets}
        return datasets.load(c.corpus, "text", c.data_dir, **options)

    @functools.cached_property
    def vocabulary(self) -> Vocabulary:
        def count() -> Vocabulary:
            texts = (text.tokens for text in self.dataset.train)
            max_size, least = self.config.vocabulary_size, self.config.min_count
            return Vocabulary.count(texts, max_size=max_size, min_count=least)

        return self.assets.keep("vocabulary.json", count, Vocabulary)

    @functools.cached_property
    def widths(self) -> np.ndarray:
        """Characters of each word, with the space or line end after it, [V]."""
        return np.fromiter((len(s) + 1 for s in self.vocabulary.symbols), int)

    def characters(self, inputs: Array, targets: Array) -> Array:
        """Returns how many characters each word is in its text, float32 [...].

        The end of a line is counted with its last word, that of an empty one alone.
        `<UNK>` counts as it is written.

        Args:
          inputs: the ids of the symbols before, int [...].
          targets: those of the symbols that are counted.
        """
        eos = self.vocabulary.eos
        widths = jnp.asarray(self.widths, jnp.float32)[targets]
        return jnp.where(targets == eos, (inputs == eos).astype(jnp.float32), widths)

    @functools.cached_property
    def model(self) -> LanguageModel:
        c = self.config
        options = c.embedding_dim, self.cell, c.tied, c.dropout, self.dtype
        return LanguageModel(len(self.vocabulary), *options)

    def init(self, key):
        params = self.model.init(key, jnp.zeros((1, 1), jnp.int32))["params"]
        if self.config.init_scale is None:
            return params
        return initializers.uniform(params, key, self.config.init_scale)

    def tables(self):
        return {"embedding": self.vocabulary.symbols}

    def initial_state(self, params, batch_size):
        params = params["recurrent"]["cell"]
        return self.cell.initial_state(params, batch_size, self.dtype)

    def logits(self, params: Any, tokens: Array, **marks: Any) -> tuple[Any, Array]:
        """Returns the state and the logits; see `LanguageModel`."""
        return self.model.apply({"params": params}, tokens, **marks)

    def loss(self, params, state, batch, key):
        marks = {"mask": batch["mask"], "reset": batch["reset"], "key": key}
        state, logits = self.logits(params, batch["inputs"], state=state, **marks)
        logits = placement.by_columns(logits)
        nats, count = losses.cross_entropy(logits, batch["targets"], batch["counted"])
        sums = {"loss": (nats, count)}
        if self.by_word:
            lengths = self.characters(batch["inputs"], batch["targets"])
            sums["width"] = losses.total(lengths, batch["counted"])
        # Zaremba's learning rates are for sums over time, averaged over rows.
        if self.config.loss_over_time == "sum":
            return nats / len(batch["inputs"]), (state, sums)
        return losses.mean(nats, count), (state, sums)

    def weight(self, sums):
        # Sums over time are divided by the number of rows, which is always the same.
        return 1.0 if self.config.loss_over_time == "sum" else super().weight(sums)

    def ids(self, split: str) -> list[np.ndarray]:
        """Returns the documents of a split, each ending with `<EOS>`; int32 [N_i]."""
        return self.vocabulary.encode_documents(t.tokens for t in self.dataset[split])

    def make_batches(self, split):
        c, training = self.config, split == "train"
        options = {"bos": self.vocabulary.eos, "partial": not training}
        if training:
            _ = self.contexts  # Kept with the run, which can be asked without its text.
            return ContiguousBatches(self.ids(split), c.batch_size, c.length, **options)
        rows = c.eval_batch_size or c.batch_size
        options["warm_up"] = WARM_UP
        return ContiguousBatches(self.ids(split), rows, c.length, **options)

    def finish(self, sums):
        """perplexity = exp(loss),  bits per character = loss / ln 2 / mean width."""
        nats, count = sums["loss"]
        loss, (width, words) = float(nats / count), sums.get("width", (1.0, 1.0))
        bits = loss / math.log(2.0) / float(width / words)
        found = {"loss": loss, "bits_per_char": bits}
        if self.by_word:
            found["perplexity"] = math.exp(min(loss, 700.0))  # Where a run diverges.
        return found

    def ngrams(self) -> dict[str, tuple[float, NGram]]:
        """Returns n-grams of the training text, and the goal's value of each."""
        train, valid = (np.concatenate(self.ids(s)) for s in ("train", "valid"))
        found, sums = {}, {}
        if self.by_word:
            asked = shifted(valid, self.vocabulary.eos)
            sums["width"] = float(self.characters(**asked).sum()), len(valid)
        for order in (3, 5):
            counted = NGram.fit(train, order, len(self.vocabulary))
            sums["loss"] = -counted.log_prob(valid).sum(), len(valid)
            found[f"{order}-gram"] = self.finish(sums)[self.goal[1]], counted
        return found

    def baselines(self):
        return {name: value for name, (value, _) in self.ngrams().items()}

    @functools.cached_property
    def contexts(self) -> list[Any]:
        """Pieces of text to sample from, where the start of a document is too rare."""

        def cut() -> list[Any]:
            eos = self.vocabulary.eos
            if sum(int((ids == eos).sum()) for ids in self.ids("train")) >= STARTS:
                return []
            documents = [text.tokens for text in self.dataset.train]
            return contexts(documents, EOS if self.by_word else "\n")

        return self.assets.keep("contexts.json", cut, needed=False)

    @functools.cached_property
    def sample(self):
        options = self.vocabulary, self.config.unit, self.contexts
        return decoding.make_sampler(self.net, *options)

    @functools.cached_property
    def score(self):
        return decoding.make_scorer(self.net, self.vocabulary, self.config.unit)

    def log_probs(self, params: Any, batch: Batch) -> Array:
        """Returns the log-probabilities of lines, [B]."""
        return decoding.log_probs(self.net, params, batch)

    def scores(self, params, split, limit):
        """Returns how often a sentence is more probable than its scrambling."""
        found = {"parameters": initializers.count_parameters(params)}
        texts = (join(text.tokens, self.config.unit) for text in self.dataset[split])
        lines = (line for text in texts for line in split_lines(text))
        pairs = scrambled(lines, PAIRS if limit is None else limit)
        if pairs:
            lines = (line for pair in pairs for line in pair)
            batches = decoding.line_batches(lines, self.vocabulary, self.config.unit)
            scored = evaluation.answers(self.log_probs, params, batches)
            own, other = np.reshape(scored, (-1, 2)).T
            found["order_accuracy"] = float((own > other).mean())
        return found

    def report(self, params, directory):
        """Writes temperature_0.5.txt ..., and beside each a text of the best n-gram."""
        writers = {"": functools.partial(self.sample, params, stop=False)}
        try:
            found = self.ngrams()
            name = min(found, key=lambda name: found[name][0])
            options = found[name][1], self.vocabulary, self.config.unit, self.contexts
            writers[f"_{name}"] = functools.partial(decoding.sample_ngram, *options)
        except FileNotFoundError as error:  # A run can be asked without its text.
            log = logging.getLogger(__name__).warning
            log("no n-gram writes beside the net: %s", error)
        for seed, temperature in enumerate((0.5, 0.8, 1.0)):
            for name, draw in writers.items():
                text = draw(length=2000, temperature=temperature, seed=seed)
                path = directory / f"temperature_{temperature}{name}.txt"
                path.write_text(f"{text}\n", encoding="utf-8")


def build(config: ConfigDict, workdir: str | Path | None = None) -> Task:
    """Builds the task of `configs/char_lm.py`; see `experiments.build`."""
    check(config, FIELDS)
    return LanguageModelTask(config, Assets(workdir))


def build_cell(config: ConfigDict) -> cells.Stack:
    """Returns `depth` cells on top of each other; raises ValueError as `build`."""
    cell = cells.build(config.cell)
    if config.recurrent_dropout and not config.variational:
        raise ValueError("recurrent_dropout goes with variational=True")
    if config.tied and config.embedding_dim != cell.out_dim:
        raise ValueError(
            f"tied embeddings need embedding_dim = {cell.out_dim}, the width of the"
            f" cell's output, not {config.embedding_dim}"
        )
    if config.variational:
        cell = cells.VariationalDropout(
            cell, inputs=config.dropout, state=config.recurrent_dropout
        )
    if config.zoneout:
        cell = cells.Zoneout(cell, config.zoneout)
    if config.dropout and not config.variational:
        cell = cells.Dropout(cell, config.dropout)
    return cells.Stack((cell,) * config.depth, residual=config.residual)
