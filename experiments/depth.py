"""Training loss against depth: plain, highway and residual stacks (A12, E22).

The same digits are learned by nets of every kind and depth, side by side, from the same
batches; each has a loss of its own, so that none hears of the others. Asked is whether
a net can be trained at all: its training loss counts, and a net that cannot stays at
that of a guess among K classes, ln K (Srivastava et al., 2015). A picture shows it.
"""

import functools
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array
from matplotlib.figure import Figure
from ml_collections import ConfigDict

from experiments import digits
from seqnets import feedforward, losses, metrics
from seqnets.data import batching, files, images
from seqnets.data.fixed import Fixed
from seqnets.training.task import Sums, Task, means

COLORS = {"plain": "#808080", "highway": "#c03020", "residual": "#2060a0"}
ASKED = 2000  # Training images whose loss the picture shows.


def build(config: ConfigDict, workdir: str | Path | None = None) -> Task:
    """Assembles the task that a config such as `configs/depth.py` describes.

    Args:
      config: see `configs/depth.py` for every field.
      workdir: a run folder, which remembers where its data was.

    Raises:
      ValueError: for options that there are not.
    """
    build_nets(config, 1)  # Bad options are refused before any data is read.
    corpus, data_dir = files.remembered(config.corpus, config.data_dir, workdir)
    dtype = jnp.dtype(config.compute_dtype)

    @functools.cache
    def data() -> images.Splits:
        return images.load(corpus, data_dir=data_dir)

    @functools.cache
    def nets() -> dict[str, feedforward.FeedForward]:
        return build_nets(config, images.classes(data()))

    @functools.cache
    def rows(split: str) -> Fixed:
        return fixed(data()[split], config, shuffle=split == "train")

    def init(key: Array) -> Any:
        pixels = data()["train"].images[0].size
        # From one key, so that nets of all kinds and depths share their first layer.
        return {name: net.init(key, pixels) for name, net in nets().items()}

    def loss(params, state, batch, key):
        del key  # Nothing is drawn.
        xs = batch["images"].astype(dtype) / 255
        xs = xs.reshape(len(xs), -1)
        label, real = batch["label"], batch["rows"]
        sums = {}
        for name, net in nets().items():
            logits = net.apply(params[name], xs)
            sums[f"loss_{name}"] = losses.cross_entropy(logits, label, real)
            sums[f"accuracy_{name}"] = metrics.accuracy(logits, label, real)
        total = sum(sums[f"loss_{name}"][0] for name in nets())
        return total / jnp.maximum(real.sum(), 1), (state, sums)

    def batches(split: str, start: int = 0) -> Iterator[batching.Batch]:
        return rows(split).batches(start, None if split == "train" else 1)

    def report(params: Any, directory: Path) -> None:
        evaluate = jax.jit(lambda params, batch: loss(params, (), batch, None)[1][1])
        train = data()["train"]
        asked = images.Images(train.images[:ASKED], train.labels[:ASKED])
        asked = fixed(asked, config, shuffle=False).batches(epochs=1)
        parts = [jax.device_get(evaluate(params, batch)) for batch in asked]
        found = means(jax.tree.map(lambda *sums: float(sum(sums)), *parts))
        names = [(kind, depth) for kind in config.kinds for depth in config.depths]
        lines = ["kind\tdepth\tloss\taccuracy"]
        for kind, depth in names:
            values = (found[f"{what}_{kind}_{depth}"] for what in ("loss", "accuracy"))
            lines.append("\t".join([kind, f"{depth}", *(f"{v:.4f}" for v in values)]))
        path = directory / "depth.tsv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        curves = {
            kind: [found[f"loss_{kind}_{depth}"] for depth in config.depths]
            for kind in config.kinds
        }
        guess = math.log(images.classes(data()))
        draw(directory / "depth.png", config.depths, curves, guess)

    return Task(
        init=init,
        loss=loss,
        batches=batches,
        steps_per_epoch=lambda: rows("train").steps_per_epoch,
        unit="images",
        finish=finish,
        report=report,
        save=lambda folder: files.remember(
            corpus, data_dir, folder, known=images.KNOWN
        ),
    )


def build_nets(config: ConfigDict, classes: int) -> dict[str, feedforward.FeedForward]:
    """Returns a stack of each of the config's `kinds` and `depths`, by name.

    Raises:
      ValueError: for options that there are not.
    """
    nets = {
        f"{kind}_{depth}": digits.build_stack(config, kind, depth, classes)
        for kind in config.kinds
        for depth in config.depths
    }
    if not nets:
        raise ValueError("kinds and depths must name one each at least")
    return nets


def fixed(data: images.Images, config: ConfigDict, *, shuffle: bool) -> Fixed:
    """Returns batches of images and their classes."""
    examples = {"images": data.images, "label": data.labels}
    return Fixed(examples, config.batch_size, seed=config.seed, shuffle=shuffle)


def finish(sums: Sums) -> dict[str, float]:
    """Returns each net's loss and accuracy, and as "loss" the mean of all losses."""
    found = means(sums)
    all_ = [value for name, value in found.items() if name.startswith("loss_")]
    return {"loss": sum(all_) / len(all_)} | found


def draw(
    path: Path, depths: list[int], curves: Mapping[str, list[float]], guess: float
) -> None:
    """Draws losses against depth.

    Args:
      path: the PNG.
      depths: of the nets.
      curves: by kind of layer, the losses at these depths.
      guess: the loss of a guess.
    """
    figure = Figure((6.4, 4.2), dpi=110, layout="constrained")
    axes = figure.subplots()
    axes.axhline(guess, color="black", linestyle=":", linewidth=1)
    axes.annotate(
        "a guess", (0, guess), (4, 4), xycoords=("axes fraction", "data"),
        textcoords="offset points", size=9,
    )  # fmt: skip
    for kind, values in curves.items():
        axes.plot(depths, values, "o-", color=COLORS[kind], label=kind)
    axes.set_yscale("log")
    axes.set_ylim(top=3 * guess)
    axes.set_xticks(depths)
    axes.set(
        xlabel="hidden layers",
        ylabel="training loss, nats",
        title="Which deep nets can be trained?",
    )
    axes.legend(frameon=False)
    figure.savefig(path)
