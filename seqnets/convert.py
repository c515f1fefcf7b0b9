"""Conversion of parameters from and to PyTorch's layers and safetensors files.

PyTorch is not needed: its side is a mapping from the names of `state_dict()`
("weight_ih_l0", "bias_hh_l1_reverse") to NumPy arrays. Its layers and ours
order the gates alike, so only transposes and the second bias differ.
"""

import os
from collections.abc import Iterator, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from seqnets.cells import (
    GRU,
    LSTM,
    SRN,
    Cell,
    Dropout,
    GRUParams,
    LSTMParams,
    SRNParams,
    Stack,
)
from seqnets.cells.cell import Params
from seqnets.linear import supported
from seqnets.unroll import Directions

# What the options of a cell may be; those left out, such as `dim`, are free.
TORCH_OPTIONS: dict[type[Cell], dict[str, tuple[Any, ...]]] = {
    SRN: {"activation": ("tanh", "relu"), "form": ("standard",)},
    LSTM: {
        "forget_gate": (True,),
        "coupled": (False,),
        "peephole": (False,),
        "candidate": ("tanh",),
        "output": ("gated_tanh",),
        "layer_norm": (False,),
        "recurrence": ("dense",),
    },
    GRU: {"reset": ("after",), "update": ("old",), "recurrence": ("dense",)},
}


def from_torch(
    cell: Cell,
    arrays: Mapping[str, Any],
    *,
    bidirectional: bool = False,
    prefix: str = "",
) -> Params:
    """Returns a cell's parameters from those of PyTorch's RNN, LSTM or GRU.

    PyTorch adds two biases, b_ih + b_hh; we keep their sum, except for the GRU's
    candidate, whose b_hh is inside the reset: n = tanh(.. + r (.. + b_n)).

    Args:
      cell: an `SRN` (tanh or relu), an `LSTM` (projected or not), a
        `GRU(reset="after", update="old")`, or a `Stack` of one of them. `Dropout`
        has no parameters and is ignored.
      arrays: by PyTorch's names.
      bidirectional: whether there is a reverse run in every layer.
      prefix: what the names begin with, such as "lstm." in the `state_dict()` of a
        whole model; others are ignored.

    Returns:
      Parameters for `unroll`, or for `bidirectional`.

    Raises:
      ValueError: for names that are missing or unexpected, for arrays of another
        shape, and for cells that PyTorch does not have.
    """
    layers = _layers(cell)
    directions = 2 if bidirectional else 1
    names = [
        _torch_name(part, layer, direction)
        for layer, own in enumerate(layers)
        for direction in range(directions)
        for part in _shapes(own, 1)
    ]
    arrays = _without(prefix, arrays)
    _require_names(arrays, names)

    stack = []
    in_dim = arrays["weight_ih_l0"].shape[-1]
    for layer, own in enumerate(layers):
        runs = []
        for direction in range(directions):
            parts = {}
            for part, shape in _shapes(own, in_dim).items():
                name = _torch_name(part, layer, direction)
                _require_shape(name, arrays[name], shape)
                parts[part] = jnp.asarray(arrays[name])
            runs.append(_read(own, parts))
        stack.append(Directions(*runs) if bidirectional else runs[0])
        in_dim = directions * own.out_dim
    return tuple(stack) if isinstance(cell, Stack) else stack[0]


def to_torch(
    cell: Cell, params: Params, *, bidirectional: bool = False, prefix: str = ""
) -> dict[str, np.ndarray]:
    """Returns the arrays of the PyTorch layer that computes what a cell computes.

    Where PyTorch has two biases and we have one, the second is zero.

    Args:
      cell, bidirectional, prefix: as for `from_torch`.
      params: the cell's parameters.

    Returns:
      Arrays by PyTorch's names, for `load_state_dict` after `torch.from_numpy`.

    Raises:
      ValueError: for cells that PyTorch does not have.
    """
    stack = params if isinstance(cell, Stack) else (params,)
    return {
        prefix + _torch_name(part, layer, direction): np.ascontiguousarray(array)
        for layer, (own, p) in enumerate(zip(_layers(cell), stack, strict=True))
        for direction, run in enumerate(p if bidirectional else (p,))
        for part, array in _write(own, run).items()
    }


def save_safetensors(path: str | os.PathLike, tree: Any) -> None:
    """Writes a tree of arrays; each is named by its path, as "0.forward.w_x".

    Raises:
      ValueError: if two arrays would have the same name.
    """
    named: dict[str, np.ndarray] = {}
    for name, leaf in _named(tree):
        if name in named:
            raise ValueError(f"two arrays of the tree are named {name!r}")
        named[name] = np.asarray(leaf, order="C")
    save_file(named, path)


def load_safetensors(path: str | os.PathLike, like: Any) -> Any:
    """Reads what `save_safetensors` wrote.

    Args:
      path: the file.
      like: a tree of arrays, or of `jax.ShapeDtypeStruct`s, of the same shapes.

    Returns:
      A tree like `like`.

    Raises:
      ValueError: if the file is not a safetensors file, holds other names, shapes or
        dtypes than `like`, or is float64 without JAX's 64-bit mode.
    """
    try:
        arrays = load_file(path)
    except SafetensorError as error:
        raise ValueError(f"{path} is not a safetensors file: {error}") from error
    named = dict(_named(like))
    _require_names(arrays, named)
    for name, leaf in named.items():
        _require_shape(name, arrays[name], leaf.shape)
        if arrays[name].dtype != leaf.dtype:
            raise ValueError(f"{name} must be {leaf.dtype}, not {arrays[name].dtype}")
        supported(leaf.dtype)
    leaves = [jnp.asarray(arrays[name]) for name in named]
    return jax.tree.unflatten(jax.tree.structure(like), leaves)


def _named(tree: Any) -> Iterator[tuple[str, Any]]:
    for path, leaf in jax.tree_util.tree_flatten_with_path(tree)[0]:
        yield jax.tree_util.keystr(path, simple=True, separator="."), leaf


def _layers(cell: Cell) -> tuple[Cell, ...]:
    """Returns the layers of a PyTorch net, which all are alike."""
    if isinstance(cell, Stack) and cell.passes_inputs:
        raise ValueError(
            "PyTorch has no connections past layers: use residual=False, and a Stack"
            " for a SkipStack"
        )
    layers = cell.cells if isinstance(cell, Stack) else (cell,)
    layers = tuple(own.cell if isinstance(own, Dropout) else own for own in layers)
    for own in layers:
        if type(own) not in TORCH_OPTIONS:
            raise ValueError(
                f"PyTorch has no {type(own).__name__}: use SRN, LSTM or GRU, or a Stack"
                " of one of them"
            )
        options = TORCH_OPTIONS[type(own)]
        wrong = [name for name in options if getattr(own, name) not in options[name]]
        if wrong:
            given = ", ".join(f"{name}={getattr(own, name)!r}" for name in wrong)
            use = ", ".join(f"{n}={' or '.join(map(repr, options[n]))}" for n in wrong)
            raise ValueError(
                f"PyTorch has no {type(own).__name__} with {given}: use {use}"
            )
        if own != layers[0]:
            raise ValueError(f"PyTorch stacks equal layers, not {layers[0]} and {own}")
    return layers


def _shapes(cell: Cell, in_dim: int) -> dict[str, tuple[int, ...]]:
    rows = cell.dim * (1 if isinstance(cell, SRN) else len(cell.gates))
    shapes = {"weight_ih": (rows, in_dim), "weight_hh": (rows, cell.out_dim)}
    if cell.bias:
        shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
    if isinstance(cell, LSTM) and cell.projection:
        shapes["weight_hr"] = (cell.projection, cell.dim)
    return shapes


def _torch_name(part: str, layer: int, direction: int) -> str:
    return f"{part}_l{layer}" + ("_reverse" if direction else "")


def _read(cell: Cell, parts: dict[str, Array]) -> Params:
    """Returns one run's parameters from PyTorch's parts of it."""
    w_x, w_h = parts["weight_ih"].T, parts["weight_hh"].T
    b = parts["bias_ih"] + parts["bias_hh"] if cell.bias else None
    if isinstance(cell, SRN):
        return SRNParams(w_x, w_h, b)
    if isinstance(cell, LSTM):
        w_p = parts["weight_hr"].T if cell.projection else None
        return LSTMParams(w_x, w_h, b, w_p=w_p)
    if not cell.bias:
        return GRUParams(w_x, w_h, None)
    H = cell.dim
    b = jnp.concatenate([b[:-H], parts["bias_ih"][-H:]])
    return GRUParams(w_x, w_h, b, parts["bias_hh"][-H:])


def _write(cell: Cell, params: Params) -> dict[str, np.ndarray]:
    """Returns PyTorch's parts of one run from its parameters."""
    parts = {
        "weight_ih": np.asarray(params.w_x).T,
        "weight_hh": np.asarray(params.w_h).T,
    }
    if cell.bias:
        parts["bias_ih"] = np.asarray(params.b)
        parts["bias_hh"] = np.zeros_like(parts["bias_ih"])
    if isinstance(cell, GRU) and cell.bias:
        parts["bias_hh"][-cell.dim :] = params.b_n
    if isinstance(cell, LSTM) and cell.projection:
        parts["weight_hr"] = np.asarray(params.w_p).T
    return parts


def _without(prefix: str, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the arrays whose names begin with a prefix, by what is left of them."""
    first = "weight_ih_l0"
    others = [name.removesuffix(first) for name in arrays if name.endswith(first)]
    if others and prefix not in others:
        choices = " or ".join(f"prefix={other!r}" for other in others)
        raise ValueError(f"no array is named {prefix + first!r}: pass {choices}")
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }


def _require_names(arrays: Mapping[str, Any], names: Any) -> None:
    missing = [name for name in names if name not in arrays]
    unexpected = [name for name in arrays if name not in names]
    if missing or unexpected:
        wrong = {"missing": missing, "unexpected": unexpected}
        raise ValueError(
            "; ".join(f"{how}: {', '.join(n)}" for how, n in wrong.items() if n)
        )


def _require_shape(name: str, array: Any, shape: tuple[int, ...]) -> None:
    if tuple(array.shape) != tuple(shape):
        raise ValueError(f"{name} must have shape {tuple(shape)}, not {array.shape}")
