"""Handwritten digits, from softmax regression to an RNN that scans pixels (E22).

Which of ten digits is this? MNIST (LeCun et al., 1998); accuracy counts. An image is
seen as a whole, by a perceptron, a multilayer one, layers of convolution (LeCun et al.,
1998) or a deep stack of plain, highway (Srivastava et al., 2015) or residual layers (He
et al., 2016); or a cell scans it row by row, or pixel by pixel (Le et al., 2015), also
in a permuted order. The trivial
baselines are the most frequent digit and the class whose mean image is nearest. The
default digits are drawn from a small stroke font.
"""

import functools
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jax import Array
from ml_collections import ConfigDict

from seqnets import cells, feedforward, initializers, losses
from seqnets.baselines import nearest_mean
from seqnets.convolution2d import Convolutions
from seqnets.data import pictures
from seqnets.data.assets import Assets
from seqnets.modules import SequenceEncoder
from seqnets.plots import confusion, image_grid
from seqnets.tasks import picture_nets
from seqnets.tasks.array_task import ArrayTask
from seqnets.training import config as configs
from seqnets.training.fields import ANY, INDEX, WIDTH, Field, at_least, common
from seqnets.training.supervised import Supervised
from seqnets.training.task import Batch, Task

SCANS = ("whole", "rows", "pixels")
NETS = ("mlp", "convolution", "plain", "highway", "residual")
LOSSES = {"cross_entropy": losses.cross_entropy, "perceptron": losses.perceptron}
SHOWN = 96  # Images in a figure.

# Of a deep stack; `depth` has them, too.
STACK = common("width") | {
    "gate_update": Field(str, ("new", "old")),
    "gate_bias": Field(float),
    "activation": Field(str, feedforward.ACTIVATIONS),
    "initial": Field(str, feedforward.INITIAL),
}
FIELDS = (
    common("corpus", "depth")
    | STACK
    | picture_nets.LAYERS
    | {
        "scan": Field(str, SCANS),
        "permutation": Field(int, INDEX, optional=True),
        "chrono": Field(int, at_least(3), optional=True),
        "net": Field(str, NETS),
        "hidden_dims": Field(int, WIDTH, many=ANY),
        "loss": Field(str, LOSSES),
    }
)


class Classifier(nn.Module):
    """Scores the classes of images, pixels [B, height, width].

    whole:          z = net(x), x all pixels, or the features of layers of convolution
    rows, pixels:   z = net(h_T), h_T the state of a cell that has scanned them

    Attributes:
      net: ends with the scores.
      cell: scans the rows or the pixels; None where the image is seen as a whole.
      scan: one of `SCANS`.
      permutation: seed of the order in which pixels are scanned; None = line by line.
      dtype: in which it computes.
      layers: of convolution, where there are any.
    """

    net: feedforward.FeedForward
    cell: cells.Cell | None
    scan: str = "whole"
    permutation: int | None = None
    dtype: Any = jnp.float32
    layers: Convolutions | None = None

    @nn.compact
    def __call__(self, pixels: Array) -> Array:
        """Returns logits [B, K]."""
        xs = pixels.astype(self.dtype) / 255
        if self.layers is not None:
            xs = self.layers.apply(
                self.param("layers", self.layers.init, 1), xs[..., None]
            )
        if self.scan != "rows":
            xs = xs.reshape(len(xs), -1)  # [B, height · width]
        if self.permutation is not None:
            rng = np.random.default_rng(self.permutation)
            xs = xs[:, rng.permutation(xs.shape[1])]
        if self.scan == "pixels":
            xs = xs[..., None]
        if self.cell is not None:
            xs, _ = SequenceEncoder(self.cell, name="encoder")(xs)
        params = self.param("net", self.net.init, xs.shape[-1])
        return self.net.apply(params, xs)


class ImageClassifier(ArrayTask, Supervised):
    """Classifies images by a `model` that a subclass has.

    Attributes:
      model: Flax module; `model(pixels [B, height, width])` are logits [B, K].
    """

    kind, unit = "images", "images"
    model: Any

    @property
    def classes(self) -> list[str]:
        return self.info["classes"]

    def init(self, key: Array) -> Any:
        pixels = np.zeros((1, *self.info["shape"]), np.uint8)
        return self.model.init(key, pixels)["params"]

    def outputs(self, params, batch, key):
        del key  # Nothing is drawn.
        return self.model.apply({"params": params}, batch["image"]), None

    def read(self, line: str) -> tuple[tuple[str, ...], dict[str, Any]] | None:
        """Reads the path of an image file, or pixels; see `pictures.read`."""
        if not line.strip():
            return None
        return (), {"image": pictures.read(line.strip(), tuple(self.info["shape"]))}

    def collate(self, example: dict[str, Any]) -> Batch:
        return {"image": example["image"][None]}

    def baselines(self) -> dict[str, float]:
        """Returns the accuracy on the validation split of two trivial methods."""
        train, valid = self.dataset.train.columns, self.dataset.valid.columns
        most = np.bincount(train.label).argmax()
        nearest = nearest_mean.predict(train.image, train.label, valid.image)
        return {
            "most frequent class": float(np.mean(valid.label == most)),
            "nearest mean image": float(np.mean(valid.label == nearest)),
        }

    def report(self, params: Any, directory: Path) -> None:
        """Draws test images, mistakes and a confusion matrix."""
        tested, pixels = self.test(params), self.dataset.test.columns.image
        right = tested.predictions == tested.targets

        def grid(name: str, which: np.ndarray, title: str) -> None:
            pairs = zip(tested.predictions[which], tested.targets[which], strict=True)
            names = ((self.classes[a], self.classes[b]) for a, b in pairs)
            captions = [a if a == b else f"{a}, not {b}" for a, b in names]
            marked, path = ~right[which], directory / name
            image_grid.draw(path, pixels[which], captions, title, marked=marked)

        title = f"Test images and their predictions; {right.mean():.2%} are right"
        grid("digits.png", np.arange(len(right))[:SHOWN], title)
        wrong = np.flatnonzero(~right)
        if len(wrong):
            title = f"Mistakes, {len(wrong[:SHOWN])} of {len(wrong)}"
            grid("mistakes.png", wrong[:SHOWN], title)
        counts = tested.confusion(len(self.classes))
        confusion.draw(directory / "confusion.png", counts, self.classes)


class Digits(ImageClassifier):
    """Classifies images; see `configs/digits.py` for the fields of its config."""

    def __init__(self, config: ConfigDict, assets: Assets):
        """Checks the options; see `check`."""
        super().__init__(config, assets)
        check(config)
        self.cell = None if config.scan == "whole" else cells.build(config.cell)
        self.criterion = LOSSES[config.loss]

    @functools.cached_property
    def model(self) -> Classifier:
        c, net = self.config, build_net(self.config, len(self.classes))
        dtype = jnp.dtype(c.compute_dtype)
        layers = picture_nets.build(c) if c.net == "convolution" else None
        return Classifier(net, self.cell, c.scan, c.permutation, dtype, layers)

    def init(self, key: Array) -> Any:
        params = super().init(key)
        longest = self.config.chrono
        if longest is None:
            return params
        own, key = params["encoder"]["cell"], jax.random.fold_in(key, 1)
        own = initializers.chrono(own, self.cell.gates, key, longest)
        return params | {"encoder": {"cell": own}}

    def report(self, params: Any, directory: Path) -> None:
        """Draws test images, mistakes, a confusion matrix, and linear weights."""
        super().report(params, directory)
        config = self.config
        if (config.scan, config.net, *config.hidden_dims) == ("whole", "mlp"):
            weights = np.asarray(params["net"][0].w).T
            image_grid.draw(
                directory / "weights.png",
                weights.reshape(-1, *self.info["shape"]),
                self.classes,
                "Ink on blue speaks for a class, ink on red against it",
                columns=5,
            )


def build(config: ConfigDict, workdir: str | Path | None = None) -> Task:
    """Builds the task of `configs/digits.py`; see `experiments.build`."""
    configs.check(config, FIELDS)
    return Digits(config, Assets(workdir))


def check(config: ConfigDict) -> None:
    """Raises ValueError for options that do not go together."""
    if config.chrono is not None and (
        config.scan == "whole" or config.cell.name != "LSTM"
    ):
        raise ValueError("chrono is a start for an LSTM that scans rows or pixels")
    if config.permutation is not None and config.scan == "rows":
        raise ValueError("a permutation is of pixels; scan='rows' has no use for it")
    if config.net == "convolution":
        if config.scan != "whole" or config.permutation is not None:
            raise ValueError("net=convolution needs scan=whole, and no permutation")
        picture_nets.build(config)
    build_net(config, 1)


def build_net(config: ConfigDict, classes: int) -> feedforward.FeedForward:
    """Returns the net that scores K classes.

    A stack has `depth` hidden layers: a plain one that makes its input as wide as the
    others, and then those of its kind (Srivastava et al., 2015).

    Args:
      config: `net`; `hidden_dims` of an mlp, which also reads convolutions; `depth`, at
        least 2, `width`, and for a highway `gate_update` and `gate_bias`, of a stack;
        `activation` and `initial`.
      classes: K.

    Raises:
      ValueError: for options that there are not.
    """
    width, activation, initial = config.width, config.activation, config.initial
    if config.net in ("mlp", "convolution"):
        return feedforward.MLP((*config.hidden_dims, classes), activation, initial)
    first = feedforward.Layer(width, activation, initial)
    match config.net:
        case "plain":
            layer = first
        case "highway":
            gate = config.gate_update, config.gate_bias
            layer = feedforward.Highway(width, activation, *gate, initial)
        case "residual":
            layer = feedforward.Residual(width, activation, initial)
    if config.depth < 2:
        raise ValueError(
            f"a {config.net} stack has at least 2 layers, not {config.depth}"
        )
    deep = feedforward.Deep(layer, config.depth - 1)
    return feedforward.Stack((first, deep, feedforward.MLP((classes,))))
