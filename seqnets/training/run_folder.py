"""A run's folder belongs to one config: made for it, or found to be of it.

`config.json` is what the run was asked for, and `goal.json` what it is judged by.
"""

import json
import os
from pathlib import Path
from typing import Any

from ml_collections import ConfigDict

CONFIG = "config.json"
GOAL = "goal.json"
_UNFINISHED = CONFIG + ".unfinished"

Goal = tuple[str, str, str]


def check(workdir: str | Path, config: ConfigDict) -> None:
    """Refuses a folder that is not for this config; writes nothing.

    Args:
      workdir: what is not there, or empty, or the folder of a run of this config.
      config: is compared with the `config.json` that is there.

    Raises:
      ValueError: if the folder holds something else, a run of another config (the
        differing fields are named), or cannot be written.
    """
    workdir = Path(workdir)
    if not workdir.exists():
        return
    try:
        if not (workdir / CONFIG).exists():
            if set(os.listdir(workdir)) - {_UNFINISHED, GOAL}:
                raise ValueError(
                    f"{workdir} is not a run folder: it is not empty, and has no"
                    f" {CONFIG}"
                )
            return
        found = json.loads((workdir / CONFIG).read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(
            f"cannot use run folder {workdir}: {error.strerror}"
        ) from error
    if not os.access(workdir, os.W_OK):
        raise ValueError(f"cannot write in run folder {workdir}")
    if different := differences(found, _plain(config)):
        raise ValueError(
            f"{workdir} holds a run of another config: {'; '.join(different)}"
        )


def claim(workdir: str | Path, config: ConfigDict, goal: Goal | None = None) -> None:
    """Makes the folder of a run, unless an earlier call did.

    Args:
      workdir: as for `check`.
      config: is written to `config.json`.
      goal: is written to `goal.json`.

    Raises:
      ValueError: as `check`, and if the folder cannot be made.
    """
    workdir = Path(workdir)
    check(workdir, config)
    if (workdir / CONFIG).exists() and (workdir / GOAL).exists():
        return
    try:
        workdir.mkdir(parents=True, exist_ok=True)
        (workdir / GOAL).write_text(json.dumps(goal) + "\n", encoding="utf-8")
        unfinished = workdir / _UNFINISHED
        text = json.dumps(_plain(config), indent=2) + "\n"
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(workdir / CONFIG)
    except OSError as error:
        raise ValueError(
            f"cannot use run folder {workdir}: {error.strerror}"
        ) from error


def read_goal(workdir: str | Path) -> Goal | None:
    """Returns the split, the metric and its direction; None where there is no goal.

    Folders of older versions record none.
    """
    path = Path(workdir) / GOAL
    goal = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    return None if goal is None else tuple(goal)


def differences(found: dict[str, Any], asked: dict[str, Any]) -> list[str]:
    """Returns what differs between two configs, a text for each field."""
    found, asked = _flat(found), _flat(asked)
    return [
        f"{name} is {found.get(name, 'absent')!r} there, {asked.get(name, 'absent')!r}"
        " here"
        for name in sorted(found.keys() | asked.keys())
        if name not in found or name not in asked or found[name] != asked[name]
    ]


def _plain(config: ConfigDict) -> dict[str, Any]:
    return json.loads(json.dumps(config.to_dict()))


def _flat(config: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat = {}
    for name, value in config.items():
        nested = isinstance(value, dict) and value
        flat |= _flat(value, f"{prefix}{name}.") if nested else {prefix + name: value}
    return flat
