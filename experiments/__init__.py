"""Experiments: one module per task, each with a function `build`.

What the commands do, a notebook does with `build` and `load`, and with `fit` and
`evaluate` of `seqnets.training`.
"""

import importlib
import json
import pkgutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ml_collections import ConfigDict

# `seqnets` imports JAX, which takes seconds: it is imported where it is needed.
if TYPE_CHECKING:
    from seqnets.training.task import Experiment


def build(config: ConfigDict, workdir: str | Path | None = None) -> "Experiment":
    """Builds the task or study that a config describes.

    Args:
      config: `experiment` names the module, which reads the other fields.
      workdir: run folder whose files, such as a vocabulary, the task uses again.

    Raises:
      ValueError: for an unknown experiment, or a config that its module refuses.
    """
    name = config.experiment
    if name not in names():
        from seqnets.checks import did_you_mean

        hint = did_you_mean(str(name), names())
        raise ValueError(f"unknown experiment {name!r}{hint}")
    return importlib.import_module(f"experiments.{name}").build(config, workdir)


def names() -> list[str]:
    """Returns the names of all experiments."""
    found = pkgutil.iter_modules(__path__)
    return [m.name for m in found if not m.ispkg and not m.name.startswith("__")]


def read_config(workdir: str | Path) -> ConfigDict:
    """Returns the config with which a run was trained.

    Raises:
      ValueError: if `workdir` is not a run folder.
    """
    path = Path(workdir) / "config.json"
    if not path.is_file():
        raise ValueError(f"{workdir} is not a run folder: it has no {path.name}")
    return ConfigDict(json.loads(path.read_text(encoding="utf-8"))).lock()


def load(workdir: str | Path) -> tuple["Experiment", Any]:
    """Builds the task of a run folder and restores its best parameters.

    Returns:
      The task and its parameters, or the study and what it found.

    Raises:
      ValueError: if `workdir` is not a run folder, or has no checkpoint yet.
    """
    experiment = build(read_config(workdir), workdir)
    from seqnets.training import evaluation

    return experiment, evaluation.restore(experiment, workdir)
