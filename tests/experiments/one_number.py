"""A task of one number, on which commands are tried: it compiles in no time."""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from experiments import __main__ as commands
from seqnets.training.config import check
from seqnets.training.study import Study
from seqnets.training.task import Task

CONFIG = """
from seqnets.training.config import shared

def get_config(target="3"):
    config = shared(
        "language_model",
        steps=4,
        batch_size=4,
        log_every=2,
        eval_every=2,
        optimizer=dict(name="sgd", learning_rate=0.1),
    )
    config.target = float(target)
    return config
"""


class Probability(NamedTuple):
    """A record of `score`."""

    log_prob: float
    text: str

    def __str__(self):
        return f"{self.log_prob:.4f}\t{self.text}"


class Small(Task):
    """A task of one number, which is to become `config.target`."""

    goal = ("valid", "loss", "min")

    def __init__(self, config):
        check(config)
        self.config = config

    def init(self, key):
        return {"w": jnp.zeros(())}

    def loss(self, params, state, batch, key):
        errors = (params["w"] - batch["targets"]) ** 2
        return errors.mean(), (state, {"loss": (errors.sum(), float(errors.size))})

    def batches(self, split, start=0):
        rows = self.config.batch_size
        targets = np.full(rows, self.config.target, np.float32)
        batch = {"targets": targets, "rows": np.ones(rows, bool)}
        return iter([batch]) if split != "train" else iter(lambda: batch, None)

    @property
    def steps_per_epoch(self):
        return None

    def baselines(self):
        return {"zero": 9.0, "an oracle": 0.0}

    def sample(self, params, *, length=3, temperature: float | None = None, seed=0):
        """Draws a sample.

        Args:
          params: the number.
          length: how many symbols; a meaning
            on two lines.
          temperature: 0 is greedy.
          seed: another one draws another sample.

        Raises:
          ValueError: for a negative temperature.
        """
        if temperature is not None and temperature < 0:
            raise ValueError(f"temperature must be 0 or more, not {temperature}")
        return f"{length} symbols of seed {seed}"

    def score(self, params, lines):
        for line in lines:
            yield Probability(-float(len(line)), line)


class Drawn(Small):
    """Without a goal, and with a report."""

    goal = None

    def report(self, params, directory):
        (directory / "w.txt").write_text(f"{params['w']:.4f}")


class Counted(Study):
    """Counts to `config.target`."""

    goal = ("test", "count", "max")

    def __init__(self, config):
        self.config = config

    def compute(self):
        numbers = np.arange(self.config.target)
        return {"numbers": numbers}, {"test": {"count": len(numbers)}}

    def report(self, found, directory):
        (directory / "sum.txt").write_text(f"{found['numbers'].sum():.0f}")

    def sample(self, found, *, seed: int = 0):
        return found["numbers"][seed]


def build(config, workdir=None):
    return Small(config)


def refuse(capsys, *words):
    """Runs a command that fails, and returns its one line."""
    capsys.readouterr()
    assert commands.main(list(words)) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    return line
