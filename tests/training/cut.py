"""A language model whose tables are cut among devices, as a command.

    python -m tests.training.cut FOLDER

goes on with the run that stands half done in FOLDER/whole, begins another one in
FOLDER/cut, and prints as JSON what each device holds and what devices send each other.
"""

import importlib
import json
import os
import signal
import sys
from pathlib import Path

import jax
import numpy as np

from benchmarks import collectives
from experiments.language_model import LanguageModelTask
from seqnets.data.assets import Assets
from seqnets.training import devices, loop, optimizer
from seqnets.training.evaluation import evaluate
from seqnets.training.interruption import Interrupted
from seqnets.training.step import Program

ROWS, LENGTH, SYMBOLS, WIDTH, STEPS = 4, 12, 64, 8, 6


class Interrupting(LanguageModelTask):
    """A training that SIGTERM stops when it makes batch `stop_at`."""

    stop_at: int | None = None

    def batches(self, split, start=0):
        for i, batch in enumerate(super().batches(split, start), start):
            if split == "train" and i == self.stop_at:
                os.kill(os.getpid(), signal.SIGTERM)
            yield batch


def task(folder, *, tied=False, stop_at=None):
    """Returns the task, on a text of `SYMBOLS` - 1 characters that is written first."""
    path = folder / "text.txt"
    if not path.exists():
        symbols = [chr(ord("一") + i) for i in range(SYMBOLS - 2)]
        path.write_text("".join(np.random.default_rng(0).choice(symbols, 900)))
    config = importlib.import_module("configs.char_lm").get_config()
    config.corpus, config.min_count = str(path), 1
    config.batch_size, config.eval_batch_size, config.length = ROWS, ROWS, LENGTH
    config.cell.name, config.cell.dim, config.embedding_dim = "SRN", WIDTH, WIDTH
    config.tied, config.dropout = tied, 0.2
    config.steps, config.log_every, config.eval_every = STEPS, STEPS, STEPS
    config.optimizer.average = 0.9
    made = Interrupting(config, Assets(None))
    made.stop_at = stop_at
    return made


def train(made, workdir):
    """Trains, or goes on; returns the parameters, or None where it was stopped."""
    try:
        return loop.fit(made, made.config, workdir)
    except Interrupted:
        return None


def held(made):
    """Returns the shapes that a device holds, and the collectives of a step."""
    batch = next(made.batches("train"))
    program = Program(
        made,
        optimizer.build(made.config.optimizer, None, STEPS),
        seed=0,
        batch=batch,
    )
    target = program.target
    arrays = target, devices.put(batch), np.int32(0), np.float32(1.0)
    text = program.step.lower(*arrays).compile().as_text()
    shapes = {
        jax.tree_util.keystr(path, simple=True, separator="/"): a.sharding.shard_shape(
            a.shape
        )
        for path, a in jax.tree_util.tree_leaves_with_path((target[0], target[1]))
    }
    return {"shapes": shapes, "sent": collectives.read(text)}


def run(folder):
    whole, cut = task(folder), task(folder, stop_at=3)
    params = train(whole, folder / "whole")
    assert train(cut, folder / "cut") is None
    return {
        "devices": jax.device_count(),
        "valid": evaluate(whole, params, "valid"),
        "untied": held(task(folder)),
        "tied": held(task(folder, tied=True)),
    }


if __name__ == "__main__":
    jax.config.update("jax_disable_most_optimizations", True)
    print(json.dumps(run(Path(sys.argv[1]))))
