"""Clozes: a word is missing, and is chosen from its left or from both sides (E28).

家里养了一（只/支）可爱的小花猫: the noun after the blank tells the measure word (000).
A forward network that answers at the blank has not read it; a bidirectional one has
(Schuster & Paliwal, 1997). Both are trained side by side, each as if it were alone, and
have as many parameters. Accuracy counts; baselines are the most frequent answer and
n-grams. In the default, generated sentences the left tells nothing: "expected of the
left" is what any reader of it alone reaches on average.
"""

import bisect
import collections
import dataclasses
import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jax import Array
from matplotlib.figure import Figure
from ml_collections import ConfigDict

from seqnets import blanks, cells, losses, metrics
from seqnets.cells.cell import affine
from seqnets.cells.wrappers import drop
from seqnets.data import batching
from seqnets.data.cloze import Cloze
from seqnets.data.cloze_source import ClozeSource
from seqnets.data.padded import Padded
from seqnets.initializers import glorot, size
from seqnets.modules.recurrent import Bidirectional, Recurrent
from seqnets.naming import nearest
from seqnets.training.task import Task

MODELS = ("forward", "both")  # What `config.direction` names, or "compare" for all.
ORDER = 3  # Of the n-grams.
SHOWN = 3  # Candidates in an answer.


class Chooser(nn.Module):
    """Scores K candidates for the blank at step k.

    forward:  z = W y→_k + b
    both:     z = W [y→_k; y←_k] + b
    """

    vocabulary_size: int
    candidates: int
    embedding_dim: int
    cell: cells.Stack
    both: bool
    dropout: float
    dtype: Any

    @nn.compact
    def __call__(
        self, tokens: Array, places: Array, *, mask: Array, key: Array | None = None
    ) -> Array:
        """Returns logits [B, K] of tokens [B, T] whose blanks are at places [B]."""
        keys = (None, None) if key is None else jax.random.split(key)
        shape = self.vocabulary_size, self.embedding_dim
        table = self.param("embedding", nn.initializers.normal(0.1), shape)
        xs = table[tokens].astype(self.dtype)  # [B, T, E]
        run = (Bidirectional if self.both else Recurrent)(self.cell, name="recurrent")
        _, ys = run(xs, mask=mask, key=keys[0])
        y = jnp.take_along_axis(ys, places[:, None, None], 1)[:, 0]  # [B, H or 2H]
        if key is not None and self.dropout:
            kept = jax.random.bernoulli(keys[1], 1.0 - self.dropout, y.shape)
            y = drop(y, kept, self.dropout)
        w = self.param("w_y", glorot, (y.shape[-1], self.candidates))
        b = self.param("b_y", nn.initializers.zeros, (self.candidates,))
        return affine(y, w.astype(y.dtype), b)


def build(config: ConfigDict, workdir: str | Path | None = None) -> Task:
    """Assembles the task that a config such as `configs/cloze.py` describes.

    Args:
      config: see `configs/cloze.py` for every field.
      workdir: a run folder whose vocabulary and candidates are used again.

    Raises:
      ValueError: for options that do not go together.
    """
    if config.direction not in (*MODELS, "compare"):
        hint = nearest(config.direction, (*MODELS, "compare"))
        raise ValueError(f"no direction {config.direction!r}{hint}")
    source = ClozeSource(
        config.corpus,
        candidates=config.candidates,
        limit=config.limit,
        min_count=config.min_count,
        data_dir=config.data_dir,
        workdir=workdir,
    )
    models = choosers(config, len(source.vocabulary), len(source.candidates))
    blank = source.encode(Cloze("", "", ""))[0]

    def init(key: Array) -> Any:
        return {name: fresh(model, own(key, name)) for name, model in models.items()}

    def loss(params, state, batch, key):
        tokens, rows, answers = batch["tokens"], batch["rows"], batch["answer"]
        if key is not None and config.symbol_dropout:
            key, drawn = jax.random.split(key)
            gone = jax.random.bernoulli(drawn, config.symbol_dropout, tokens.shape)
            tokens = jnp.where(gone & (tokens != blank), source.vocabulary.unk, tokens)
        nats, sums = 0.0, {}
        for name, model in models.items():
            logits = model.apply(
                {"params": params[name]},
                tokens,
                batch["place"],
                mask=batch["mask"],
                key=None if key is None else own(key, name),
            )
            lost, count = losses.cross_entropy(logits, answers, rows)
            nats += lost
            sums[f"{name}_loss"] = lost, count
            sums[f"{name}_accuracy"] = metrics.accuracy(logits, answers, rows)
        sums["loss"] = nats, count
        return losses.mean(nats, count), (state, sums)

    @functools.cache
    def examples(split: str) -> Padded:
        return Padded(
            source.examples(split),
            config.batch_size,
            buckets=config.buckets,
            seed=config.seed,
            shuffle=split == "train",
        )

    def batches(split: str, start: int = 0) -> Iterator[batching.Batch]:
        return examples(split).batches(start, None if split == "train" else 1)

    @jax.jit
    def answer(params, tokens, places, mask):
        return {
            name: model.apply({"params": params[name]}, tokens, places, mask=mask)
            for name, model in models.items()
        }

    def ask(params: Any, clozes: Sequence[Cloze]) -> dict[str, np.ndarray]:
        """Returns each model's logits [N, K]."""
        parts = []
        for begin in range(0, len(clozes), config.batch_size):
            asked = clozes[begin : begin + config.batch_size]
            ids = [source.encode(cloze) for cloze in asked]
            length = batching.roomy(max(map(len, ids)))
            tokens, mask = batching.pad(ids, length)
            places = np.array([len(cloze.left) for cloze in asked], np.int32)
            parts.append(jax.device_get(answer(params, tokens, places, mask)))
        return {name: np.concatenate([p[name] for p in parts]) for name in models}

    def predict(params: Any, lines: Iterable[str]) -> Iterator[str]:
        ids = {candidate: i for i, candidate in enumerate(source.candidates)}
        for cloze, choices in source.questions(lines):
            choices = choices or source.candidates
            columns = []
            for name, logits in ask(params, [cloze]).items():
                p = np.asarray(jax.nn.softmax(logits[0, [ids[c] for c in choices]]))
                best = np.argsort(-p, kind="stable")[:SHOWN]
                told = [f"{choices[i]} {p[i]:.3f}" for i in best]
                columns.append(" ".join([f"{name}:", *told]))
            # The last model has read the most.
            filled = f"{cloze.left}[{choices[best[0]]}]{cloze.right}"
            yield "\t".join([filled, *columns])

    def scores(params: Any, split: str, limit: int | None) -> dict[str, float]:
        del split, limit
        return {f"{name}_parameters": size(params[name]) for name in models}

    def report(params: Any, directory: Path) -> None:
        test = source.splits["test"]
        table = {
            "sentence": [f"{cloze.left}（）{cloze.right}" for cloze in test],
            "answer": [cloze.answer for cloze in test],
        }
        accuracy = {}
        for name, logits in ask(params, test).items():
            found = [source.candidates[i] for i in logits.argmax(-1)]
            p = np.asarray(jax.nn.softmax(logits)).max(-1)
            table |= {name: found, f"p_{name}": [f"{x:.3f}" for x in p]}
            right = np.mean(np.array(found) == table["answer"])
            accuracy[f"{name}, {size(params[name]):,} parameters"] = right
        rows = [tuple(table), *zip(*table.values(), strict=True)]
        text = "".join("\t".join(row) + "\n" for row in rows)
        (directory / "test.tsv").write_text(text, encoding="utf-8")
        picture(directory / "accuracy.png", accuracy, baselines(source, "test"), source)

    return Task(
        init=init,
        loss=loss,
        batches=batches,
        steps_per_epoch=lambda: examples("train").steps_per_epoch,
        unit="blanks",
        goal=("valid", f"{list(models)[-1]}_accuracy", "max"),
        baselines=lambda: baselines(source, "valid"),
        report=report,
        predict=predict,
        scores=scores,
        save=source.save,
    )


def choosers(
    config: ConfigDict, vocabulary_size: int, candidates: int
) -> dict[str, Chooser]:
    """Returns the model of each direction.

    The forward one's cell is as wide as the config says; each half of the
    bidirectional one is the widest with which it has no more parameters in all.
    """

    def chooser(both: bool, dim: int) -> Chooser:
        cell = dataclasses.replace(cells.build(config.cell), dim=dim)
        if config.dropout:
            cell = cells.Dropout(cell, config.dropout)
        return Chooser(
            vocabulary_size=vocabulary_size,
            candidates=candidates,
            embedding_dim=config.embedding_dim,
            cell=cells.Stack((cell,) * config.depth),
            both=both,
            dropout=config.dropout,
            dtype=jnp.dtype(config.compute_dtype),
        )

    def parameters(both: bool, dim: int) -> int:
        init = functools.partial(fresh, chooser(both, dim))
        return size(jax.eval_shape(init, jax.random.key(0)))

    dim = config.cell.dim
    count = functools.partial(parameters, True)
    half = bisect.bisect_right(range(dim), parameters(False, dim), 1, key=count) - 1
    found = {"forward": chooser(False, dim), "both": chooser(True, max(half, 1))}
    names = MODELS if config.direction == "compare" else (config.direction,)
    return {name: found[name] for name in names}


def fresh(model: Chooser, key: Array) -> Any:
    """Draws the parameters of a model."""
    tokens = jnp.zeros((1, 1), jnp.int32)
    return model.init(key, tokens, tokens[0], mask=tokens == 0)["params"]


def own(key: Array, name: str) -> Array:
    """Returns a model's key, the same whichever others are trained beside it."""
    return jax.random.fold_in(key, MODELS.index(name))


def baselines(source: ClozeSource, split: str) -> dict[str, float]:
    """Returns the accuracy of what is no network, on a split."""
    train, asked = source.splits["train"], source.splits[split]
    ((majority, _),) = collections.Counter(c.answer for c in train).most_common(1)
    chosen = {"the most frequent": [majority] * len(asked)}
    for side, found in blanks.answers(train, asked, source.candidates, ORDER).items():
        chosen[f"{ORDER}-gram, {side}"] = found
    truth = np.array([cloze.answer for cloze in asked])
    scores = {name: float(np.mean(truth == best)) for name, best in chosen.items()}
    if source.name == "measure_words":
        scores["expected of the left"] = 1 / len(source.candidates)
    return scores


def picture(
    path: Path,
    models: Mapping[str, float],
    others: Mapping[str, float],
    source: ClozeSource,
) -> None:
    """Draws accuracies as bars, baselines in grey."""
    bars = list((models | others).items())
    figure = Figure((8.0, 1.2 + 0.42 * len(bars)), dpi=110, layout="constrained")
    axes = figure.subplots()
    names, heights = zip(*bars, strict=True)
    colors = ["#2b6ca3"] * len(models) + ["#b5b5b5"] * len(others)
    drawn = axes.barh(names, heights, color=colors)
    axes.bar_label(drawn, [f"{height:.1%}" for height in heights], padding=4)
    axes.invert_yaxis()
    axes.set(xlim=(0.0, 1.1), xticks=np.linspace(0.0, 1.0, 6))
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(f"Which of {len(source.candidates)} fills the blank?", loc="left")
    count, name = len(source.splits["test"]), Path(source.name).name
    axes.set_xlabel(f"accuracy on {count:,} test sentences of {name}")
    figure.savefig(path)
