"""A task of a few numbers that strains all of the loop, and its run as a command.

y = x·w + b + 0.1 s, where the carried state s remembers the errors, and noise from the
step's key is added to x.

    python -m tests.training.toy WORKDIR [FIELD=JSON ...] [stop_at=STEP]
"""

import json
import os
import signal
import sys

import jax
import jax.numpy as jnp
import numpy as np
from ml_collections import ConfigDict

from seqnets.training import loop, optimizer
from seqnets.training.task import Task

WEIGHTS = np.array([1.0, -2.0, 0.5], np.float32)


def config(**fields):
    chosen = optimizer.options(name="adam", learning_rate=0.05, average=0.9)
    base = {
        "seed": 3,
        "steps": 40,
        "batch_size": 8,
        "log_every": 7,
        "eval_every": 10,
        "checkpoint_every": 6,
        "patience": None,
        "optimizer": chosen | fields.pop("optimizer", {}),
    }
    return ConfigDict(base | fields)


def batch(seed, rows=8):
    xs = np.random.default_rng(seed).normal(size=(rows, 3)).astype(np.float32)
    return {"xs": xs, "ys": xs @ WEIGHTS + 0.3, "rows": np.ones(rows, bool)}


def batches(split, start=0):
    if split == "train":
        step = start
        while True:
            yield batch((0, step))
            step += 1
    yield from (batch((1, i)) for i in range(3))


class Toy(Task):
    """The task; its methods and attributes can be replaced one by one."""

    unit = "rows"
    goal = ("valid", "loss", "min")
    steps_per_epoch = 20

    def __init__(self, **replaced):
        vars(self).update(replaced)

    def init(self, key):
        return {"w": jax.random.normal(key, (3,)), "b": jnp.zeros(()), "none": None}

    def loss(self, params, state, batch, key):
        xs = batch["xs"]
        if key is not None:
            xs = xs + 0.05 * jax.random.normal(key, xs.shape)
        # [B]
        errors = xs @ params["w"] + params["b"] + 0.1 * state["s"] - batch["ys"]
        value = jnp.mean(errors**2)
        sums = {"loss": (jnp.sum(errors**2), jnp.float32(len(errors)))}
        return value, ({"s": 0.5 * state["s"] + errors, "none": ()}, sums)

    def batches(self, split, start=0):
        return batches(split, start)

    def initial_state(self, params, batch_size):
        return {"s": jnp.zeros(batch_size), "none": ()}

    def report(self, params, directory):
        (directory / "w.txt").write_text(str(params["w"].tolist()))


def interrupting(at):
    """The task, where SIGTERM arrives when batch `at` is made."""

    def interrupted(split, start=0):
        for i, made in enumerate(batches(split, start), start):
            if split == "train" and i == at:
                os.kill(os.getpid(), signal.SIGTERM)
            yield made

    return Toy(batches=interrupted)


if __name__ == "__main__":
    workdir, *fields = sys.argv[1:]
    fields = {name: json.loads(text) for name, text in (f.split("=") for f in fields)}
    stop_at = fields.pop("stop_at", None)
    made = interrupting(stop_at) if stop_at is not None else Toy()
    loop.fit(made, config(**fields), workdir)
