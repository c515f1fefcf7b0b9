"""What is being studied: one module per task, each with a function `build`.

What the commands do, a notebook does with `build` and `load`, and with `fit` and
`evaluate` of `seqnets.training.loop`.
"""

import importlib
import json
import pkgutil
from pathlib import Path
from typing import TYPE_CHECKING

from ml_collections import ConfigDict

from seqnets.naming import nearest
from seqnets.training import run_folder

if TYPE_CHECKING:  # JAX is imported by the experiments, when one is built.
    from seqnets.training.task import Params, Task


def build(config: ConfigDict, workdir: str | Path | None = None) -> "Task":
    """Builds the task that a config describes.

    Args:
      config: `experiment` names the module, which reads the other fields.
      workdir: run folder whose files, such as a vocabulary, the task uses again.

    Raises:
      ValueError: for an unknown experiment, or a config that its module refuses.
    """
    name = config.experiment
    names = [module.name for module in pkgutil.iter_modules(__path__)]
    names = [found for found in names if not found.startswith("__")]
    if name not in names:
        raise ValueError(f"unknown experiment {name!r}{nearest(str(name), names)}")
    return importlib.import_module(f"experiments.{name}").build(config, workdir)


def read_config(workdir: str | Path) -> ConfigDict:
    """Returns the config with which a run was trained.

    Raises:
      ValueError: if `workdir` is not a run folder.
    """
    path = Path(workdir) / run_folder.CONFIG
    if not path.is_file():
        raise ValueError(f"{workdir} is not a run folder: it has no {path.name}")
    return ConfigDict(json.loads(path.read_text(encoding="utf-8"))).lock()


def load(workdir: str | Path) -> tuple["Task", "Params"]:
    """Builds the task of a run folder and restores its best parameters.

    Raises:
      ValueError: if `workdir` is not a run folder, or has no checkpoint yet.
    """
    task = build(read_config(workdir), workdir)
    from seqnets.training import loop

    return task, loop.restore(task, workdir)
