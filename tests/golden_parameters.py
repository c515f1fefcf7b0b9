"""The parameters of every config: their paths, shapes and dtypes, as one file.

Every change of a model shows in it. After one that is meant:

    SEQNETS_DATA=DIR python -m tests.golden_parameters

writes it again; without the data of a config, what the file has of it is kept.
"""

import importlib
import json
import pkgutil
from pathlib import Path

import jax

import configs
from experiments import build
from seqnets.training.study import Study

PATH = Path(__file__).with_suffix(".json")
NAMES = sorted(module.name for module in pkgutil.iter_modules(configs.__path__))


def parameters(name):
    """Returns {path: "dtype [shape]"} of a config's model; the data must be there."""
    config = importlib.import_module(f"configs.{name}").get_config()
    # Questions that are generated have the same words, however few there are.
    if config.get("corpus") in ("shape_grids", "sort_of_clevr"):
        config.pictures = 60
    if config.get("generated"):
        config.generated = 60
    task = build(config)
    if isinstance(task, Study):
        return {}  # It has no parameters.
    tree = jax.eval_shape(task.init, jax.random.key(0))
    return {
        jax.tree_util.keystr(path, simple=True, separator="/"): describe(leaf)
        for path, leaf in jax.tree_util.tree_leaves_with_path(tree)
    }


def describe(leaf):
    return f"{leaf.dtype} {list(leaf.shape)}"


def main():
    golden = json.loads(PATH.read_text()) if PATH.exists() else {}
    for name in NAMES:
        try:
            golden[name] = parameters(name)
        except (FileNotFoundError, ValueError) as error:
            print(f"{name} stays as it is: {error}")
    golden = {name: golden[name] for name in NAMES if name in golden}
    PATH.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
