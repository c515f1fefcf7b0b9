"""Base class of what predicts the points of drawings: data, loss and baselines."""

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from ml_collections import ConfigDict

from seqnets import datasets, losses, mixture_density
from seqnets.baselines import gaussian_mixture
from seqnets.cells import Memory
from seqnets.data import buckets, tsv
from seqnets.data.assets import Assets
from seqnets.datasets.dataset import Dataset
from seqnets.datasets.strokes import Drawing
from seqnets.initializers import count_parameters
from seqnets.mixture_density import DRAWS, ENDS, LIFTS
from seqnets.training.fields import rows_of
from seqnets.training.task import Batch, Params, Task

RAGGED = {"inputs": "mask", "offsets": "mask", "pens": "mask"}
WITH_TEXT = RAGGED | {"text": "text_mask"}
INPUTS = 3  # dx, dy, and whether the pen is lifted on the way there.


class Nats(NamedTuple):
    """How probable the points of a drawing are."""

    nats: float  # A point.
    points: int
    text: str

    def __str__(self) -> str:
        if not self.points:
            return "-\t-\t"
        return tsv.row(f"{self.nats:.3f}", self.points, self.text)


class PenTask(Task):
    """Predicts where a pen goes next, and what it does there.

    A subclass gives `init` and `outputs`. Fields of the config: corpus, data_dir,
    batch_size, eval_batch_size, seed, limit, buckets, window, mixtures, least, stretch.
    """

    unit = "points"
    goal = ("valid", "loss", "min")

    def __init__(self, config: ConfigDict, assets: Assets):
        self.config, self.assets = config, assets

    def outputs(self, params: Params, batch: Batch, key: Array | None) -> Array:
        """Returns what describes the density of every point, [B, T, 3 + 6 M]."""
        raise NotImplementedError

    @functools.cached_property
    def dataset(self) -> Dataset:
        c = self.config
        return datasets.load(c.corpus, "strokes", c.data_dir, assets=self.assets)

    @functools.cached_property
    def info(self) -> dict[str, Any]:
        """Scale and range of offsets, and symbols of texts, kept in the run folder."""
        info = self.assets.keep(
            "strokes.json",
            lambda: self.dataset.info,
            check=lambda info: (
                isinstance(info, dict)
                and {"symbols", "scale"} <= {*info}
                and np.shape(info.get("range", np.zeros((2, 2)))) == (2, 2)
            ),
        )
        if self.config.window is not None and not info["symbols"]:
            raise ValueError(
                f"the drawings of {self.config.corpus} have no texts to write: set"
                " config.window to None"
            )
        return info

    def encode(self, drawing: Drawing) -> dict[str, np.ndarray]:
        """Returns inputs [T, 3], offsets [T, 2] and pens [T]; ids [S] of its text.

        Raises:
          ValueError: for a symbol that was never written, or nothing to write.
        """
        points = drawing.points[: self.config.limit].copy()
        points[:, :2] /= self.info["scale"]
        pens = np.where(points[:, 2] > 0.5, LIFTS, DRAWS).astype(np.int32)
        if len(points) == len(drawing.points):
            pens[-1] = ENDS
        inputs = np.vstack([np.zeros((1, INPUTS), np.float32), points[:-1]])
        example = {"inputs": inputs, "offsets": points[:, :2], "pens": pens}
        if self.config.window is not None:
            example["text"] = self.spell(drawing.text)
        return example

    def spell(self, text: str) -> np.ndarray:
        """Returns the ids of the symbols of a text, and of its end, int32 [S]."""
        symbols = self.info["symbols"]
        for symbol in text:
            if symbol not in symbols:
                raise ValueError(
                    f"the symbol {symbol!r} was never written in training: write with"
                    f" {''.join(symbols)!r}"
                )
        if not text:
            raise ValueError("there is no text to write")
        ids = [symbols.index(symbol) for symbol in text]
        return np.array([*ids, len(symbols)], np.int32)

    @property
    def ragged(self) -> dict[str, str]:
        return RAGGED if self.config.window is None else WITH_TEXT

    def make_batches(self, split: str) -> buckets.BucketedBatches:
        c, train, drawings = self.config, split == "train", self.dataset[split]
        cut = sum(len(drawing.points) > c.limit for drawing in drawings)
        buckets.report_cuts(cut, len(drawings), split, "drawings", c.limit)
        rows = rows_of(c, split)
        order = {"buckets": c.buckets, "seed": c.seed, "shuffle": train}
        examples = []
        for number, drawing in enumerate(drawings, 1):
            try:
                examples.append(self.encode(drawing))
            except ValueError as error:
                where = f"{c.corpus}, example {number} of {split}"
                raise ValueError(f"{where}: {error}") from None
        return buckets.BucketedBatches(examples, rows, ragged=self.ragged, **order)

    @property
    def text_dim(self) -> int:
        """Width of a symbol, one-hot; the last place is of the end of a text."""
        return len(self.info["symbols"]) + 1

    def memory(self, text: Array, mask: Array) -> Memory:
        """Returns the symbols of texts [B, S], one-hot, for the window to read."""
        return Memory(jax.nn.one_hot(text, self.text_dim), mask)

    def nats(
        self, params: Params, batch: Batch, key: Array | None
    ) -> tuple[Array, Array]:
        """Returns -ln p of the offsets and of the pens, [B, T] each."""
        found = self.mixture(self.outputs(params, batch, key))
        # Padding is no point: what stands there must not reach a gradient.
        offsets = jnp.where(batch["mask"][..., None], batch["offsets"], 0.0)
        return (
            -mixture_density.log_density(found, offsets),
            -mixture_density.log_probability(found, batch["pens"]),
        )

    def mixture(self, outputs: Array, bias: Any = 0.0) -> mixture_density.Mixture:
        return mixture_density.mixture(outputs, least=self.config.least, bias=bias)

    def loss(self, params, state, batch, key):
        """Mean -ln p of the points; training stretches each drawing anew."""
        if key is not None and self.config.stretch:
            key, own = jax.random.split(key)
            batch = self.stretched(own, batch)
        mask = batch["mask"] & batch["rows"][:, None]
        offsets, pens = self.nats(params, batch, key)
        both = losses.total(offsets + pens, mask)
        sums = {
            "loss": both,
            "offset_nats": losses.total(offsets, mask),
            "pen_nats": losses.total(pens, mask),
        }
        return losses.mean(*both), (state, sums)

    def stretched(self, key: Array, batch: Batch) -> Batch:
        """Scales both axes of each drawing by 1 ± stretch."""
        by, shape = self.config.stretch, (len(batch["rows"]), 1, 2)
        factors = 1 + jax.random.uniform(key, shape, minval=-by, maxval=by)
        inputs = batch["inputs"].at[..., :2].multiply(factors)
        return batch | {"inputs": inputs, "offsets": batch["offsets"] * factors}

    def scores(self, params, split, limit):
        del split, limit
        return {"parameters": count_parameters(params)}

    def baselines(self) -> dict[str, float]:
        """Returns nats a point, on the validation split, of what knows no past."""
        train, valid = (
            [self.encode(drawing) for drawing in self.dataset[split]]
            for split in ("train", "valid")
        )
        xs, ys = (np.concatenate([e["offsets"] for e in own]) for own in (train, valid))
        pens = [np.concatenate([e["pens"] for e in own]) for own in (train, valid)]
        counts = np.bincount(pens[0], minlength=mixture_density.PENS)
        counts = np.maximum(counts, 1)  # What no pen did is rare, not impossible.
        shares = counts / counts.sum()
        lifted = -np.log(shares[pens[1]]).mean()
        found = {}
        for count in dict.fromkeys((1, self.config.mixtures)):
            model = gaussian_mixture.fit(xs, count, least=self.config.least)
            name = f"{count} Gaussian{'s' * (count > 1)}"
            found[name] = float(lifted - model.log_density(ys).mean())
        return found
