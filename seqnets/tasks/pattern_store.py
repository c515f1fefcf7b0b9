"""A recurrent net trained as a store of patterns, from which damaged ones recall."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from ml_collections import ConfigDict

from seqnets import cells, datasets, losses
from seqnets.analysis import capacity
from seqnets.data.assets import Assets
from seqnets.data.batching import GeneratedBatches
from seqnets.initializers import count_parameters
from seqnets.modules.pattern_recaller import PatternRecaller
from seqnets.modules.readout import Readout
from seqnets.modules.recurrent import Recurrent
from seqnets.training.fields import rows_of
from seqnets.training.task import Task

EPOCH = 200  # Number of drawn batches that are called an epoch.


def stored_digits(config: ConfigDict, assets: Assets, count: int) -> np.ndarray:
    """Returns the first training images, of all classes in turn: ±1, int8 [P, H, W].

    Raises:
      ValueError: there are not as many.
    """
    data = datasets.load(config.corpus, "images", config.data_dir, assets=assets)
    images, labels = data.train.columns
    if count > len(labels):
        raise ValueError(f"stored={count}: {config.corpus} has {len(labels)} images")
    rank = np.empty(len(labels), int)  # Of an image among those of its class.
    for label in np.unique(labels):
        (places,) = np.nonzero(labels == label)
        rank[places] = np.arange(len(places))
    chosen = np.lexsort((labels, rank))[:count]
    return np.where(images[chosen] >= 128, 1, -1).astype(np.int8)


class PatternStore(Task):
    """A cell trained to write the stored digit of which it sees a damaged one.

    These fields of the config are read: corpus, data_dir, stored, of which the first
    counts, damage, delay, cell, beta, sweeps, batch_size, eval_batch_size,
    eval_examples, compute_dtype and seed.
    """

    goal = ("valid", "accuracy", "max")
    unit = "bits"

    def __init__(self, config: ConfigDict, assets: Assets):
        self.config, self.assets = config, assets
        self.cell = cells.build(config.cell)
        self.answer = jax.jit(self._answer)

    @property
    def patterns(self) -> np.ndarray:
        """The digits, ±1, int8 [P, H, W]; kept in the run folder."""

        def make() -> list[list[str]]:
            found = stored_digits(self.config, self.assets, self.config.stored[0])
            marks = np.where(found > 0, "#", ".")
            return [["".join(row) for row in pattern] for pattern in marks]

        rows = self.assets.keep("patterns.json", make, check=_are_patterns)
        marks = np.array([[list(row) for row in pattern] for pattern in rows])
        return np.where(marks == "#", 1, -1).astype(np.int8)

    def model(self, units: int) -> PatternRecaller:
        """Returns the net for patterns of so many bits."""
        return PatternRecaller(Recurrent(self.cell), Readout(units), self.config.delay)

    def init(self, key):
        units = self.patterns[0].size
        return self.model(units).init(key, jnp.zeros((1, units)))["params"]

    def _answer(self, params, cue: Array) -> Array:
        xs = cue.astype(jnp.dtype(self.config.compute_dtype))
        return self.model(cue.shape[-1]).apply({"params": params}, xs)

    def loss(self, params, state, batch, key):
        """Mean cross-entropy of the bits; whole patterns and wrong bits are counted."""
        del key  # Nothing is drawn in the net.
        logits, target = self._answer(params, batch["cue"]), batch["target"] > 0
        mask = jnp.broadcast_to(batch["rows"][:, None], target.shape)
        nats = losses.binary_cross_entropy(logits, target.astype(jnp.float32), mask)
        wrong = (logits > 0) != target
        whole = (~wrong.any(-1)).astype(jnp.float32)
        sums = {
            "loss": nats,
            "accuracy": losses.total(whole, batch["rows"]),
            "bit_error": losses.total(wrong.astype(jnp.float32), mask),
        }
        return losses.mean(*nats), (state, sums)

    def make_batches(self, split: str) -> GeneratedBatches:
        c, patterns = self.config, self.patterns

        def draw(rng: np.random.Generator, rows: int) -> dict[str, np.ndarray]:
            target = patterns[rng.integers(len(patterns), size=rows)]
            cue = capacity.damage(target, "flipped", c.damage, rng)
            return {
                n: a.reshape(rows, -1) for n, a in (("cue", cue), ("target", target))
            }

        own = {"examples": c.eval_examples, "steps_per_epoch": EPOCH}
        rows = rows_of(c, split)
        return GeneratedBatches(draw, rows, seed=c.seed, split=split, **own)

    def scores(self, params, split, limit):
        del split, limit
        return {"parameters": count_parameters(params)}

    def baselines(self) -> dict[str, float]:
        """Returns the accuracy, validating, of the cue and of Hopfield nets."""
        c, patterns = self.config, self.patterns
        batches = list(self.batches("valid"))
        cue, target = (
            np.concatenate([b[name][b["rows"]] for b in batches]).astype(np.float32)
            for name in ("cue", "target")
        )
        stored = patterns.reshape(len(patterns), -1).astype(np.float32)
        own = {"beta": c.beta, "sweeps": c.sweeps, "seed": c.seed}
        found = {"the damaged digit": cue}
        found |= capacity.recall(stored, {"cue": cue}, **own)["cue"]
        return {n: float((end == target).all(1).mean()) for n, end in found.items()}


def _are_patterns(value: object) -> bool:
    """Whether a value is a list of pictures of one shape, lines of # and . each."""
    if not (
        isinstance(value, list)
        and all(isinstance(own, list) and set(map(type, own)) == {str} for own in value)
    ):
        return False
    shapes = {(len(own), len(line)) for own in value for line in own}
    marks = set("".join(line for own in value for line in own))
    return len(shapes) == 1 and set() < marks <= {"#", "."}
