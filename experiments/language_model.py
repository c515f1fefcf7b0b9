"""Language models over characters or words (E1, E2).

p(x_1 ... x_N) = Π_t p(x_t | x_1 ... x_{t-1}), each factor the softmax over what a
stack of cells puts out after x_{t-1} (Mikolov et al., 2010; Zaremba et al., 2014).
The state is carried from one window of the text to the next (truncated back-propagation
through time). Words are scored by perplexity, characters by bits; the baselines are
interpolated n-grams.
"""

import functools
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
from seqnets.data.contiguous import ContiguousBatches
from seqnets.data.scrambling import scrambled
from seqnets.data.vocabulary import EOS, UNITS, Vocabulary, join
from seqnets.decode import text as decoding
from seqnets.modules import Embedding, Readout, Recurrent
from seqnets.training import evaluation
from seqnets.training.config import check, check_choices
from seqnets.training.task import Batch, Task

PAIRS = 1000  # Sentences that are ranked against their scramblings.


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


class LanguageModelTask(Task):
    """Next-symbol prediction over a text of characters or words."""

    def __init__(self, config: ConfigDict, assets: Assets):
        self.config, self.assets = config, assets
        self.cell = build_cell(config)
        self.dtype = jnp.dtype(config.compute_dtype)
        self.by_word = config.unit == "word"
        self.unit = f"{config.unit}s"
        self.goal = "valid", "perplexity" if self.by_word else "bits_per_char", "min"
        self.net = decoding.Net(self.logits, self.initial_state)

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
        """Characters of each symbol, with the space after it, [V]."""
        widths = (1 if s == EOS else len(s) + 1 for s in self.vocabulary.symbols)
        return np.fromiter(widths, int)

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

    def initial_state(self, params, batch_size):
        params = params["recurrent"]["cell"]
        return self.cell.initial_state(params, batch_size, self.dtype)

    def logits(self, params: Any, tokens: Array, **marks: Any) -> tuple[Any, Array]:
        """Returns the state and the logits; see `LanguageModel`."""
        return self.model.apply({"params": params}, tokens, **marks)

    def loss(self, params, state, batch, key):
        marks = {"mask": batch["mask"], "reset": batch["reset"], "key": key}
        state, logits = self.logits(params, batch["inputs"], state=state, **marks)
        nats, count = losses.cross_entropy(logits, batch["targets"], batch["mask"])
        sums = {"loss": (nats, count)}
        if self.by_word:
            lengths = jnp.asarray(self.widths)[batch["targets"]]
            sums["width"] = losses.total(lengths, batch["mask"])
        # Zaremba's learning rates are for sums over time, averaged over rows.
        if self.config.loss_over_time == "sum":
            return nats / len(batch["inputs"]), (state, sums)
        return losses.mean(nats, count), (state, sums)

    def ids(self, split: str) -> list[np.ndarray]:
        """Returns the documents of a split, each ending with `<EOS>`; int32 [N_i]."""
        return self.vocabulary.encode_documents(t.tokens for t in self.dataset[split])

    def make_batches(self, split):
        c, training = self.config, split == "train"
        rows = c.batch_size if training else c.eval_batch_size or c.batch_size
        options = {"bos": self.vocabulary.eos, "partial": not training}
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

    def baselines(self):
        train, valid = (np.concatenate(self.ids(s)) for s in ("train", "valid"))
        sums = {"width": (self.widths[valid].sum(), len(valid))} if self.by_word else {}
        found = {}
        for order in (3, 5):
            counted = NGram.fit(train, order, len(self.vocabulary))
            sums["loss"] = -counted.log_prob(valid).sum(), len(valid)
            found[f"{order}-gram"] = self.finish(sums)[self.goal[1]]
        return found

    @functools.cached_property
    def sample(self):
        return decoding.make_sampler(self.net, self.vocabulary, self.config.unit)

    @functools.cached_property
    def score(self):
        return decoding.make_scorer(self.net, self.vocabulary, self.config.unit)

    def log_probs(self, params: Any, batch: Batch) -> Array:
        """Returns the log-probabilities of lines, [B]."""
        return decoding.log_probs(self.net, params, batch)

    def scores(self, params, split, limit):
        """Returns how often a sentence is more probable than its scrambling."""
        found = {"parameters": initializers.size(params)}
        texts = (join(text.tokens, self.config.unit) for text in self.dataset[split])
        lines = (line for text in texts for line in text.splitlines())
        pairs = scrambled(lines, PAIRS if limit is None else limit)
        if pairs:
            lines = (line for pair in pairs for line in pair)
            batches = decoding.line_batches(lines, self.vocabulary, self.config.unit)
            scored = evaluation.answers(self.log_probs, params, batches)
            own, other = np.reshape(scored, (-1, 2)).T
            found["order_accuracy"] = float((own > other).mean())
        return found

    def report(self, params, directory):
        for temperature in (0.5, 0.8, 1.0):
            text = self.sample(params, length=2000, temperature=temperature, stop=False)
            path = directory / f"temperature_{temperature}.txt"
            path.write_text(f"{text}\n", encoding="utf-8")


def build(config: ConfigDict, workdir: str | Path | None = None) -> Task:
    """Builds the task of `configs/char_lm.py`; see `experiments.build`."""
    check(config)
    check_choices(config, unit=UNITS, loss_over_time=("mean", "sum"))
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
