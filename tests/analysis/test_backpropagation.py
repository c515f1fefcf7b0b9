"""Back-propagation as 001 and 002 write it equals automatic differentiation (C2)."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import cells
from seqnets.analysis import backpropagation
from seqnets.feedforward import MLP
from tests.looping import draw

B, D, K = 5, 4, 3

pytestmark = pytest.mark.usefixtures("x64", "quickly")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def drawn(rng, net):
    """Returns random float64 parameters of a net, or of a cell."""
    return draw(rng, jax.eval_shape(lambda: net.init(jax.random.key(0), D)), np.float64)


def assert_close(found, expected):
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-13),
        found,
        expected,
    )


@pytest.mark.parametrize("activation", ["logistic", "tanh", "relu"])
@pytest.mark.parametrize("dims", [(K,), (6, K), (6, 5, K)], ids=str)
def test_a_softmax_classifier_has_the_automatic_gradient(rng, dims, activation):
    net = MLP(dims, activation)
    params = drawn(rng, net)
    x, targets = rng.normal(size=(B, D)), rng.integers(K, size=B)

    def loss(params):
        log_p = jax.nn.log_softmax(net.apply(params, x))
        return -log_p[np.arange(B), targets].sum()

    @jax.jit
    def ways(params):
        delta = backpropagation.softmax_error(net.apply(params, x), targets)
        found = backpropagation.backpropagate(net, params, x, delta)
        return found, jax.grad(loss)(params)

    assert_close(*ways(params))


def test_an_elementwise_output_has_the_error_of_eq_15(rng):
    net = MLP((6, K), "logistic")
    params = drawn(rng, net)
    x, y = rng.normal(size=(B, D)), rng.uniform(size=(B, K))

    def loss(params):
        return 0.5 * jnp.sum((jax.nn.sigmoid(net.apply(params, x)) - y) ** 2)

    @jax.jit
    def ways(params):
        a = jax.nn.sigmoid(net.apply(params, x))
        delta = backpropagation.elementwise_error(a - y, a, "logistic")
        found = backpropagation.backpropagate(net, params, x, delta)
        return found, jax.grad(loss)(params)

    assert_close(*ways(params))


@pytest.mark.parametrize("activation", ["tanh", "logistic", "relu", "identity"])
@pytest.mark.parametrize("bias", [True, False])
def test_a_step_has_the_automatic_gradient(rng, activation, bias):
    cell = cells.SRN(K, activation, bias=bias)
    params = drawn(rng, cell)
    x, before, d_h = (rng.normal(size=(B, dim)) for dim in (D, K, K))

    def step(x, before, params):
        return cell.step(params, cells.SRNState(before), cell.project(params, x))[1]

    @jax.jit
    def ways(params):
        h, pull = jax.vjp(step, x, before, params)
        found = backpropagation.backpropagate_step(cell, params, x, before, h, d_h)
        return tuple(found), pull(d_h)

    assert_close(*ways(params))


def test_a_step_of_another_form_is_refused(rng):
    cell = cells.SRN(K, form="preactivation")
    with pytest.raises(ValueError, match="standard"):
        backpropagation.backpropagate_step(cell, None, *rng.normal(size=(4, B, K)))
