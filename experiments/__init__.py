"""Experiments: one module per task, each with a function `build`.

What the commands do, a notebook does with `build` and `load`, and with `fit` and
`evaluate` of `seqnets.training`.
"""

import importlib
import json
import pkgutil
import types
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
      ValueError: for an unknown experiment, or a config that its module refuses. No
        data has been read then, and no folder made.
    """
    return module(config.get("experiment")).build(config, workdir)


def module(name: str | None) -> types.ModuleType:
    """Imports the module of an experiment.

    Raises:
      ValueError: for an unknown experiment.
    """
    if name not in names():
        from seqnets.checks import did_you_mean

        hint = did_you_mean(str(name), names())
        raise ValueError(f"unknown experiment {name!r}{hint}")
    return importlib.import_module(f"experiments.{name}")


def names() -> list[str]:
    """Returns the names of all experiments."""
    found = pkgutil.iter_modules(__path__)
    return [m.name for m in found if not m.ispkg and not m.name.startswith("__")]


def seeds(workdir: str | Path) -> list[Path]:
    """Returns the run folders `seed_*` in a folder that is no run folder itself."""
    workdir = Path(workdir)
    if (workdir / "config.json").exists():
        return []
    found = [p for p in workdir.glob("seed_*") if (p / "config.json").is_file()]
    return sorted(found, key=lambda path: (len(path.name), path.name))


def read_config(workdir: str | Path) -> ConfigDict:
    """Returns the config with which a run was trained.

    Raises:
      ValueError: if `workdir` is not a run folder, or its config is damaged.
    """
    path = Path(workdir) / "config.json"
    if not path.is_file():
        raise ValueError(f"{workdir} is not a run folder: it has no {path.name}")
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is damaged: {error}") from error
    if not isinstance(fields, dict):
        raise ValueError(f"{path} is damaged: it holds no fields")
    return ConfigDict(fields).lock()


def rebuild(workdir: str | Path) -> "Experiment":
    """Builds the task or study of a run folder.

    Raises:
      ValueError: if `workdir` is not a run folder, or its config is damaged.
    """
    config = read_config(workdir)
    try:
        return build(config, workdir)
    except ValueError as error:
        raise ValueError(f"{Path(workdir) / 'config.json'}: {error}") from error


def load(workdir: str | Path) -> tuple["Experiment", Any]:
    """Builds the task of a run folder and restores its best parameters.

    Returns:
      The task and its parameters, or the study and what it found.

    Raises:
      ValueError: if `workdir` is not a run folder, its config is damaged, or it has no
        checkpoint yet.
    """
    experiment = rebuild(workdir)
    from seqnets.training import evaluation

    return experiment, evaluation.restore(experiment, workdir)
