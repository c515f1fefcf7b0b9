"""What fresh parameters of small experiments score, as a command.

    python -m tests.experiments.evaluated FOLDER

prints {experiment: metrics} as JSON, computed on whatever devices there are.
"""

import json
import sys
from pathlib import Path

import jax

import experiments
from seqnets.training.evaluation import evaluate
from tests.experiments import small

# Of those that are made of the same parts, one stands for all.
NAMES = sorted(small.SMALL.keys() - {"documents", "depth", "function_fit"})


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
        params = jax.jit(task.init)(jax.random.key(0))
        found[name] = evaluate(task, params, "valid", limit=4)
    return found


if __name__ == "__main__":
    print(json.dumps(evaluated(Path(sys.argv[1]))))
