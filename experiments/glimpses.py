"""Visual attention: which digit is it, seen through some glimpses? (E14)

The recurrent attention model (Mnih et al., 2014): a recurrent net chooses where to
look, sees a small patch there, in one or several scales, and after some glimpses names
the digit. The class is learnt by cross-entropy, where to look by REINFORCE with a
learnt baseline: the reward is 1 for a right answer. An evaluation averages the
probabilities of several random paths; `accuracy/path` is that of a single one. Accuracy
counts; the baselines are the most frequent digit, and the nearest mean image of digits
that stay in place.
"""

import functools
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jax import Array
from ml_collections import ConfigDict

from seqnets import cells, losses, metrics, reinforce
from seqnets.baselines import nearest_mean
from seqnets.cells import Glimpse, Memory
from seqnets.data import pictures
from seqnets.data.assets import Assets
from seqnets.modules import Readout, Recurrent
from seqnets.plots import confusion
from seqnets.plots import glimpses as plots
from seqnets.tasks.array_task import ArrayTask
from seqnets.training import evaluation
from seqnets.training.config import check
from seqnets.training.fields import COUNT, NOT_NEGATIVE, POSITIVE, WIDTH, Field, common
from seqnets.training.supervised import Supervised
from seqnets.training.task import Batch, Params

SHOWN = 24  # Test images in the figure.

FIELDS = common("corpus") | {
    "canvas": Field(int, COUNT, optional=True),
    "glimpses": Field(int, COUNT),
    "size": Field(int, COUNT),
    "scales": Field(int, COUNT),
    "deviation": Field(float, POSITIVE),
    "what_dim": Field(int, WIDTH),
    "where_dim": Field(int, WIDTH),
    "glimpse_dim": Field(int, WIDTH),
    "policy_weight": Field(float, NOT_NEGATIVE),
    "paths": Field(int, COUNT),
    "paths_of_evaluation": Field(int, COUNT),
}


class Looks(NamedTuple):
    """What a net did with pictures."""

    logits: Array  # [B, K], after the last glimpse.
    places: Array  # [B, T, 2], y and x, where it looked; not clipped.
    means: Array  # [B, T, 2], where it meant to.
    baselines: Array  # [B, T], the reward it expected before each look.


class GlimpseNet(nn.Module):
    """Looks T times at pictures, and scores the classes: z = W s_T + b.

    The baseline b_t = w s_{t-1} + c is read of the state before the look at l_t, so
    that it does not depend on where that is.
    """

    recurrent: Recurrent
    readout: Readout
    expected: Readout

    def __call__(self, images: Array, noise: Array) -> Looks:
        """Looks at pictures [B, H, W] of 0 to 1, with noise [B, T, 2]."""
        _, ys = self.recurrent(noise, memory=Memory(images))
        states, means, places = jnp.split(ys, [ys.shape[-1] - 4, ys.shape[-1] - 2], -1)
        before = jnp.pad(states[:, :-1], ((0, 0), (1, 0), (0, 0)))
        baselines = self.expected(jax.lax.stop_gradient(before))[..., 0]
        return Looks(self.readout(states[:, -1]), places, means, baselines)


class Glimpses(ArrayTask, Supervised):
    """Classifies images by glimpses; see `configs/glimpses.py` for its config."""

    kind, unit = "images", "images"

    def __init__(self, config: ConfigDict, assets: Assets):
        super().__init__(config, assets)
        c = config
        self.cell = Glimpse(
            cells.build(c.cell),
            c.size,
            c.scales,
            c.deviation,
            c.what_dim,
            c.where_dim,
            c.glimpse_dim,
        )

    @property
    def classes(self) -> list[str]:
        return self.info["classes"]

    @functools.cached_property
    def shape(self) -> tuple[int, int]:
        """Height and width of what is looked at."""
        c, shape = self.config, tuple(self.info["shape"])
        if c.canvas is not None:
            if c.canvas < max(shape):
                size = " x ".join(map(str, shape))
                raise ValueError(
                    f"canvas = {c.canvas} is smaller than images of {size}"
                )
            shape = (c.canvas, c.canvas)
        if min(shape) < c.size:
            size = " x ".join(map(str, shape))
            raise ValueError(
                f"images of {size} pixels are smaller than a glimpse of {c.size} x"
                f" {c.size}: set config.size"
            )
        return shape

    @functools.cached_property
    def model(self) -> GlimpseNet:
        return GlimpseNet(Recurrent(self.cell), Readout(len(self.classes)), Readout(1))

    def init(self, key: Array) -> Params:
        noise = jnp.zeros((1, self.config.glimpses, 2))
        return self.model.init(key, jnp.zeros((1, *self.shape)), noise)["params"]

    def images(self, batch: Batch, keys: Array | None) -> Array:
        """Returns pictures [B, H, W] of 0 to 1, on the canvas where there is one.

        Args:
          keys: [B], of the places on the canvas; None puts images in the middle.
        """
        images = batch["image"].astype(self.config.compute_dtype) / 255
        room = np.array(self.shape) - images.shape[1:]
        if not room.any():
            return images
        canvas = jnp.zeros(self.shape, images.dtype)
        if keys is None:
            starts = jnp.broadcast_to(jnp.array(room // 2), (len(images), 2))
        else:
            most = jnp.array(room + 1)
            starts = jax.vmap(lambda k: jax.random.randint(k, (2,), 0, most))(keys)
        put = jax.vmap(lambda a, s: jax.lax.dynamic_update_slice(canvas, a, s))
        return put(images, starts)

    def keys(self, batch: Batch, key: Array | None) -> Array:
        """Returns a key for each row: of an evaluation, by the place of the example."""
        rows = len(batch["rows"])
        if key is not None:
            return jax.random.split(key, rows)
        places = batch["index"] if "index" in batch else jnp.zeros(rows, jnp.int32)
        fold = jax.vmap(functools.partial(jax.random.fold_in, jax.random.key(0)))
        return fold(places)

    def looks(self, params: Params, batch: Batch, key: Array | None) -> Looks:
        """Looks along several random paths, leaves [B, M, ...]."""
        c, asked = self.config, batch.get("middle") is not None
        count = c.paths_of_evaluation if key is None else c.paths
        keys = self.keys(batch, key)
        images = self.images(batch, None if asked else keys)
        shape = count, c.glimpses, 2
        draw = jax.vmap(lambda k: jax.random.normal(jax.random.fold_in(k, 1), shape))
        noise = draw(keys).reshape(-1, *shape[1:]).astype(images.dtype)
        images = jnp.repeat(images, count, 0)  # [B · M, H, W]
        found = self.model.apply({"params": params}, images, noise)
        return jax.tree.map(lambda a: a.reshape(-1, count, *a.shape[1:]), found)

    def outputs(self, params, batch, key):
        """Returns the logarithm of the mean probabilities [B, K]; where it looked."""
        found = self.looks(params, batch, key)
        return average(found.logits), found.places

    def loss(self, params, state, batch, key):
        """Cross-entropy, and for training the losses of REINFORCE beside it.

        L = Σ_m (-ln p_m(label) + λ L_π,m + L_b,m) / M, over M paths
        """
        labels, rows = batch["label"], batch["rows"]
        found = self.looks(params, batch, key)
        count = found.logits.shape[1]
        every = jnp.repeat(labels[:, None], count, 1)
        mask = jnp.repeat(rows[:, None], count, 1)
        right = metrics.accuracy(found.logits, every, mask)
        if key is None:
            logits = average(found.logits)
            nats = losses.cross_entropy(logits, labels, rows)
            accuracy = metrics.accuracy(logits, labels, rows)
            sums = {"loss": nats, "accuracy": accuracy, "accuracy/path": right}
            return losses.mean(*nats), (state, sums)
        single = losses.cross_entropy(found.logits, every, mask)
        deviation = self.config.deviation
        log_probs = reinforce.gaussian_log_density(found.places, found.means, deviation)
        rewards = (found.logits.argmax(-1) == every).astype(log_probs.dtype)
        policy, expected = reinforce.surrogate(log_probs, rewards, found.baselines)
        extra = losses.total(self.config.policy_weight * policy + expected, mask)
        # As many examples as rows, whatever the number of paths.
        sums = {"loss": (single[0] / count, single[1] / count), "accuracy": right}
        return losses.mean(*single) + losses.mean(*extra), (state, sums)

    def read(self, line: str) -> tuple[tuple[str, ...], dict[str, Any]] | None:
        """Reads the path of an image file, or pixels; see `pictures.read`.

        A page as large as the canvas is taken as it is, wherever on it the digit is.
        """
        line = line.strip()
        if not line:
            return None
        size, least = pictures.size(line), self.config.size
        if size is not None and min(size) < least:
            raise ValueError(
                f"{line}: a picture of {size[0]} x {size[1]} pixels is smaller than a"
                f" glimpse of {least} x {least}"
            )
        shape = self.shape if size == self.shape else tuple(self.info["shape"])
        return (), {"image": pictures.read(line, shape)}

    def collate(self, example: dict[str, Any]) -> Batch:
        one = np.ones(1, bool)
        return {"image": example["image"][None], "rows": one, "middle": one}

    def verdict(self, line, words, p, weights):
        return super().verdict(line, words, p, None)  # Places are no weights of words.

    def baselines(self) -> dict[str, float]:
        """Returns the accuracy on the validation split of two trivial methods."""
        train, valid = self.dataset.train.columns, self.dataset.valid.columns
        most = np.bincount(train.label).argmax()
        nearest = nearest_mean.predict(train.image, train.label, valid.image)
        return {
            "most frequent class": float(np.mean(valid.label == most)),
            "nearest mean image, in place": float(np.mean(valid.label == nearest)),
        }

    def report(self, params: Params, directory: Path) -> None:
        """Draws the paths of glimpses over test images, and a confusion matrix."""
        tested = self.test(params)
        counts = tested.confusion(len(self.classes))
        confusion.draw(directory / "confusion.png", counts, self.classes)
        batches = self.batches("test")
        shown = evaluation.answers(self._shown, params, [next(batches)])[:SHOWN]
        names = []
        for i in range(len(shown)):
            predicted, right = tested.predictions[i], tested.targets[i]
            name = self.classes[predicted]
            wrong = predicted != right
            names.append(f"{name}, not {self.classes[right]}" if wrong else name)
        title = (
            f"Paths of glimpses; {np.mean(tested.predictions == tested.targets):.2%}"
        )
        plots.draw(
            directory / "paths.png",
            [image for image, _ in shown],
            [places[0] for _, places in shown],
            names,
            f"{title} of test images are right",
            size=self.config.size,
            scales=self.config.scales,
        )

    def _shown(self, params: Params, batch: Batch) -> tuple[Array, Array]:
        """Returns the pictures that are looked at, and where, [B, M, T, 2]."""
        images = self.images(batch, self.keys(batch, None))
        return images, self.looks(params, batch, None).places


def average(logits: Array) -> Array:
    """Returns the log of the mean probabilities of M paths, [B, K] of [B, M, K]."""
    log_p = jax.nn.log_softmax(logits)
    return jax.nn.logsumexp(log_p, 1) - jnp.log(log_p.shape[1])


def build(config: ConfigDict, workdir: str | Path | None = None) -> Glimpses:
    """Builds the task of `configs/glimpses.py`; see `experiments.build`."""
    check(config, FIELDS)
    return Glimpses(config, Assets(workdir))
