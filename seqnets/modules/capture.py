"""Capture of a cell inside a model: its inputs, and the gradient at its last output."""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from seqnets.cells.cell import Cell, Params, State
from seqnets.modules.recurrent import Recurrent, last_steps, top_state
from seqnets.unroll import bind

MARKS = ("state", "mask", "reset", "memory")


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class CellTrace:
    """A run of a cell, and the error at its end: a pytree, the cell static."""

    cell: Cell = dataclasses.field(metadata={"static": True})
    params: Params  # As a checkpoint has them, without the memory.
    xs: Array  # [B, T, D]
    d_y: Array  # [B, H], ∂L/∂y at each row's last real step.
    state: State | None = None
    mask: Array | None = None  # [B, T]
    reset: Array | None = None  # [B, T]
    memory: Any = None  # What the cell reads beside `xs`, leading [B].

    @property
    def bound(self) -> Params:
        """The parameters that `unroll` gets: with the memory bound, if there is one."""
        if self.memory is None:
            return self.params
        return bind(self.cell, self.params, self.memory)

    def rows(self, count: int) -> "CellTrace":
        """Returns the first rows of the batch."""
        whole = dataclasses.replace(self, params=None)
        few = jax.tree.map(lambda a: a[:count], whole)
        return dataclasses.replace(few, params=self.params)


def capture(loss: Callable[[], Array]) -> CellTrace:
    """Captures the first forward `Recurrent` that runs while a loss is computed.

    Args:
      loss: computes a loss by a model of Linen. The model's own Python must run, not
        a compiled copy; around all of this `jax.jit` may stand.

    Raises:
      LookupError: where no such module is called.
    """
    found = []

    def run(offset: Any) -> Array:
        """Returns the loss with an offset added to the state and outputs of the run."""
        found.clear()

        def intercept(call, args, kwargs, context):
            module, answer = context.module, call(*args, **kwargs)
            if context.method_name != "__call__" or not isinstance(module, Recurrent):
                return answer
            if found or module.direction != "forward":
                return answer
            params = module.variables["params"]["cell"]
            found.append((module.cell, params, *args, kwargs, answer))
            return answer if offset is None else jax.tree.map(jnp.add, answer, offset)

        with nn.intercept_methods(intercept):
            return loss()

    run(None)
    if not found:
        raise LookupError("the model has no cell that runs forward by itself")
    cell, params, xs, given, answer = found[0]
    zeros = jax.tree.map(jnp.zeros_like, answer)
    # States may hold integers, whose gradients are empty.
    d_states, d_ys = jax.grad(run, allow_int=True)(zeros)
    marks = {name: given.get(name) for name in MARKS}
    d_y = last_steps(d_ys, marks["mask"])
    # A model reads the end of a run as the last output, or as `h` of the last state.
    d_h = getattr(top_state(d_states), "h", None)
    if d_h is not None and d_h.shape == d_y.shape:
        d_y = d_y + d_h
    return CellTrace(cell, params, xs, d_y, **marks)
