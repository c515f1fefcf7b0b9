"""The bridge from an encoder to a decoder: what a decoder's state begins with (B5)."""

import dataclasses
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets import initializers
from seqnets.cells.cell import Cell, Memory, Params, State
from seqnets.cells.wrappers import Wrapper
from seqnets.checks import require_bound, require_choice, require_positive
from seqnets.linear import affine, floating

KINDS = ("zero", "copy", "tanh")


class BridgeParams(NamedTuple):
    cell: Params
    w: State = None  # Trees like the state: [M, H] each, and
    b: State = None  # [H]; None for arrays that are not floating, and without "tanh".
    memory: Memory | None = None  # Of it, only `start`.


@dataclasses.dataclass(frozen=True)
class Bridge(Wrapper):
    """Begins a cell with what is bound as `Memory.start`.

    zero:  s_0 is the cell's own start
    copy:  s_0 = start, a tree of arrays in the shapes of the state
           (Sutskever et al., 2014)
    tanh:  s_0 = tanh(W start + b) for every floating array of the state, with matrices
           of their own; start is one array [B, M]  (Cho et al., 2014)

    Attributes:
      cell: any cell or stack.
      kind: of `KINDS`.
      start_dim: M, width of the start; only "tanh" needs it.
    """

    kind: str = "tanh"
    start_dim: int | None = None

    def __post_init__(self):
        require_choice(self, "kind", self.kind, KINDS)
        require_positive(self, start_dim=self.start_dim)
        if self.kind == "tanh" and self.start_dim is None:
            raise ValueError("Bridge: kind='tanh' needs start_dim, the start's width M")

    def inner(self, params: BridgeParams) -> Params:
        return params.cell

    def init(self, key: Array, in_dim: int) -> BridgeParams:
        key, key_cell = jax.random.split(key)
        cell = self.cell.init(key_cell, in_dim)
        if self.kind != "tanh":
            return BridgeParams(cell)
        shapes, treedef = jax.tree.flatten(self.cell.state_shape(1, in_dim))
        keys = jax.random.split(key, max(1, len(shapes)))

        def matrix(key, like):
            if not floating(like):
                return None
            return initializers.glorot(key, (self.start_dim, like.shape[-1]))

        ws = [matrix(k, s) for k, s in zip(keys, shapes, strict=False)]
        bs = [None if w is None else jnp.zeros(w.shape[-1]) for w in ws]
        return BridgeParams(cell, treedef.unflatten(ws), treedef.unflatten(bs))

    def bind(self, params: BridgeParams, memory: Memory) -> BridgeParams:
        cell = self.cell.bind(params.cell, memory)
        if self.kind == "zero":
            return params._replace(cell=cell)
        if memory.start is None:
            raise ValueError(
                f"Bridge: kind={self.kind!r} begins with the start of a memory, and"
                " this one has none: pass Memory(values, mask, start)"
            )
        return params._replace(cell=cell, memory=Memory(None, None, memory.start))

    def initial_state(self, params, batch_size: int, dtype: Any) -> State:
        own = self.cell.initial_state(params.cell, batch_size, dtype)
        if self.kind == "zero":
            return own
        start = require_bound(self, params.memory).start
        if self.kind == "copy":
            return _copied(own, start)
        shape = batch_size, self.start_dim
        if getattr(start, "shape", None) != shape:
            raise ValueError(
                "Bridge: kind='tanh' reads a start of shape"
                f" {shape}, not {_shapes(start)}"
            )

        def projected(s, w, b):
            return s if w is None else jnp.tanh(affine(start, w, b)).astype(s.dtype)

        return jax.tree.map(projected, own, params.w, params.b)

    def core(self, params: BridgeParams) -> tuple[Cell, Params]:
        return self.cell.core(params.cell)


def _copied(own: State, start: State) -> State:
    """Returns a start in the dtypes of a state, if it has its shapes."""
    expected, found = _shapes(own), _shapes(start)
    if expected != found:
        raise ValueError(
            f"Bridge: kind='copy' begins with arrays of shapes {expected}, not {found}"
        )
    starts = jax.tree.leaves(start)
    leaves, treedef = jax.tree.flatten(own)
    pairs = zip(starts, leaves, strict=True)
    return treedef.unflatten([a.astype(s.dtype) for a, s in pairs])


def _shapes(tree: Any) -> list[tuple[int, ...]]:
    return [leaf.shape for leaf in jax.tree.leaves(tree)]
