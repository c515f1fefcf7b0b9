"""Language models over characters or words (E1, E2).

p(x_1 ... x_N) = Π_t p(x_t | x_1 ... x_{t-1}), each factor the softmax over what a
stack of cells says after x_{t-1} (Mikolov et al., 2010; Zaremba et al., 2014).
The text runs through the rows of a batch, and the state is carried from one window
to the next (truncated back-propagation through time). Words are scored by
perplexity, characters by bits; interpolated n-grams are the baseline.
"""

import itertools
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jax import Array
from ml_collections import ConfigDict

from seqnets import cells, initializers, losses, ngram
from seqnets.cells.cell import affine
from seqnets.cells.wrappers import drop
from seqnets.data import batching
from seqnets.data.source import TextSource
from seqnets.data.vocabulary import EOS, join
from seqnets.decode.text import Net, scorer, writer
from seqnets.modules.recurrent import Recurrent
from seqnets.training.task import Task

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
    def __call__(
        self,
        tokens: Array,
        *,
        state: Any = None,
        mask: Array | None = None,
        reset: Array | None = None,
        key: Array | None = None,
    ) -> tuple[Any, Array]:
        """Returns the final state, and the logits [B, T, V] after tokens [B, T]."""
        shape = self.vocabulary_size, self.embedding_dim
        table = self.param("embedding", nn.initializers.normal(0.1), shape)
        keys = (None, None) if key is None else jax.random.split(key)
        xs = table[tokens].astype(self.dtype)  # [B, T, E]
        state, ys = Recurrent(self.cell, name="recurrent")(
            xs, state=state, mask=mask, reset=reset, key=keys[0]
        )
        if key is not None and self.dropout:
            kept = jax.random.bernoulli(keys[1], 1.0 - self.dropout, ys.shape)
            ys = drop(ys, kept, self.dropout)
        b = self.param("b_y", nn.initializers.zeros, (self.vocabulary_size,))
        if self.tied:
            w = table.T
        else:
            shape = self.cell.out_dim, self.vocabulary_size
            w = self.param("w_y", initializers.glorot, shape)
        return state, affine(ys, w.astype(self.dtype), b)


def build(config: ConfigDict, workdir: str | Path | None = None) -> Task:
    """Assembles the task that a config such as `configs/char_lm.py` describes.

    Args:
      config: see `configs/char_lm.py` for every field.
      workdir: a run folder whose vocabulary is used again.

    Raises:
      ValueError: for options that do not go together.
    """
    if config.loss_over_time not in ("mean", "sum"):
        raise ValueError(
            f"loss_over_time must be mean or sum, not {config.loss_over_time!r}"
        )
    source = TextSource(
        config.corpus,
        config.unit,
        data_dir=config.data_dir,
        pattern=config.pattern,
        max_size=config.vocabulary_size,
        min_count=config.min_count,
        workdir=workdir,
    )
    vocabulary = source.vocabulary
    cell = build_cell(config)
    dtype = jnp.dtype(config.compute_dtype)
    model = LanguageModel(
        len(vocabulary), config.embedding_dim, cell, config.tied, config.dropout, dtype
    )
    widths = np.array([1 if s == EOS else len(s) + 1 for s in vocabulary.symbols])
    by_word = config.unit == "word"

    def init(key: Array) -> Any:
        params = model.init(key, jnp.zeros((1, 1), jnp.int32))["params"]
        if config.init_scale is None:
            return params
        return initializers.uniform(params, key, config.init_scale)

    def initial_state(params: Any, batch_size: int) -> Any:
        return cell.initial_state(params["recurrent"]["cell"], batch_size, dtype)

    def predict(params: Any, tokens: Array, **marks: Any) -> tuple[Any, Array]:
        return model.apply({"params": params}, tokens, **marks)

    def loss(params, state, batch, key):
        marks = {"mask": batch["mask"], "reset": batch["reset"]}
        state, logits = predict(params, batch["inputs"], state=state, key=key, **marks)
        nats, count = losses.cross_entropy(logits, batch["targets"], batch["mask"])
        sums = {"loss": (nats, count)}
        if by_word:
            lengths = jnp.asarray(widths)[batch["targets"]]
            sums["width"] = losses.total(lengths, batch["mask"])
        # Zaremba's learning rates are for sums over time, averaged over rows.
        rows = len(batch["inputs"])
        scale = rows if config.loss_over_time == "sum" else jnp.maximum(count, 1.0)
        return nats / scale, (state, sums)

    def stream(split: str) -> batching.Stream:
        rows = config.batch_size
        if split != "train" and config.eval_batch_size is not None:
            rows = config.eval_batch_size
        return source.stream(split, rows, config.length)

    def batches(split: str, start: int = 0) -> Iterator[batching.Batch]:
        return stream(split).batches(start, None if split == "train" else 1)

    def baselines() -> dict[str, float]:
        train = np.concatenate(source.ids["train"])
        valid = np.concatenate(source.ids["valid"])
        scores = {}
        for order in (3, 5):
            counted = ngram.NGram.fit(train, order, len(vocabulary))
            sums = {"loss": (-counted.log_prob(valid).sum(), len(valid))}
            if by_word:
                sums["width"] = (widths[valid].sum(), len(valid))
            scores[f"{order}-gram"] = finish(sums)[goal]
        return scores

    goal = "perplexity" if by_word else "bits_per_char"
    net = Net(predict, initial_state)
    sample = writer(net, vocabulary, config.unit)
    score = scorer(net, vocabulary, config.unit)

    def scores(params: Any, split: str, limit: int | None) -> dict[str, float]:
        texts = (join(d, config.unit) for d in getattr(source.corpus, split))
        lines = (line for text in texts for line in text.splitlines())
        pairs = scrambled(lines, PAIRS if limit is None else limit)
        if not pairs:
            return {}
        log_probs = [log_prob for log_prob, _ in score(params, itertools.chain(*pairs))]
        right = np.array(log_probs[::2]) > np.array(log_probs[1::2])
        return {"order_accuracy": float(right.mean())}

    def report(params: Any, directory: Path) -> None:
        for temperature in (0.5, 0.8, 1.0):
            text = sample(params, length=2000, temperature=temperature, stop=False)
            path = directory / f"temperature_{temperature}.txt"
            path.write_text(text + "\n", encoding="utf-8")

    return Task(
        init=init,
        loss=loss,
        batches=batches,
        initial_state=initial_state,
        steps_per_epoch=lambda: stream("train").steps_per_epoch,
        unit=f"{config.unit}s",
        finish=finish,
        goal=("valid", goal, "min"),
        baselines=baselines,
        report=report,
        sample=sample,
        score=score,
        scores=scores,
        save=source.save,
    )


def build_cell(config: ConfigDict) -> cells.Stack:
    """Returns `depth` cells on top of each other, with the config's dropout.

    Raises:
      ValueError: for options that do not go together.
    """
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


def scrambled(lines: Iterable[str], limit: int) -> list[tuple[str, str]]:
    """Pairs each line with its own words in another order (D6).

    Args:
      lines: those of fewer than five words are left out; a line without spaces is a
        line of characters.
      limit: the most pairs wanted.

    Returns:
      Pairs (line, scrambling), the same for the same lines.
    """
    rng, pairs = np.random.default_rng(0), []
    for line in lines:
        if len(pairs) >= limit:
            break
        words = line.split()
        gap = " " if len(words) > 1 else ""
        words = words if gap else list(line)
        other = rng.permutation(words).tolist()
        if len(words) >= 5 and other != words:
            pairs.append((gap.join(words), gap.join(other)))
    return pairs


def finish(sums: dict[str, tuple[float, float]]) -> dict[str, float]:
    """Returns the loss in nats a symbol, the perplexity of words, bits a character.

    perplexity = exp(loss),  bits per character = loss / ln 2 / mean width; a word's
    width is its characters and the space after it.
    """
    nats, count = sums["loss"]
    scores = {"loss": float(nats / count)}
    width = 1.0
    if "width" in sums:
        width = sums["width"][0] / sums["width"][1]
        # A diverging run's perplexity overflows; its loss says enough.
        scores["perplexity"] = math.exp(min(scores["loss"], 700.0))
    return scores | {"bits_per_char": scores["loss"] / math.log(2.0) / float(width)}
