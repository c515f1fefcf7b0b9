"""A tiny experiment as one of several processes, or alone.

    python -m tests.training.together COMMAND ...

runs command lines of `python -m experiments` one after the other, and prints the exit
status of each. KILL_AT and STOP_AT send this process SIGKILL or SIGTERM, once, when it
makes that batch.
"""

import itertools
import os
import shlex
import signal
import sys

import jax
import jax.numpy as jnp
import numpy as np

import experiments
from experiments import __main__ as commands
from seqnets.training.evaluation import answers
from tests.training import toy

SIGNALS = {"KILL_AT": signal.SIGKILL, "STOP_AT": signal.SIGTERM}
CONFIG = """
from seqnets.training.config import shared

def get_config():
    return shared(
        "language_model",
        steps=24,
        batch_size=8,
        log_every=8,
        eval_every=12,
        checkpoint_every=5,
        optimizer=dict(name="adam", learning_rate=0.05, average=0.9),
    )
"""


class Together(toy.Toy):
    """The toy with every ability, whose evaluations have an odd number of rows."""

    def __init__(self):
        self.answer = jax.jit(self._answer)
        self.signals = {
            int(os.environ.pop(name, -1)): SIGNALS[name] for name in SIGNALS
        }

    def loss(self, params, state, batch, key):
        xs, rows = batch["xs"], batch["rows"]
        if key is not None:
            xs = xs + 0.05 * jax.random.normal(key, xs.shape)
        errors = xs @ params["w"] + params["b"] + 0.1 * state["s"] - batch["ys"]
        squares, count = jnp.sum(rows * errors**2), jnp.sum(rows)
        carry = {"s": 0.5 * state["s"] + errors, "none": ()}
        return squares / count, (carry, {"loss": (squares, count)})

    def batches(self, split, start=0):
        if split != "train":
            yield from (toy.batch((1, i), rows=5) for i in range(2))
            return
        for i in itertools.count(start):
            if (number := self.signals.pop(i, None)) is not None:
                os.kill(os.getpid(), number)
            yield toy.batch((0, i))

    def _answer(self, params, batch):
        return batch["xs"] @ params["w"] + params["b"]

    def scores(self, params, split, limit):
        found = answers(self._answer, params, self.batches(split))
        return {"answers": len(found), "first": float(found[0])}

    def report(self, params, directory):
        found = answers(self._answer, params, self.batches("test"))
        np.savetxt(directory / "answers.txt", found)

    def sample(self, params, *, seed: int = 0):
        return float(params["w"] @ jax.random.normal(jax.random.key(seed), (3,)))

    def predict(self, params, lines):
        for line in lines:
            xs = np.full((1, 3), float(line), np.float32)
            yield f"{line}\t{self.answer(params, {'xs': xs})[0]:.6f}"


if __name__ == "__main__":
    experiments.build = lambda config, workdir=None: Together()
    for line in sys.argv[1:]:
        status = commands.main(shlex.split(line))
        print(f"status {status}", flush=True)
