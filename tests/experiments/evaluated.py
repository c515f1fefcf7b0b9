"""What drawn parameters of small experiments score, as a command.

    python -m tests.experiments.evaluated FOLDER

prints {experiment: metrics} as JSON, computed on whatever devices there are.
"""

import json
import sys
from pathlib import Path

import jax
import numpy as np

import experiments
from seqnets.training.evaluation import evaluate
from tests.experiments import small

# Of those that are made of the same parts, one stands for all; a study has none.
WITHOUT = {"dialogue", "documents", "depth", "function_fit", "poems", "forecasting"}
WITHOUT |= {"associative_memory", "statistical_translation", "word_problems", "actions"}
WITHOUT |= {"captions", "dna", "music", "first_symbol"}
NAMES = sorted(small.SMALL.keys() - WITHOUT)


def evaluated(folder):
    jax.config.update("jax_disable_most_optimizations", True)
    found = {}
    for name in NAMES:
        own = folder / name
        own.mkdir(parents=True)
        config = small.config(name, own)
        if "eval_batch_size" in config:
            config.eval_batch_size = 3  # Four devices divide no batch.
        task = experiments.build(config)
        found[name] = evaluate(task, drawn(task), "valid", limit=4)
    return found


def drawn(task):
    """Returns parameters of a task, by NumPy: there is nothing to compile."""
    rng, shapes = np.random.default_rng(0), jax.eval_shape(task.init, jax.random.key(0))
    return jax.tree.map(lambda a: rng.normal(0, 0.5, a.shape).astype(a.dtype), shapes)


if __name__ == "__main__":
    print(json.dumps(evaluated(Path(sys.argv[1]))))
