"""A classifier with a shared graph, and two nets side by side, as a command.

    python -m tests.training.side WORKDIR

prints what it finds as JSON, whatever devices there are.
"""

import functools
import json
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from seqnets.data.batching import ArrayBatches, Batches
from seqnets.training import devices, loop
from seqnets.training.comparison import Comparison
from seqnets.training.evaluation import evaluate
from seqnets.training.supervised import Supervised
from tests.training import toy

GRAPH = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.float32)  # No batch size.


class WithGraph(Batches):
    """Batches of points, and the graph that all of them share."""

    def __init__(self, batches):
        self._batches, self.steps_per_epoch = batches, batches.steps_per_epoch

    def batches(self, start=0, epochs=None):
        for batch in self._batches.batches(start, epochs):
            yield batch | {"graph": devices.Shared({"edges": GRAPH})}


class Points(Supervised):
    """Which of two halves of space a point lies in."""

    classes = ("left", "right")

    def init(self, key):
        return {"w": jax.random.normal(key, (3, 2))}

    @functools.cached_property
    def splits(self):
        rng = np.random.default_rng(0)
        xs = {s: rng.normal(size=(30, 3)) for s in ("train", "valid", "test")}
        return {
            split: {"x": x.astype(np.float32), "label": (x[:, 0] > 0).astype(np.int32)}
            for split, x in xs.items()
        }

    def make_batches(self, split):
        made = ArrayBatches(self.splits[split], 8, shuffle=split == "train")
        return WithGraph(made)

    def outputs(self, params, batch, key):
        edges = batch["graph"].tree["edges"]
        return (batch["x"] + 0.1 * batch["x"] @ edges) @ params["w"], batch["x"]


class Noisy(Points):
    def outputs(self, params, batch, key):
        logits, weights = super().outputs(params, batch, key)
        if key is not None:
            logits += 0.1 * jax.random.normal(key, jnp.shape(logits))
        return logits, weights


def run(workdir):
    """Trains both, and returns metrics, answers and how arrays are laid out."""
    task = Comparison({"plain": Points(), "noisy": Noisy()})
    config = toy.config(steps=20, eval_every=20, log_every=10, checkpoint_every=None)
    params = loop.fit(task, config, workdir)
    plain = task.tasks["plain"]
    tested = plain.test(params["plain"])
    batch = devices.put(next(plain.batches("test")))
    return {
        "devices": jax.device_count(),
        "whole": batch["graph"].tree["edges"].sharding.is_fully_replicated,
        "cut": len(batch["x"].sharding.device_set),
        "test": evaluate(task, params, "test"),
        "predictions": tested.predictions.tolist(),
        "targets": tested.targets.tolist(),
        "weights": np.stack(tested.weights).tolist(),
    }


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]))))
