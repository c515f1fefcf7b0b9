"""A net that reads its own forecasts does as one that is given them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import cells, heads
from seqnets.feedforward import MLP
from seqnets.recursive_forecast import Forecaster

pytestmark = pytest.mark.usefixtures("quickly")


@pytest.mark.parametrize("cell", [None, cells.Stack((cells.GRU(3),) * 2)])
def test_forecasts_read_as_true_values_are_forecast_again(cell):
    rng = np.random.default_rng(0)
    model = Forecaster(MLP((4, 2)), heads.Gaussian(), cell, lags=2, direct=True)
    before, inputs = rng.normal(size=(1, 6, 3)), rng.normal(size=(1, 5, 1))
    before, inputs = before.astype(np.float32), inputs.astype(np.float32)
    past, n = rng.normal(size=(1, 2)).astype(np.float32), jnp.ones((1, 5))

    @jax.jit
    def both(key):
        params = model.init(key, 3)
        params["direct"] += 0.3
        state, _ = model.outputs(params, before, jnp.ones((1, 6), bool))
        values, outputs = model.follow(params, state, past, inputs, n)
        known = jnp.concatenate([past[:, ::-1], values], 1)
        rows = [known[:, 1 + h :: -1][:, :2] for h in range(5)]
        read = jnp.concatenate([jnp.stack(rows, 1), inputs], -1)
        whole = jnp.concatenate([before, read], 1)
        _, again = model.outputs(params, whole, jnp.ones((1, 11), bool))
        return values, outputs, again[:, 6:]

    values, outputs, again = both(jax.random.key(0))
    np.testing.assert_allclose(outputs, again, atol=1e-5)
    np.testing.assert_allclose(values, model.head.at(again, 1.0), atol=1e-5)


@pytest.mark.parametrize("cell", [None, cells.GRU(3)])
def test_what_is_masked_changes_no_bit_of_loss_or_gradients(cell):
    rng = np.random.default_rng(0)
    model = Forecaster(MLP((4, 2)), heads.Gaussian(), cell, lags=2, direct=True)
    xs, ys = rng.normal(size=(2, 5, 2)), jnp.asarray(rng.normal(size=(2, 5)))
    mask = np.arange(5) >= np.array([[2], [0]])

    @jax.jit
    def loss(params, xs):
        _, outputs = model.outputs(params, xs, mask)
        return model.head.loss(outputs, ys, mask)[0]

    params, found = model.init(jax.random.key(0), 2), []
    for padding in (0.0, np.nan):
        own = np.where(mask[..., None], xs, padding).astype(np.float32)
        found.append(jax.tree.leaves(jax.value_and_grad(loss)(params, own)))
    for first, second in zip(*found, strict=True):
        np.testing.assert_array_equal(first, second)
