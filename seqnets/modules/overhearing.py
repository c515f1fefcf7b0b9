"""What a cell inside a model reads and is told, whatever the model is made of."""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from seqnets.cells.cell import Cell, Params, Stack, State
from seqnets.modules.recurrent import Recurrent


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class Heard:
    """A cell at work, and the error at its end: a pytree, the cell static."""

    cell: Cell = dataclasses.field(metadata={"static": True})
    params: Params
    xs: Array  # [B, T, D]
    d_y: Array  # [B, H], ∂L/∂y at each row's last real step.
    state: State | None = None
    mask: Array | None = None  # [B, T]
    reset: Array | None = None  # [B, T]

    def rows(self, count: int) -> "Heard":
        """Returns the first rows of the batch."""
        whole = dataclasses.replace(self, params=None)
        few = jax.tree.map(lambda a: a[:count], whole)
        return dataclasses.replace(few, params=self.params)


def overhear(loss: Callable[[], Array]) -> Heard:
    """Overhears the first `Recurrent` that runs forwards while a loss is computed.

    Args:
      loss: computes a loss by a model of Linen. The model's own Python must run, not
        a compiled copy; around all of this `jax.jit` may stand.

    Raises:
      LookupError: where no such module is called.
    """
    heard = []

    def run(nudge: Any) -> Array:
        """Returns the loss if the cell's answer were so much larger."""
        heard.clear()

        def intercept(call, args, kwargs, context):
            module, answer = context.module, call(*args, **kwargs)
            if context.method_name != "__call__" or not isinstance(module, Recurrent):
                return answer
            if heard or module.reverse:
                return answer
            params = module.variables["params"]["cell"]
            heard.append((module.cell, params, *args, kwargs, answer))
            return answer if nudge is None else jax.tree.map(jnp.add, answer, nudge)

        with nn.intercept_methods(intercept):
            return loss()

    run(None)
    if not heard:
        raise LookupError("its model has no cell that runs forwards by itself")
    cell, params, xs, marks, answer = heard[0]
    d_state, d_ys = jax.grad(run)(jax.tree.map(jnp.zeros_like, answer))
    marks = {name: marks.get(name) for name in ("state", "mask", "reset")}
    last = jnp.full(len(xs), xs.shape[1] - 1)
    if marks["mask"] is not None:
        last -= jnp.argmax(marks["mask"][:, ::-1], 1)
    # A model reads the end of a chain as its last output, or as its last state.
    top = d_state[-1] if isinstance(cell, Stack) else d_state
    d_y = jnp.take_along_axis(d_ys, last[:, None, None], 1)[:, 0] + top.h
    return Heard(cell, params, xs, d_y, **marks)
