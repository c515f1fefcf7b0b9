"""Handwritten digits, from softmax regression to an RNN that reads pixels (E22).

Which of ten digits is this? MNIST (LeCun et al., 1998); accuracy counts. An image is
read as a whole, by a perceptron, a multilayer one or a deep stack of plain, highway
(Srivastava et al., 2015) or residual layers (He et al., 2016); or a cell reads it row
by row, or pixel by pixel (Le et al., 2015), also in a permuted order. The trivial
baselines are the most frequent digit and the class whose mean image is nearest. The
default digits are drawn from a small stroke font.
"""

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jax import Array
from ml_collections import ConfigDict

from seqnets import cells, feedforward, initializers, losses, metrics
from seqnets.data import batching, files, images
from seqnets.data.fixed import Fixed
from seqnets.modules.recurrent import Recurrent
from seqnets.naming import nearest
from seqnets.pictures import confusion, sheets
from seqnets.training.task import Task

READINGS = ("whole", "rows", "pixels")
NETS = ("mlp", "plain", "highway", "residual")
SHOWN = 96  # Images in a picture.


class Classifier(nn.Module):
    """Scores the classes of images, pixels [B, height, width].

    whole:          z = net(x), x all pixels
    rows, pixels:   z = net(h_T), h_T what a cell holds that has read them one by one

    Attributes:
      net: ends with the scores.
      cell: reads the sequence; None where the image is read as a whole.
      reading: one of `READINGS`.
      permutation: seed of the order in which pixels are read; None = line by line.
      dtype: in which it computes.
    """

    net: feedforward.FeedForward
    cell: cells.Cell | None
    reading: str
    permutation: int | None
    dtype: Any

    @nn.compact
    def __call__(self, pixels: Array) -> Array:
        """Returns logits [B, K]."""
        xs = pixels.astype(self.dtype) / 255
        if self.reading == "rows":
            vector = self.read(xs)
        else:
            xs = xs.reshape(len(xs), -1)  # [B, height · width]
            if self.permutation is not None:
                rng = np.random.default_rng(self.permutation)
                xs = xs[:, rng.permutation(xs.shape[1])]
            vector = self.read(xs[..., None]) if self.reading == "pixels" else xs
        params = self.param("net", self.net.init, vector.shape[-1])
        return self.net.apply(params, vector)

    def read(self, xs: Array) -> Array:
        """Returns what the cell holds after xs [B, T, D]: [B, H]."""
        state, _ = Recurrent(self.cell, name="recurrent")(xs)
        return state.h.astype(self.dtype)


def build(config: ConfigDict, workdir: str | Path | None = None) -> Task:
    """Assembles the task that a config such as `configs/digits.py` describes.

    Args:
      config: see `configs/digits.py` for every field.
      workdir: a run folder, which remembers where its data was.

    Raises:
      ValueError: for options that there are not, or that do not go together.
    """
    check(config)
    cell = None if config.reading == "whole" else cells.build(config.cell)
    corpus, data_dir = files.remembered(config.corpus, config.data_dir, workdir)
    score = LOSSES[config.loss]

    @functools.cache
    def data() -> images.Splits:
        return images.load(corpus, data_dir=data_dir)

    @functools.cache
    def model() -> Classifier:
        return Classifier(
            net=build_net(config, images.classes(data())),
            cell=cell,
            reading=config.reading,
            permutation=config.permutation,
            dtype=jnp.dtype(config.compute_dtype),
        )

    @functools.cache
    def rows(split: str) -> Fixed:
        return Fixed(
            {"images": data()[split].images, "label": data()[split].labels},
            config.batch_size,
            seed=config.seed,
            shuffle=split == "train",
        )

    def init(key: Array) -> Any:
        params = model().init(key, data()["train"].images[:1])["params"]
        if config.chrono is None:
            return params
        key = jax.random.fold_in(key, 1)
        own = initializers.chrono(
            params["recurrent"]["cell"], cell.gates, key, config.chrono
        )
        return params | {"recurrent": {"cell": own}}

    def loss(params, state, batch, key):
        del key  # Nothing is drawn.
        logits = model().apply({"params": params}, batch["images"])
        label, real = batch["label"], batch["rows"]
        total, count = score(logits, label, real)
        right = metrics.accuracy(logits, label, real)
        sums = {"loss": (total, count), "accuracy": right}
        return losses.mean(total, count), (state, sums)

    def batches(split: str, start: int = 0) -> Iterator[batching.Batch]:
        return rows(split).batches(start, None if split == "train" else 1)

    @jax.jit
    def answer(params, pixels):
        return model().apply({"params": params}, pixels).argmax(-1)

    def scores(params: Any, split: str, limit: int | None) -> dict[str, float]:
        del split, limit
        return {"parameters": initializers.size(params)}

    def report(params: Any, directory: Path) -> None:
        test = data()["test"]
        answers = [answer(params, batch["images"]) for batch in batches("test")]
        answers = np.concatenate(answers)[: len(test.labels)]
        right = answers == test.labels

        def sheet(name: str, which: np.ndarray, title: str) -> None:
            pairs = zip(answers[which], test.labels[which], strict=True)
            captions = [f"{a}" if a == b else f"{a}, not {b}" for a, b in pairs]
            marked, path = ~right[which], directory / name
            sheets.draw(path, test.images[which], captions, title, marked=marked)

        first, wrong = np.arange(len(right))[:SHOWN], np.flatnonzero(~right)
        title = f"Test images and what they are taken for; {right.mean():.2%} are right"
        sheet("digits.png", first, title)
        if len(wrong):
            shown = wrong[:SHOWN]
            title = f"Mistakes, {len(shown)} of {len(wrong)}"
            sheet("mistakes.png", shown, title)
        labels = [str(i) for i in range(images.classes(data()))]
        counts = np.zeros((len(labels), len(labels)))
        np.add.at(counts, (test.labels, answers), 1)
        confusion.draw(directory / "confusion.png", counts, labels)
        if (config.reading, config.net, *config.hidden_dims) == ("whole", "mlp"):
            weights = np.asarray(params["net"][0].w).T
            sheets.draw(
                directory / "weights.png",
                weights.reshape(-1, *test.images.shape[1:]),
                labels,
                "Ink on blue speaks for a class, ink on red against it",
                columns=5,
            )

    return Task(
        init=init,
        loss=loss,
        batches=batches,
        steps_per_epoch=lambda: rows("train").steps_per_epoch,
        unit="images",
        goal=("valid", "accuracy", "max"),
        baselines=lambda: baselines(data()),
        report=report,
        scores=scores,
        save=lambda folder: files.remember(
            corpus, data_dir, folder, known=images.KNOWN
        ),
    )


def check(config: ConfigDict) -> None:
    """Raises ValueError for options that there are not, or do not go together."""
    for name, choices in (("reading", READINGS), ("net", NETS), ("loss", LOSSES)):
        value = config[name]
        if value not in choices:
            raise ValueError(f"no {name} {value!r}{nearest(value, choices)}")
    if config.chrono is not None and (
        config.reading == "whole" or config.cell.name != "LSTM"
    ):
        raise ValueError("chrono is a start for an LSTM that reads rows or pixels")
    if config.permutation is not None and config.reading == "rows":
        raise ValueError("a permutation is of pixels; reading='rows' has no use for it")
    build_net(config, 1)


def build_net(config: ConfigDict, classes: int) -> feedforward.FeedForward:
    """Returns what scores classes.

    Raises:
      ValueError: for options that there are not.
    """
    if config.net != "mlp":
        return build_stack(config, config.net, config.depth, classes)
    dims = (*config.hidden_dims, classes)
    return feedforward.MLP(dims, config.activation, config.initial)


def build_stack(
    config: ConfigDict, kind: str, depth: int, classes: int
) -> feedforward.Stack:
    """Returns a deep net of one kind of layer.

    It has `depth` hidden layers: a plain one that makes its input as wide as the
    others, and then those of its kind (Srivastava et al., 2015).

    Args:
      config: `width`, `activation`, `initial`, `gate_update` and `gate_bias`.
      kind: plain, highway or residual.
      depth: at least 2.
      classes: K, the width of the linear layer on top.

    Raises:
      ValueError: for options that there are not.
    """
    width, activation, initial = config.width, config.activation, config.initial
    first = feedforward.Layer(width, activation, initial)
    match kind:
        case "plain":
            layer = first
        case "highway":
            gate = config.gate_update, config.gate_bias
            layer = feedforward.Highway(width, activation, *gate, initial)
        case "residual":
            layer = feedforward.Residual(width, activation, initial)
        case _:
            raise ValueError(f"no kind of layer {kind!r}{nearest(kind, NETS[1:])}")
    if depth < 2:
        raise ValueError(f"a {kind} stack has at least 2 layers, not {depth}")
    deep = feedforward.Deep(layer, depth - 1)
    return feedforward.Stack((first, deep, feedforward.MLP((classes,))))


def perceptron(
    logits: Array, targets: Array, mask: Array | None = None
) -> tuple[Array, Array]:
    """Sums how far the highest score is above the target's (Rosenblatt, 1958).

    L = Σ max(0, max_j z_j - z_y), for several classes. Its gradient is zero where the
    target wins, so that one step of rate 1 on one example is the perceptron rule.

    Args:
      As for `losses.cross_entropy`.

    Returns:
      The sum and the number of targets, float32 scalars.
    """
    own = jnp.take_along_axis(logits, targets[..., None], -1)[..., 0]
    return losses.total((logits.max(-1) - own).astype(jnp.float32), mask)


LOSSES = {"cross_entropy": losses.cross_entropy, "perceptron": perceptron}


def baselines(data: images.Splits) -> dict[str, float]:
    """Returns the accuracy on the validation split of what hardly looks."""
    train, valid = data["train"], data["valid"]
    ids = np.unique(train.labels)
    flat = valid.images.reshape(len(valid.images), -1).astype(np.float32)
    means = np.stack([train.images[train.labels == i].mean(0).ravel() for i in ids])
    # |x - m|² without |x|², which is the same for all classes.
    nearest_id = ids[np.argmin((means**2).sum(1) - 2 * flat @ means.T, 1)]
    most = np.bincount(train.labels).argmax()
    return {
        "most frequent class": float(np.mean(valid.labels == most)),
        "nearest mean image": float(np.mean(valid.labels == nearest_id)),
    }
