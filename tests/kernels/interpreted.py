"""Runs a kernel of `persistent_triton` in Triton's interpreter, without JAX.

python -m tests.kernels.interpreted FILE reads arrays and constants from FILE (.npz) and
writes its outputs there. Programs that wait for one another run side by side, each in a
process of its own, on memory that they share.
"""

import importlib
import json
import mmap
import os
import sys
import types
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
KERNELS = "seqnets.kernels.persistent_triton"


class Held:
    """An array in shared memory, with what Triton's interpreter asks of a tensor."""

    def __init__(self, array: np.ndarray):
        room = mmap.mmap(-1, max(1, array.nbytes))
        self.array = np.frombuffer(room, array.dtype, array.size).reshape(array.shape)
        self.array[...] = array
        self.dtype = array.dtype

    def data_ptr(self) -> int:
        return self.array.ctypes.data

    def untyped_storage(self) -> "Held":
        return self

    def storage_offset(self) -> int:
        return 0

    def size(self) -> tuple[int, ...]:
        return self.array.shape

    stride = size

    def cpu(self) -> "Held":
        return self

    def new_empty(self, *_, **__) -> "Place":
        return Place()

    def copy_(self, other: "Held") -> None:
        """Does nothing: the interpreter wrote into this very memory."""


class Place:
    """What the interpreter makes of an array for itself: the same array."""

    def set_(self, storage: Held, *_) -> None:
        self.storage, self.dtype = storage, storage.dtype

    def data_ptr(self) -> int:
        return self.storage.data_ptr()

    def untyped_storage(self) -> Held:
        return self.storage


def run(
    name: str, arrays: dict[str, np.ndarray], programs: int, constants: dict
) -> dict[str, np.ndarray]:
    """Runs all programs; returns the arrays, which the kernel has written to.

    The packages are not run: they would import JAX, and processes that have should not
    be forked.
    """
    for package in ("seqnets", "seqnets.kernels"):
        sys.modules[package] = types.ModuleType(package)
        sys.modules[package].__path__ = [str(ROOT / package.replace(".", "/"))]
    kernel = getattr(importlib.import_module(KERNELS), name)
    held = {name: Held(array) for name, array in arrays.items()}
    together = constants["PARTS"]
    if together == 1:
        kernel[(programs,)](**held, **constants)
    for first in range(0, programs if together > 1 else 0, together):
        children = []
        for _ in range(together):
            child = os.fork()
            if not child:
                kernel[(1,)](**held, **constants)
                os._exit(0)
            children.append(child)
        if any(os.waitpid(child, 0)[1] for child in children):
            raise RuntimeError(f"a program of {first} to {first + together - 1} failed")
    return {name: own.array for name, own in held.items()}


def main(path: str) -> None:
    with np.load(path) as file:
        arrays = dict(file)
    asked = json.loads(str(arrays.pop("asked")))
    np.savez(path, **run(asked["name"], arrays, asked["programs"], asked["constants"]))


if __name__ == "__main__":
    main(sys.argv[1])
