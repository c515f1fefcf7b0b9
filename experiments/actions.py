"""Actions in video: what does somebody, or something, do? (E18)

Frames are skeletons, read flat or part by part of the body (Du et al., 2015), or small
pictures, read by convolution and then a recurrence, or by a convolutional LSTM (Shi et
al., 2015). There is one answer for the whole, the mean of the scores over the frames,
or one for each frame that knows none after it. Accuracy counts; the baselines are the
most frequent answer and the class whose mean video is nearest. The default digits move
on a small page; see `seqnets.datasets.moving_digits`.
"""

import collections
import functools
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from ml_collections import ConfigDict

from seqnets import cells, datasets, losses, metrics
from seqnets.baselines import nearest_mean
from seqnets.convolution2d import Convolutions
from seqnets.data import buckets, skeletons, tsv
from seqnets.data.assets import Assets
from seqnets.datasets import motions
from seqnets.datasets.dataset import Dataset
from seqnets.datasets.motions import Motion
from seqnets.modules import DIRECTIONS, Readout
from seqnets.modules.frame_classifier import NETS, FrameClassifier
from seqnets.plots import confusion
from seqnets.plots import frames as frame_plots
from seqnets.skeleton_augmentation import augment
from seqnets.training import evaluation
from seqnets.training.config import check
from seqnets.training.fields import (
    COUNT,
    FRACTION,
    NOT_NEGATIVE,
    WIDTH,
    Field,
    Rule,
    common,
    rows_of,
)
from seqnets.training.supervised import Supervised
from seqnets.training.task import Batch, Params

ANSWERS = ("whole", "frames")
RAGGED = {"frames": "mask"}
STEPS = 10  # Frames to which videos are brought for the nearest mean.
SHOWN = 4  # Test videos that have a picture.
EACH = Rule("one or more", lambda v: len(v) > 0)

FIELDS = common("corpus", "limit", "buckets", "depth", "dropout") | {
    "held_out": Field(int, COUNT, optional=True),
    "answers": Field(str, ANSWERS),
    "net": Field(str, NETS),
    "direction": Field(str, DIRECTIONS),
    "channels": Field(int, WIDTH, many=EACH),
    "strides": Field(int, COUNT, many=EACH),
    "rotate": Field(float, NOT_NEGATIVE),
    "stretch": Field(float, FRACTION),
    "speed": Field(float, FRACTION),
    "noise": Field(float, NOT_NEGATIVE),
}


class Actions(Supervised):
    """Classifies movements; see `configs/actions.py` for the fields of its config."""

    unit = "videos"

    def __init__(self, config: ConfigDict, assets: Assets):
        """Checks the options that go together."""
        super().__init__()
        self.config, self.assets = config, assets
        self.cell = cells.build(config.cell)
        self.convolutions = Convolutions(tuple(config.channels), tuple(config.strides))
        if config.net == "conv_lstm" and len(config.channels) < 2:
            raise ValueError(
                "net=conv_lstm needs two channels or more, those of what it reads and"
                f" last its own: not channels={tuple(config.channels)}"
            )
        if config.answers == "frames" and config.direction == "both":
            raise ValueError(
                "with direction=both an answer to a frame knows those after it:"
                " answers=frames needs direction=forward"
            )
        if config.dropout:
            self.cell = cells.Dropout(self.cell, config.dropout)
        if config.corpus == "msr_action3d" and config.held_out is None:
            self.goal = None  # Who validates trains as well: the last parameters count.

    @functools.cached_property
    def dataset(self) -> Dataset:
        c = self.config
        options = {"assets": self.assets, "held_out": c.held_out}
        return datasets.load(c.corpus, "motions", c.data_dir, **options)

    @functools.cached_property
    def info(self) -> dict[str, Any]:
        """The classes and the shape of a frame, kept in the run folder."""
        return self.assets.keep(
            "motions.json",
            lambda: self.dataset.info,
            check=lambda info: (
                isinstance(info, dict) and {"classes", "shape"} <= {*info}
            ),
        )

    @property
    def classes(self) -> list[str]:
        return self.info["classes"]

    @property
    def skeletal(self) -> bool:
        """Whether frames are skeletons, by the net that reads them."""
        return self.config.net in ("flat", "parts")

    @functools.cached_property
    def model(self) -> FrameClassifier:
        c, shape = self.config, self.info["shape"]
        if c.net != "vectors" and self.skeletal != (shape[1] == 3):
            size = " x ".join(map(str, shape))
            what = "joints x 3" if self.skeletal else "pictures"
            raise ValueError(f"net={c.net} reads {what}, not frames of {size}")
        if c.net == "parts" and shape[0] != skeletons.JOINTS:
            raise ValueError(
                f"net=parts reads the {skeletons.JOINTS} joints of a Kinect, not"
                f" {shape[0]}: take net=flat"
            )
        return FrameClassifier(
            c.net,
            self.cell,
            c.depth,
            c.direction,
            self.convolutions,
            Readout(len(self.classes), c.dropout),
            jnp.dtype(c.compute_dtype),
        )

    def init(self, key: Array) -> Params:
        frames = jnp.zeros((1, 1, *self.info["shape"]))
        return self.model.init(key, frames, jnp.ones((1, 1), bool))["params"]

    def encode(self, motion: Motion) -> dict[str, np.ndarray]:
        """Returns frames [T, ., .] and their labels, [T] or []."""
        frames = motion.frames[: self.config.limit]
        if self.skeletal:
            # An answer to a frame must not know of those that come later.
            like = frames[:1] if self.config.answers == "frames" else frames
            frames = skeletons.normalised(frames, like)
        ids = [self.classes.index(label) for label in motion.labels]
        if self.config.answers == "whole":
            if len(set(ids)) > 1:
                raise ValueError("labels that change need config.answers=frames")
            return {"frames": frames, "label": np.int32(ids[0] if ids else 0)}
        labels = (ids * len(frames) if len(ids) == 1 else ids)[: len(frames)]
        return {"frames": frames, "label": np.array(labels, np.int32)}

    @property
    def ragged(self) -> dict[str, str]:
        frames = self.config.answers == "frames"
        return RAGGED | ({"label": "mask"} if frames else {})

    def make_batches(self, split: str) -> buckets.BucketedBatches:
        c, train, found = self.config, split == "train", self.dataset[split]
        cut = sum(len(motion.frames) > c.limit for motion in found)
        buckets.report_cuts(cut, len(found), split, "movements", c.limit)
        rows = rows_of(c, split)
        order = {"buckets": c.buckets, "seed": c.seed, "shuffle": train}
        examples = list(map(self.encode, found))
        return buckets.BucketedBatches(examples, rows, ragged=self.ragged, **order)

    def outputs(self, params, batch, key):
        """Returns the mean of the frames' logits, [B, K], and these, [B, T, K]."""
        mask = batch["mask"]
        frames = batch["frames"], mask
        logits = self.model.apply({"params": params}, *frames, key)
        kept = jnp.where(mask[..., None], logits, 0.0)
        count = jnp.maximum(mask.sum(1, keepdims=True), 1)
        return kept.sum(1) / count, logits

    def loss(self, params, state, batch, key):
        """Cross-entropy and accuracy of whole videos, or of every frame.

        Training varies skeletons anew; see `augment`.
        """
        if key is not None and self.skeletal:
            key, own = jax.random.split(key)
            batch = augment(own, batch, self.config)
        whole, logits = self.outputs(params, batch, key)
        rows, labels = batch["rows"], batch["label"]
        if self.config.answers == "frames":
            whole, rows = logits, batch["mask"] & rows[:, None]
        nats = losses.cross_entropy(whole, labels, rows)
        sums = {"loss": nats, "accuracy": metrics.accuracy(whole, labels, rows)}
        return losses.mean(*nats), (state, sums)

    def _answer(self, params: Params, batch: Batch) -> tuple[Array, Any]:
        whole, _ = self.outputs(params, batch, None)
        return jax.nn.softmax(whole), None

    def _frames(self, params: Params, batch: Batch) -> Array:
        """Returns the probabilities of the classes at each frame, [B, T, K].

        Of a whole video, those of the mean score so far; that of a frame knows those
        after it where a net runs both ways, or a skeleton is scaled by all.
        """
        _, logits = self.outputs(params, batch, None)
        if self.config.answers == "whole":
            kept = jnp.where(batch["mask"][..., None], logits, 0.0)
            count = jnp.maximum(jnp.cumsum(batch["mask"], 1), 1)
            logits = jnp.cumsum(kept, 1) / count[..., None]
        return jax.nn.softmax(logits)

    def read(self, line: str) -> tuple[tuple[str, ...], dict[str, Any]] | None:
        """Reads a line of the plain format, whose label does not matter.

        Of more than `limit` frames the first ones are read, and counted.
        """
        if not line.strip():
            return None
        motion = motions.parser(tuple(self.info["shape"]))(line)
        example = self.encode(Motion(motion.frames, (self.classes[0],)))
        read = len(example["frames"])
        buckets.report_cut(read, len(motion.frames), "frames", self.config.limit)
        return (f"{read} frames",), example

    def collate(self, example: dict[str, Any]) -> Batch:
        return buckets.collate([example], self.ragged)

    def verdict(self, line, words, p, weights):
        """The answer, without a line that holds the numbers of all frames."""
        del line, weights
        return super().verdict(words[0], (), p, None)

    def baselines(self) -> dict[str, float]:
        """Returns the accuracy, on the validation split, of two trivial answers."""
        train, valid = (
            [*map(self.encode, self.dataset[s])] for s in ("train", "valid")
        )
        known = np.concatenate([np.atleast_1d(e["label"]) for e in train])
        asked = np.concatenate([np.atleast_1d(e["label"]) for e in valid])
        most, _ = collections.Counter(known.tolist()).most_common(1)[0]
        found = {"most frequent": float(np.mean(asked == most))}
        if self.config.answers == "whole":
            xs, ys = (
                np.stack([_short(e["frames"]) for e in p]) for p in (train, valid)
            )
            nearest = nearest_mean.predict(xs, known, ys)
            found["nearest mean video"] = float(np.mean(nearest == asked))
        return found

    def report(self, params: Params, directory: Path) -> None:
        """Writes test.tsv and confusion.png; draws test videos with their answers."""
        split = self.dataset.test
        batches = self.batches("test")
        found = evaluation.answers(self._frames, params, batches)
        counts = np.zeros((len(self.classes),) * 2)
        lines = ["label\tprediction\tprobability\tframes\n"]
        for motion, p in zip(split, found, strict=True):
            length = min(len(motion.frames), self.config.limit)
            ids = [self.classes.index(label) for label in motion.labels[:length]]
            best = p[:length].argmax(-1)
            if self.config.answers == "whole":
                ids, best = ids[-1:], best[-1:]
            np.add.at(counts, (ids, best), 1)  # One label may be that of all frames.
            names = self.classes[ids[-1]], self.classes[best[-1]]
            probability = f"{p[length - 1, best[-1]]:.3f}"
            lines.append(f"{tsv.row(*names, probability, length)}\n")
        (directory / "test.tsv").write_text("".join(lines), encoding="utf-8")
        confusion.draw(directory / "confusion.png", counts, self.classes)
        order = np.random.default_rng(0).permutation(len(split))[:SHOWN]
        for number, i in enumerate(order, 1):
            motion, length = split[i], min(len(split[i].frames), self.config.limit)
            frames = motion.frames[:length]
            if self.config.net == "vectors":  # Any numbers, from white to black.
                frames = 255 * (frames - frames.min()) / max(np.ptp(frames), 1e-9)
            frame_plots.draw(
                directory / f"video_{number}.png",
                frames,
                found[i][:length],
                self.classes,
                motion.labels[:length],
                bones=skeletons.BONES if self.skeletal else None,
            )


def _short(frames: np.ndarray) -> np.ndarray:
    """Returns `STEPS` frames, evenly through a video."""
    return frames[np.linspace(0, len(frames) - 1, STEPS).round().astype(int)]


def build(config: ConfigDict, workdir: str | Path | None = None) -> Actions:
    """Builds the task of `configs/actions.py`; see `experiments.build`."""
    check(config, FIELDS)
    return Actions(config, Assets(workdir))
