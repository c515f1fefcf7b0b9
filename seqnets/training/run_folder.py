"""Creates a run's folder, or checks that an existing one has the same config.

`config.json` is what the run was asked for, and `goal.json` what it is judged by. While
a run writes in it, `lock` is there.
"""

import contextlib
import errno
import fcntl
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ml_collections import ConfigDict

from seqnets.training import devices

CONFIG = "config.json"
GOAL = "goal.json"
LOCK = "lock"
_UNFINISHED = CONFIG + ".unfinished"
# What a file system says that knows no locks: there, nothing keeps runs apart.
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)

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
            if set(os.listdir(workdir)) - {_UNFINISHED, GOAL, LOCK}:
                raise ValueError(
                    f"{workdir} is not a run folder: it is not empty, and has no"
                    f" {CONFIG}"
                )
            return
        found = read_config(workdir)
    except OSError as error:
        raise ValueError(
            f"cannot use run folder {workdir}: {error.strerror}"
        ) from error
    if not os.access(workdir, os.W_OK):
        raise ValueError(f"cannot write in run folder {workdir}")
    if different := differences(found, plain(config)):
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
        text = json.dumps(plain(config), indent=2) + "\n"
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(workdir / CONFIG)
    except OSError as error:
        raise ValueError(
            f"cannot use run folder {workdir}: {error.strerror}"
        ) from error


@contextlib.contextmanager
def lock(workdir: str | Path) -> Iterator[None]:
    """Keeps other runs out of a folder, which is made if need be.

    The system gives the lock of a process up when it ends, however it ends. Of several
    processes of one run the first locks the folder for all. A folder that was made and
    not claimed is removed again.

    Args:
      workdir: as for `check`, which has been called.

    Raises:
      ValueError: if another process holds the lock, which is named, or the folder
        cannot be made.
    """
    workdir = Path(workdir)
    if not devices.is_first_process():
        devices.wait_for_all("lock")
        yield
        return
    made = [p for p in (workdir, *workdir.parents) if not p.exists()]
    try:
        workdir.mkdir(parents=True, exist_ok=True)
        file = _locked(workdir / LOCK)
    except OSError as error:
        raise ValueError(
            f"cannot use run folder {workdir}: {error.strerror}"
        ) from error
    try:
        devices.wait_for_all("lock")
        yield
    finally:
        with contextlib.suppress(OSError):
            (workdir / LOCK).unlink()
        os.close(file)
        with contextlib.suppress(OSError):  # It has been claimed.
            for folder in made:
                folder.rmdir()


def _locked(path: Path) -> int:
    """Opens and locks a file that is there when it is locked, and says whose it is."""
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(file, 200).decode(errors="replace").strip()
            os.close(file)
            raise ValueError(
                f"run folder {path.parent} is in use by {holder or 'another process'}:"
                " wait for it, or end it; evaluate, sample, predict and score need not"
                " wait"
            ) from None
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                os.close(file)
                raise
        # Its owner may have removed it, and another one locked a new file.
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file), os.stat(path)):
                break
        os.close(file)
    os.ftruncate(file, 0)
    os.write(file, f"process {os.getpid()} on {socket.gethostname()}\n".encode())
    return file


def read_config(workdir: str | Path) -> dict[str, Any]:
    """Returns the fields of the `config.json` of a run folder.

    Raises:
      ValueError: if the file is damaged.
    """
    path = Path(workdir) / CONFIG
    config = _read_json(path)
    if not isinstance(config, dict):
        raise ValueError(f"{path} is damaged: it holds no fields of a config")
    return config


def read_goal(workdir: str | Path) -> Goal | None:
    """Returns the split, the metric and its direction; None where there is no goal.

    Folders of older versions record none.

    Raises:
      ValueError: if the file is damaged.
    """
    path = Path(workdir) / GOAL
    goal = _read_json(path) if path.exists() else None
    if goal is None:
        return None
    words = isinstance(goal, list) and all(isinstance(word, str) for word in goal)
    if not words or len(goal) != 3 or goal[2] not in ("min", "max"):
        raise ValueError(
            f'{path} is damaged: it holds no [split, metric, "min" or "max"]'
        )
    return tuple(goal)


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is damaged: {error}") from error


def require_one(built: ConfigDict, config: ConfigDict) -> None:
    """Refuses another config than a task was built from, or another process has.

    Args:
      built: what the task was built from.
      config: what it is to be trained with.

    Raises:
      ValueError: they differ; in every process, where they differ among processes.
    """
    asked = plain(config)
    if different := differences(plain(built), asked):
        raise ValueError(
            f"the task was built from another config: {'; '.join(different)}"
        )
    launch = [asked, devices.group_size()]
    if not devices.is_same(json.dumps(launch, sort_keys=True)):
        raise ValueError(
            "the processes of this run have different configs: give each the same"
            f" command, and the same {devices.MODEL_DEVICES}"
        )


def differences(found: dict[str, Any], asked: dict[str, Any]) -> list[str]:
    """Returns what differs between two configs, a text for each field.

    An option of a cell that one of them lacks is None there: a cell that is added later
    brings its options into every config, and changes no run.
    """
    found, asked = _flat(found), _flat(asked)
    different = []
    for name in sorted(found.keys() | asked.keys()):
        lacking = None if name.startswith("cell.") else "absent"
        there, here = found.get(name, lacking), asked.get(name, lacking)
        if there != here:
            different.append(f"{name} is {there!r} there, {here!r} here")
    return different


def plain(config: ConfigDict) -> dict[str, Any]:
    """Returns a config as JSON has it, lists for tuples."""
    return json.loads(json.dumps(config.to_dict()))


def _flat(config: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat = {}
    for name, value in config.items():
        nested = isinstance(value, dict) and value
        flat |= _flat(value, f"{prefix}{name}.") if nested else {prefix + name: value}
    return flat
