"""Checkpoints: the newest state of a run and its best parameters.

The only file that knows Orbax. A checkpoint is a numbered folder, which Orbax fills
under another name and renames when it is whole; so one that bears a number is whole,
whatever became of the process, and the highest number is the newest. The one before
is removed only then. What its disk does to the arrays later, their checksums tell.
"""

import functools
import logging
import shutil
import sys
import zlib
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp

FORMAT = 1


class CheckpointError(OSError):
    """A checkpoint could not be written; the one before is as it was."""


class Checkpoints:
    """The `checkpoints` folder of a run: `latest` and `best`."""

    def __init__(self, workdir: str | Path):
        self.folder = Path(workdir).absolute() / "checkpoints"

    def save_latest(self, state: Any, meta: dict[str, Any]) -> None:
        """Writes all that resuming needs, and removes what it replaces.

        Args:
          state: a pytree of arrays.
          meta: what JSON can hold.

        Raises:
          CheckpointError: where the disk does not take it.
        """
        self._save("latest", state, meta)

    def restore_latest(self, target: Any) -> tuple[Any, dict[str, Any]] | None:
        """Reads the newest state, or None where none was saved.

        Args:
          target: the tree of `jax.ShapeDtypeStruct` to restore, with the shardings
            that it is to have now.

        Raises:
          ValueError: for another format, a state that is not like `target`, or one that
            is damaged.
        """
        return self._restore("latest", target)

    def save_best(self, params: Any, meta: dict[str, Any]) -> None:
        """Writes the parameters that reached the goal best so far; as above."""
        self._save("best", params, meta)

    def restore_best(self, target: Any) -> Any | None:
        """Reads the best parameters, or None where none were saved; as above."""
        restored = self._restore("best", target)
        return None if restored is None else restored[0]

    def meta(self, name: str = "latest") -> dict[str, Any] | None:
        """Reads what was said about a checkpoint, without its arrays; as above."""
        path = self._newest(name)
        return None if path is None else _read_meta(path)[0]

    def _save(self, name: str, tree: Any, meta: dict[str, Any]) -> None:
        newest = self._newest(name)
        path = self.folder / name / str(1 + (int(newest.name) if newest else 0))
        item = {"tree": _without_empty(tree)}
        own = {"format": FORMAT, "checksums": _checksums(item)}
        args = ocp.args.Composite(
            tree=ocp.args.StandardSave(item), meta=ocp.args.JsonSave(meta | own)
        )
        try:
            with _checkpointer() as checkpointer:
                checkpointer.save(path, args=args)
        except Exception as error:  # TensorStore has its own for a full disk.
            self._keep_only(newest, name)
            kept = f"the one before, {newest}, is whole" if newest else "there is none"
            raise CheckpointError(
                f"cannot save checkpoint {path}: {_first_line(error)}; {kept}"
            ) from error
        self._keep_only(path, name)

    def _restore(self, name: str, target: Any) -> tuple[Any, dict[str, Any]] | None:
        path = self._newest(name)
        if path is None:
            return None
        meta, checksums = _read_meta(path)
        item = {"tree": _without_empty(target)}
        args = ocp.args.Composite(tree=ocp.args.StandardRestore(item))
        if different := _differences(path / "tree", item):
            raise ValueError(f"checkpoint {path} is not of this model: {different}")
        try:
            with _checkpointer() as checkpointer:
                found = checkpointer.restore(path, args=args).tree
        except Exception as error:  # Orbax and TensorStore have classes of their own.
            raise _damaged(path, _first_line(error)) from error
        if changed := _changed(checksums, found):
            raise _damaged(path, f"array {changed[0]!r} is not as it was saved")
        tree = jax.tree.map(
            lambda t, a: (
                jnp.zeros(t.shape, t.dtype, device=t.sharding) if a is None else a
            ),
            target,
            found["tree"],
        )
        return tree, meta

    def _newest(self, name: str) -> Path | None:
        folder = self.folder / name
        found = folder.iterdir() if folder.is_dir() else ()
        whole = [path for path in found if path.name.isdecimal()]
        return max(whole, key=lambda path: int(path.name), default=None)

    def _keep_only(self, kept: Path | None, name: str) -> None:
        """Removes older checkpoints and what is left of unfinished ones."""
        folder = self.folder / name
        if jax.process_index() != 0 or not folder.is_dir():
            return
        for path in folder.iterdir():
            if path != kept:
                shutil.rmtree(path, ignore_errors=True)


def _read_meta(path: Path) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """Returns what was said about a checkpoint, and the checksums of its arrays."""
    args = ocp.args.Composite(meta=ocp.args.JsonRestore())
    try:
        with _checkpointer() as checkpointer:
            meta = dict(checkpointer.restore(path, args=args).meta)
    except Exception as error:  # As where arrays are restored.
        raise _damaged(path, _first_line(error)) from error
    if (found := meta.pop("format", None)) != FORMAT:
        raise ValueError(
            f"checkpoint {path} has format {found}; this version reads {FORMAT}"
        )
    return meta, meta.pop("checksums", {})  # Older ones have none.


def _checkpointer() -> ocp.Checkpointer:
    _silence()
    return ocp.Checkpointer(ocp.CompositeCheckpointHandler())


def _without_empty(tree: Any) -> Any:
    """Puts None for arrays of no elements, which Orbax cannot store."""
    return jax.tree.map(lambda a: a if a.size else None, tree)


def _checksums(tree: Any) -> dict[str, list[Any]]:
    """Returns the dtype and the CRC-32 of each array, by path, as JSON has them.

    Left out are those of which this process has but a part: of several processes, what
    is cut among their devices.
    """
    return {
        name: [str(a.dtype), zlib.crc32(np.asarray(a).reshape(-1).view(np.uint8))]
        for name, a in _by_path(tree).items()
        if _is_whole(a)
    }


def _is_whole(a: Any) -> bool:
    if not isinstance(a, jax.Array):
        return True
    if jnp.issubdtype(a.dtype, jax.dtypes.extended):  # A key has no bytes to read.
        return False
    return a.is_fully_addressable or a.is_fully_replicated


def _changed(saved: dict[str, list[Any]], tree: Any) -> list[str]:
    """Returns the paths of the arrays that have not the checksums saved."""
    return [
        name
        for name, (dtype, checksum) in (_checksums(tree) if saved else {}).items()
        # One that was restored as another dtype has other bytes.
        if name in saved and saved[name][0] == dtype and saved[name][1] != checksum
    ]


def _damaged(path: Path, why: str) -> ValueError:
    return ValueError(
        f"checkpoint {path} is damaged: {why}; put back a copy of {path.parent}, or"
        " train in another folder"
    )


@functools.cache
def _silence() -> None:
    """Drops, from now on, what Orbax leaves behind where an array cannot be read.

    It then closes its event loop, with the reading of other arrays under way: each of
    these complains when it is thrown away, until the process ends.
    """
    hook = sys.unraisablehook

    def pass_on(unraisable: Any) -> None:
        code = getattr(unraisable.object, "cr_code", None)
        files = [] if code is None else [code.co_filename]
        trace = unraisable.exc_traceback
        while trace is not None:
            files.append(trace.tb_frame.f_code.co_filename)
            trace = trace.tb_next
        closed = "Event loop is closed" in str(unraisable.exc_value)
        of_orbax = any("orbax" in file for file in files)
        if not of_orbax and not (closed and any("asyncio" in file for file in files)):
            hook(unraisable)

    sys.unraisablehook = pass_on
    logging.getLogger("asyncio").addFilter(lambda r: "orbax" not in r.getMessage())


def _differences(path: Path, target: Any) -> str:
    """Returns how the arrays of a checkpoint differ from others, by path and shape.

    Returns:
      "" where they do not, or where what the checkpoint says of them is damaged.
    """
    try:
        found = _shapes(ocp.StandardCheckpointHandler().metadata(path).tree)
    except Exception:  # Whatever the damage makes Orbax raise.
        return ""
    asked = _shapes(target)
    names = (name for name in sorted(found.keys() | asked.keys()))
    different = [
        f"{name} is {found.get(name, 'absent')} there, {asked.get(name, 'absent')} here"
        for name in names
        if found.get(name) != asked.get(name)
    ]
    more = f"; and {len(different) - 3} more" if len(different) > 3 else ""
    return "; ".join(different[:3]) + more


def _shapes(tree: Any) -> dict[str, tuple[int, ...]]:
    return {name: tuple(a.shape) for name, a in _by_path(tree).items()}


def _by_path(tree: Any) -> dict[str, Any]:
    """Returns arrays by their paths, as in "params.w"."""

    def word(part: Any) -> str:
        found = (getattr(part, name, None) for name in ("key", "name", "idx"))
        return str(next(word for word in found if word is not None))

    leaves, _ = jax.tree.flatten_with_path(tree)
    # What is saved is one tree inside a dict.
    return {".".join(map(word, path[1:])): a for path, a in leaves}


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].partition(". See full")[0][:200]
