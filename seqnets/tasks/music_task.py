"""Base class of what predicts the frames of piano rolls: data, loss and baselines.

Of each key, -ln p given all that came before it; of a frame, their sum; of a split, the
mean over all frames but the first of each piece (Boulanger-Lewandowski et al., 2012;
Bai et al., 2018).
"""

import functools

import jax.numpy as jnp
import numpy as np
from jax import Array
from ml_collections import ConfigDict

from seqnets import datasets, losses
from seqnets.baselines import piano_keys
from seqnets.data.assets import Assets
from seqnets.data.buckets import BucketedBatches
from seqnets.datasets import chorale_rules
from seqnets.datasets.dataset import Dataset
from seqnets.initializers import count_parameters
from seqnets.training.fields import rows_of
from seqnets.training.task import Batch, Params, Task


class MusicTask(Task):
    """Predicts which keys sound next.

    A subclass gives `init` and `logits`. Fields of the config: corpus, data_dir, grid,
    buckets, batch_size, eval_batch_size and seed.
    """

    unit = "frames"
    goal = ("valid", "frame_nats", "min")

    def __init__(self, config: ConfigDict, assets: Assets):
        self.config, self.assets = config, assets

    def logits(self, params: Params, batch: Batch, key: Array | None) -> Array:
        """Returns the logits of each key, given all before it, [B, T, 88]."""
        raise NotImplementedError

    @functools.cached_property
    def dataset(self) -> Dataset:
        c = self.config
        options = {"assets": self.assets, "grid": c.grid}
        return datasets.load(c.corpus, "music", c.data_dir, **options)

    @functools.cached_property
    def beats(self) -> dict[str, int]:
        """The frames of a beat of each style, in the order of the styles' ids."""
        info = self.assets.keep(
            "music.json",
            lambda: self.dataset.info,
            check=lambda i: (
                isinstance(i, dict) and {"styles", "frames_per_beat"} <= {*i}
            ),
        )
        return dict(zip(info["styles"], info["frames_per_beat"], strict=True))

    def make_batches(self, split: str) -> BucketedBatches:
        c, training = self.config, split == "train"
        ids = {style: np.int32(i) for i, style in enumerate(self.beats)}
        return BucketedBatches(
            [{"roll": p.roll, "style": ids[p.style]} for p in self.dataset[split]],
            rows_of(c, split),
            ragged={"roll": "mask"},
            buckets=c.buckets,
            seed=c.seed,
            shuffle=training,
        )

    def loss(self, params, state, batch, key):
        """-ln p of a frame, over all frames; `frame_nats` leaves out the first ones."""
        mask = batch["mask"]
        nats = frame_nats(self.logits(params, batch, key), batch["roll"], mask)
        total, count = losses.total(nats, mask)
        later = mask & (jnp.arange(mask.shape[1]) > 0)
        sums = {"loss": (total, count), "frame_nats": losses.total(nats, later)}
        return losses.mean(total, count), (state, sums)

    def scores(self, params: Params, split: str, limit: int | None) -> dict[str, float]:
        """Returns how many parameters there are."""
        del split, limit
        return {"parameters": count_parameters(params)}

    def baselines(self) -> dict[str, float]:
        """Returns `frame_nats`, on the validation split, of what is not trained."""
        train, valid = self.dataset.train, self.dataset.valid
        rolls = [[piece.roll for piece in pieces] for pieces in (train, valid)]
        found = {
            "each key as often as ever": piano_keys.independent(*rolls),
            "each key by its last frame": piano_keys.markov(*rolls),
        }
        if self.config.corpus == "chorale_rules":
            found |= chorale_rules.floors(valid)
        return found


def frame_nats(logits: Array, roll: Array, mask: Array) -> Array:
    """Returns -ln p of each frame: Σ_k ln(1 + e^z_k) - y_k z_k.

    Args:
      logits: z [B, T, 88].
      roll: y [B, T, 88], 0 or 1.
      mask: [B, T] bool; 0 elsewhere.

    Returns:
      float32 [B, T].
    """
    z = jnp.where(mask[..., None], logits.astype(jnp.float32), 0.0)
    return (jnp.logaddexp(0.0, z) - roll * z).sum(-1) * mask
