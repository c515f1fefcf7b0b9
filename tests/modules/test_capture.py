"""A cell inside a model is captured with its inputs, and the error it gets."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn

from seqnets import cells
from seqnets.cells.cell import Memory
from seqnets.modules import Recurrent, SequenceEncoder, capture
from seqnets.unroll import unroll
from tests.modules.test_recurrent import Reader, Sum

pytestmark = pytest.mark.usefixtures("quickly")

B, T, V, H = 2, 4, 5, 3
TOKENS = jnp.array([[0, 1, 2, 3], [4, 3, 0, 0]])
MASK = jnp.array([[True] * 4, [True, True, False, False]])
MEMORY = Memory(jax.random.normal(jax.random.key(3), (B, 2, H)))


class Model(nn.Module):
    """Embeds, runs a cell, and adds up the squares of what it gives."""

    cell: Any
    how: str

    @nn.compact
    def __call__(self, tokens, mask):
        table = self.param("embedding", nn.initializers.normal(1.0), (V, 2))
        xs = table[tokens]
        if self.how in ("backward", "all", "memory"):
            run = Recurrent(
                self.cell, "backward" if self.how == "backward" else "forward"
            )
            memory = MEMORY if self.how == "memory" else None
            return jnp.sum(run(xs, mask=mask, memory=memory)[1] ** 2)
        encoder = SequenceEncoder(self.cell, pooling=self.how)
        return jnp.sum(encoder(xs, mask=mask)[0] ** 2)


def loss(model):
    params = jax.jit(model.init)(jax.random.key(0), TOKENS, MASK)
    return params["params"], lambda: model.apply(params, TOKENS, MASK)


@jax.jit
def outputs(trace):
    return unroll(trace.cell, trace.bound, trace.xs, mask=trace.mask)[1]


STACK = cells.Stack((cells.LSTM(2), cells.GRU(H)))


@pytest.mark.parametrize(
    ("cell", "how"),
    [(STACK, "all"), (STACK, "last"), (Sum(H), "last"), (Sum(H), "position")],
    ids=["outputs of a stack", "state of a stack", "last of a user's", "position"],
)
def test_the_inputs_and_the_error_of_a_cell_are_captured(cell, how):
    params, compute = loss(Model(cell, how))
    trace = jax.jit(lambda: capture(compute))()
    assert trace.cell == cell
    assert trace.state is None and trace.reset is None and trace.memory is None
    np.testing.assert_array_equal(trace.mask, MASK)
    np.testing.assert_array_equal(trace.xs, params["embedding"][TOKENS])
    ys = outputs(trace)
    # The loss is Σ y², of the last real step at least: its gradient there is 2 y.
    last = ys[jnp.arange(B), jnp.array([3, 1])]
    np.testing.assert_allclose(trace.d_y, 2.0 * last, rtol=1e-5)


def test_a_memory_is_captured_and_cut_with_the_rows():
    _, compute = loss(Model(Reader(H), "memory"))
    trace = jax.jit(lambda: capture(compute))()
    ys = outputs(trace)
    last = ys[jnp.arange(B), jnp.array([3, 1])]
    np.testing.assert_allclose(trace.d_y, 2.0 * last, rtol=1e-5)
    first = trace.rows(1)
    np.testing.assert_allclose(outputs(first)[0], ys[0], rtol=1e-5)


def test_a_model_that_runs_nothing_forward_is_refused():
    for model in (Model(cells.GRU(H), "backward"), nn.Dense(2)):
        args = (TOKENS, MASK) if isinstance(model, Model) else (jnp.ones((1, 2)),)
        params = model.init(jax.random.key(0), *args)
        with pytest.raises(LookupError, match="no cell"):
            capture(lambda: jnp.sum(model.apply(params, *args)))  # noqa: B023
