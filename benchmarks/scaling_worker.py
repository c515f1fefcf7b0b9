"""A training step of `ptb_medium` on some devices, as a process that is asked.

    python -m benchmarks.scaling_worker '{"rows": 32, ...}'

takes as many steps as each line of standard input says, and prints their seconds; the
line "report" is answered by what the program is, as JSON. Of several processes of one
run the first answers.
"""

import functools
import json
import sys
import time
from typing import Any, NamedTuple

import jax
import numpy as np

from benchmarks import collectives
from configs import ptb_medium
from experiments.language_model import LanguageModelTask
from seqnets.data.assets import Assets
from seqnets.data.contiguous import ContiguousBatches
from seqnets.data.vocabulary import EOS, UNK, Vocabulary
from seqnets.training import devices, optimizer, process
from seqnets.training.step import Program

COMPARED = 3  # Steps whose losses are.
STEPS = 1_000_000  # Of the training, of which a few are taken.


class Shape(NamedTuple):
    """What is trained; the defaults are those of `configs/ptb_medium.py`."""

    rows: int = 20  # Of all devices, B.
    length: int = 35
    dim: int = 650
    vocabulary: int = 10_000


class Drawn(LanguageModelTask):
    """The task of `ptb_medium` on words that are drawn at random."""

    def __init__(self, shape: Shape):
        config = ptb_medium.get_config()
        config.batch_size, config.length = shape.rows, shape.length
        config.cell.dim = config.embedding_dim = shape.dim
        super().__init__(config, Assets(None))
        self.shape = shape

    @functools.cached_property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary((EOS, UNK, *map(str, range(self.shape.vocabulary - 2))))

    def make_batches(self, split: str) -> ContiguousBatches:
        shape, rng = self.shape, np.random.default_rng(0)
        words = rng.integers(shape.vocabulary, size=8 * shape.rows * shape.length)
        text = [words.astype(np.int32)]
        return ContiguousBatches(text, shape.rows, shape.length, bos=0)


class Training:
    """Steps one after the other, and what is known of them."""

    def __init__(self, shape: Shape):
        self.task = Drawn(shape)
        config = self.task.config
        self.batches = self.task.batches("train")
        first = next(self.batches)
        self.program = Program(
            self.task,
            optimizer.build(config.optimizer, 100, STEPS),
            seed=0,
            batch=first,
        )
        self.batch = devices.put(first)
        arrays = self.program.target, self.batch, np.int32(0), np.float32(1.0)
        self.step = self.program.step.lower(*arrays).compile()
        self.taken = 0
        self.losses: list[float] = []  # Of the first steps.

    @functools.cached_property
    def state(self) -> Any:
        """Parameters from U(-.05, .05), by NumPy: nothing more is compiled."""
        target, rng = self.program.target, np.random.default_rng(0)

        def put(a: Any, host: np.ndarray) -> jax.Array:
            host = host.astype(a.dtype)
            return jax.make_array_from_callback(
                a.shape, a.sharding, lambda index: host[index]
            )

        zeros = jax.tree.map(lambda a: put(a, np.zeros(a.shape)), target)
        drawn = jax.tree.map(
            lambda a: put(a, rng.uniform(-0.05, 0.05, a.shape)), target.params
        )
        return zeros._replace(params=drawn)

    def run(self, steps: int) -> float:
        """Takes steps, and returns their seconds."""
        jax.block_until_ready(self.state)
        start = time.perf_counter()
        for _ in range(steps):
            position = np.int32(self.taken)
            self.state, health = self.step(
                self.state, self.batch, position, np.float32(1.0)
            )
            self.taken += 1
            if self.taken <= COMPARED:
                self.losses.append(float(health.loss))
        jax.block_until_ready(self.state)
        return time.perf_counter() - start

    def report(self) -> dict[str, Any]:
        """Returns bytes and collectives of the compiled step, and the first losses."""
        memory = self.step.memory_analysis()
        return {
            "devices": jax.device_count(),
            "parameters": _bytes(self.program.target.params),
            "planned": getattr(memory, "temp_size_in_bytes", None),
            "collectives": collectives.read(self.step.as_text()),
            "held": self._held() if self.taken else None,
            "losses": self.losses,
        }

    def _held(self) -> int:
        """Returns the bytes of the parameters that the first device really has."""
        leaves = jax.tree.leaves(self.state.params)
        return sum(a.addressable_data(0).nbytes for a in leaves)


def _bytes(target: Any) -> int:
    """Returns the bytes that a device holds of arrays, from their places."""
    return sum(
        int(np.prod(a.sharding.shard_shape(a.shape))) * a.dtype.itemsize
        for a in jax.tree.leaves(target)
    )


def main(text: str) -> None:
    process.prepare(say=False)
    training = Training(Shape(**json.loads(text)))
    for line in sys.stdin:
        word = line.strip()
        answer = training.report() if word == "report" else training.run(int(word))
        print(json.dumps(answer), flush=True)
    process.leave(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
