"""Base class of what classifies images: reads files, and draws mistakes."""

from pathlib import Path
from typing import Any

import numpy as np
from jax import Array

from seqnets.baselines import nearest_mean
from seqnets.data import pictures
from seqnets.plots import confusion, image_grid
from seqnets.training.array_task import ArrayTask
from seqnets.training.supervised import Supervised
from seqnets.training.task import Batch

SHOWN = 96  # Images in a figure.


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
