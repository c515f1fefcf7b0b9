"""A cell inside a model is found with what it reads, and the error it gets."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn

from seqnets import cells
from seqnets.modules.overhearing import overhear
from seqnets.modules.reading import Reading
from seqnets.modules.recurrent import Recurrent
from seqnets.unroll import unroll

B, T, V, H = 2, 4, 5, 3
TOKENS = jnp.array([[0, 1, 2, 3], [4, 3, 0, 0]])
MASK = jnp.array([[True] * 4, [True, True, False, False]])


class Model(nn.Module):
    """Embeds, reads by a chain, and adds up the squares of what is read."""

    cell: Any
    how: str

    @nn.compact
    def __call__(self, tokens, mask):
        table = self.param("embedding", nn.initializers.normal(1.0), (V, 2))
        if self.how == "backwards":
            chain = Recurrent(self.cell, reverse=True)
            return jnp.sum(chain(table[tokens], mask=mask)[1] ** 2)
        if self.how == "all":
            return jnp.sum(Recurrent(self.cell)(table[tokens], mask=mask)[1] ** 2)
        return jnp.sum(
            Reading(self.cell, how=self.how)(table[tokens], mask=mask)[0] ** 2
        )


def loss(model):
    params = model.init(jax.random.key(0), TOKENS, MASK)
    return params["params"], lambda: model.apply(params, TOKENS, MASK)


@pytest.mark.parametrize("how", ["all", "last", "position"])
def test_what_a_chain_reads_and_is_told_is_overheard(how):
    cell = cells.Stack((cells.LSTM(2), cells.GRU(H)))
    params, compute = loss(Model(cell, how))
    heard = overhear(compute)
    assert heard.cell == cell and heard.state is None and heard.reset is None
    np.testing.assert_array_equal(heard.mask, MASK)
    np.testing.assert_array_equal(heard.xs, params["embedding"][TOKENS])
    _, ys = unroll(heard.cell, heard.params, heard.xs, mask=heard.mask)
    # The loss is Σ y², of the last real step at least: its gradient there is 2 y.
    last = ys[jnp.arange(B), jnp.array([3, 1])]
    np.testing.assert_allclose(heard.d_y, 2.0 * last, rtol=1e-5)


def test_a_model_that_runs_nothing_forwards_is_refused():
    for model in (Model(cells.GRU(H), "backwards"), nn.Dense(2)):
        args = (TOKENS, MASK) if isinstance(model, Model) else (jnp.ones((1, 2)),)
        params = model.init(jax.random.key(0), *args)
        with pytest.raises(LookupError, match="no cell"):
            overhear(lambda: jnp.sum(model.apply(params, *args)))  # noqa: B023
