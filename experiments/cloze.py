"""Clozes: a missing word is chosen from its left context, or from both sides (E28).

家里养了一（只/支）可爱的小花猫: the noun after the blank determines the measure word
(000). A forward network that answers at the blank has not read it; a bidirectional one
has (Schuster & Paliwal, 1997). Both are trained side by side, each as if it were alone,
and have as many parameters. The metric is accuracy; baselines are the most frequent
answer and n-grams. In the default, generated sentences the left is independent of the
answer: "expected of the left" is what any reader of it alone reaches on average.
"""

import bisect
import functools
import itertools
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jax import Array
from ml_collections import ConfigDict

from seqnets import cells
from seqnets.data import tsv
from seqnets.data.assets import Assets
from seqnets.initializers import count_parameters
from seqnets.modules import Embedding, Readout, Recurrent
from seqnets.plots import bars
from seqnets.tasks.cloze_classifier import ClozeClassifier, Filled
from seqnets.training.comparison import Comparison
from seqnets.training.config import check
from seqnets.training.fields import WIDTH, Field, at_least, common
from seqnets.training.task import Batch, Params

MODELS = ("forward", "both")  # Directions; "compare" trains all of them.

FIELDS = common(
    *("corpus", "min_count", "limit", "buckets", "embedding_dim", "depth"),
    *("vectors", "train_vectors", "dropout", "token_dropout"),
) | {
    "candidates": Field(int, at_least(2)),
    "direction": Field(str, (*MODELS, "compare")),
    "cell.dim": Field(int, WIDTH),  # A reader of both sides has narrower halves.
}


class Chooser(nn.Module):
    """Scores K candidates for the blank at step k: z = W y_k + b.

    y_k is the output of a cell that has read the left and the blank, or [y→_k; y←_k].
    """

    embedding: Embedding
    encoder: Recurrent
    readout: Readout

    def __call__(
        self, tokens: Array, places: Array, *, mask: Array, key: Array | None = None
    ) -> Array:
        """Returns logits [B, K] of tokens [B, T] whose blanks are at places [B]."""
        keys = (None, None) if key is None else jax.random.split(key)
        _, ys = self.encoder(self.embedding(tokens), mask=mask, key=keys[0])
        y = jnp.take_along_axis(ys, places[:, None, None], 1)[:, 0]  # [B, H or 2H]
        return self.readout(y, key=keys[1])


class Cloze(ClozeClassifier):
    """Chooses the answer of a cloze, reading in the direction of its name."""

    def __init__(self, config: ConfigDict, assets: Assets, name: str):
        super().__init__(config, assets)
        self.name = name

    @functools.cached_property
    def model(self) -> Chooser:
        sizes = len(self.vocabulary), len(self.classes)
        return choosers(self.config, *sizes)[self.name]

    def own(self, key: Array) -> Array:
        """Returns a key that the other direction does not use."""
        return jax.random.fold_in(key, MODELS.index(self.name))

    def init(self, key: Array) -> Params:
        return init(self.model, self.own(key))

    def outputs(self, params: Params, batch: Batch, key: Array | None) -> Any:
        key = None if key is None else self.own(key)
        args = {"params": params}, batch["tokens"], batch["place"]
        return self.model.apply(*args, mask=batch["mask"], key=key), None

    def report(self, params: Params, directory: Path) -> None:
        """Writes test.tsv and accuracy.png."""
        report({self.name: self}, {self.name: params}, directory)


class ClozeComparison(Comparison):
    """Both directions side by side.

    The last parameters count, as no step is the best of both; a direction alone keeps
    the step with the best accuracy on the validation split.
    """

    def predict(self, params: Params, lines: Iterable[str]) -> Iterator[Filled]:
        """Yields the answers to each line; "both" has read the most, and fills it."""
        copies = itertools.tee(lines, len(self.tasks))
        answers = [
            task.predict(params[name], copy)
            for (name, task), copy in zip(self.tasks.items(), copies, strict=True)
        ]
        for found in zip(*answers, strict=True):
            yield Filled(found[-1].text, sum((f.guesses for f in found), ()))

    def baselines(self) -> dict[str, float]:
        """Returns accuracies on the validation split."""
        return self.tasks["forward"].baselines()

    def report(self, params: Params, directory: Path) -> None:
        """Writes test.tsv and accuracy.png."""
        report(self.tasks, params, directory)


def report(
    tasks: Mapping[str, Cloze], params: Mapping[str, Params], directory: Path
) -> None:
    """Writes the answers to the test sentences, and a figure of accuracies."""
    first, *_ = tasks.values()
    test = [*map(first.window, first.dataset.test)]
    table = {
        "sentence": [f"{cloze.left}（）{cloze.right}" for cloze in test],
        "answer": [cloze.answer for cloze in test],
    }
    accuracy = {}
    for name, task in tasks.items():
        found = task.test(params[name], batches=first.batches("test"))
        table[name] = [first.classes[i] for i in found.predictions]
        table[f"p_{name}"] = [f"{p:.3f}" for p in found.probabilities]
        label = f"{name}, {count_parameters(params[name]):,} parameters"
        accuracy[label] = float(np.mean(found.predictions == found.targets))
    rows = [tuple(table), *zip(*table.values(), strict=True)]
    text = "".join(f"{tsv.row(*columns)}\n" for columns in rows)
    (directory / "test.tsv").write_text(text, encoding="utf-8")
    corpus = Path(first.config.corpus).name
    bars.draw(
        directory / "accuracy.png",
        accuracy,
        first.baselines("test"),
        title=f"Which of {len(first.classes)} fills the blank?",
        xlabel=f"accuracy on {len(test):,} test sentences of {corpus}",
    )


def choosers(
    config: ConfigDict, vocabulary_size: int, candidates: int
) -> dict[str, Chooser]:
    """Returns the model of each direction.

    The forward one's cell is as wide as the config says; each half of the
    bidirectional one is the widest with which it has no more parameters in all.
    """

    def chooser(direction: str, dim: int) -> Chooser:
        cell = cells.build(config.cell.to_dict() | {"dim": dim})
        if config.dropout:
            cell = cells.Dropout(cell, config.dropout)
        dtype = jnp.dtype(config.compute_dtype)
        return Chooser(
            Embedding(vocabulary_size, config.embedding_dim, dtype=dtype),
            Recurrent(cells.Stack((cell,) * config.depth), direction),
            Readout(candidates, config.dropout),
        )

    def parameters(direction: str, dim: int) -> int:
        return count(chooser(direction, dim))

    dim, both = config.cell.dim, functools.partial(parameters, "both")
    half = bisect.bisect_right(range(dim), parameters("forward", dim), 1, key=both) - 1
    return {"forward": chooser("forward", dim), "both": chooser("both", max(half, 1))}


def init(model: Chooser, key: Array) -> Params:
    """Draws the parameters of a model."""
    tokens = jnp.zeros((1, 1), jnp.int32)
    return model.init(key, tokens, tokens[0], mask=tokens == 0)["params"]


@functools.lru_cache(maxsize=64)  # Each of two directions asks for the same ones.
def count(model: Chooser) -> int:
    """Returns the number of parameters of a model."""
    drawn = jax.eval_shape(functools.partial(init, model), jax.random.key(0))
    return count_parameters(drawn)


def build(
    config: ConfigDict, workdir: str | Path | None = None
) -> Cloze | ClozeComparison:
    """Builds the task of `configs/cloze.py`; see `experiments.build`."""
    check(config, FIELDS)
    assets = Assets(workdir)
    if config.direction != "compare":
        return Cloze(config, assets, config.direction)
    return ClozeComparison({name: Cloze(config, assets, name) for name in MODELS})
