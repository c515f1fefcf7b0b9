"""Feed-forward layers are their equations, and deep nets of them are loops."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import cells, feedforward
from seqnets.cells.gru import GRUParams
from seqnets.unroll import unroll
from tests import looping

pytestmark = pytest.mark.usefixtures("quickly")

D, H, B = 3, 4, 5

WIDTH_KEEPING = [
    feedforward.Layer(H),
    feedforward.Highway(H),
    feedforward.Highway(H, "relu", update="old"),
    feedforward.Residual(H),
]
NETS = [
    feedforward.Layer(H, "logistic", initial="normal"),
    feedforward.MLP((6, H), "relu"),
    feedforward.MLP((H,)),
    feedforward.Stack((feedforward.Layer(6), feedforward.Layer(H, "relu"))),
]


def draw(net):
    """Returns parameters of any values, for inputs of width H."""
    return looping.like_init(np.random.default_rng(0), net.init, H)


def apply(net, params, xs):
    return np.asarray(jax.jit(net.apply)(params, xs))


@pytest.fixture
def xs():
    return np.random.default_rng(1).normal(size=(B, H)).astype(np.float32)


@pytest.mark.parametrize("net", WIDTH_KEEPING + NETS, ids=repr)
def test_a_net_maps_any_leading_axes_to_its_width(net, xs):
    params = draw(net)
    ys = apply(net, params, xs)
    assert ys.shape == (B, H) and net.out_dim == H and hash(net)
    stacked = apply(net, params, xs.reshape(1, B, H))
    np.testing.assert_allclose(stacked[0], ys, rtol=1e-6)
    assert all(a.dtype == jnp.float32 for a in jax.tree.leaves(params))


@pytest.mark.parametrize("name", feedforward.ACTIVATIONS)
def test_a_layer_is_its_equation(name, xs):
    layer = feedforward.Layer(6, name, initial="normal")
    w, b = draw(layer)
    z = xs @ w + b
    f = {
        "tanh": np.tanh(z),
        "logistic": 1 / (1 + np.exp(-z)),
        "relu": np.maximum(z, 0),
        "identity": z,
    }
    ys = apply(layer, feedforward.LayerParams(w, b), xs)
    np.testing.assert_allclose(ys, f[name], rtol=1e-5, atol=1e-6)


def test_a_residual_layer_adds_to_its_input(xs):
    plain, residual = feedforward.Layer(H, "relu"), feedforward.Residual(H, "relu")
    params = draw(plain)
    np.testing.assert_allclose(
        apply(residual, params, xs), apply(plain, params, xs) + xs, rtol=1e-6
    )


@pytest.mark.parametrize("update", ["new", "old"])
def test_a_highway_layer_weighs_its_input_against_a_layer(update, xs):
    highway = feedforward.Highway(H, update=update)
    params = draw(highway)
    part = [feedforward.LayerParams(*half) for half in zip(
        np.split(params.w, 2, 1), np.split(params.b, 2), strict=True
    )]  # fmt: skip
    z = apply(feedforward.Layer(H, "logistic"), part[0], xs)
    f = apply(feedforward.Layer(H), part[1], xs)
    expected = z * f + (1 - z) * xs if update == "new" else z * xs + (1 - z) * f
    np.testing.assert_allclose(apply(highway, params, xs), expected, rtol=1e-5)


@pytest.mark.parametrize("update", ["new", "old"])
def test_a_negative_gate_bias_makes_a_highway_nearly_the_identity(update, key, xs):
    layer = feedforward.Highway(H, update=update, gate_bias=-12.0)
    ys = jax.jit(lambda key: layer.apply(layer.init(key, H), xs))(key)
    np.testing.assert_allclose(ys, xs, atol=1e-3)


def test_both_sides_of_a_gate_are_the_same_highway(xs):
    new, old = (feedforward.Highway(H, update=update) for update in ("new", "old"))
    w, b = draw(new)
    signs = np.where(np.arange(2 * H) < H, -1, 1).astype(np.float32)
    turned = feedforward.HighwayParams(signs * w, signs * b)
    np.testing.assert_allclose(
        apply(new, feedforward.HighwayParams(w, b), xs),
        apply(old, turned, xs),
        rtol=1e-5,
        atol=1e-6,
    )


@pytest.mark.parametrize("update", ["old", "new"])
def test_a_gru_without_input_and_reset_is_a_highway_net(update, xs):
    """004: the state is what a layer says, and time is depth."""
    depth = 3
    highway = feedforward.Highway(H, "tanh", update=update)
    w, b = draw(highway)
    b = np.zeros_like(b)  # The GRU's biases are zero.
    gru = cells.GRU(H, reset="none", update=update)
    gru_params = GRUParams(w_x=np.zeros((1, 2 * H), np.float32), w_h=w, b=b)
    no_input = np.zeros((B, depth, 1), np.float32)
    run = jax.jit(unroll, static_argnums=0)
    _, states = run(gru, gru_params, no_input, state=cells.GRUState(xs))  # [B, T, H]

    a = xs
    for layer in range(depth):
        a = apply(highway, feedforward.HighwayParams(w, b), a)
        np.testing.assert_allclose(states[:, layer], a, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("layer", WIDTH_KEEPING, ids=repr)
def test_a_deep_net_is_its_layers_one_after_the_other(layer, xs):
    deep = feedforward.Deep(layer, 3)
    params = draw(deep)
    a, one = xs, jax.jit(layer.apply)
    for own in [jax.tree.map(lambda p, i=i: p[i], params) for i in range(3)]:
        a = one(own, a)
    np.testing.assert_allclose(apply(deep, params, xs), a, rtol=1e-5, atol=1e-6)
    assert not np.array_equal(params.w[0], params.w[1])


def test_a_deep_net_compiles_as_small_as_a_shallow_one(key, xs):
    def size(depth):
        net = feedforward.Deep(feedforward.Highway(H), depth)
        params = jax.eval_shape(lambda: net.init(key, H))
        grad = jax.jit(jax.grad(lambda p: net.apply(p, xs).sum()))
        return len(grad.lower(params).as_text().splitlines())

    assert size(100) == size(10)


def test_an_mlp_is_layers_and_a_linear_one(xs):
    net = feedforward.MLP((6, 7, 2), "relu")
    params = draw(net)
    a = xs
    for w, b in params[:-1]:
        a = np.maximum(a @ w + b, 0)
    expected = a @ params[-1].w + params[-1].b
    np.testing.assert_allclose(apply(net, params, xs), expected, rtol=1e-5, atol=1e-6)
    assert [p.w.shape for p in params] == [(H, 6), (6, 7), (7, 2)]
    assert [layer.activation for layer in net.layers] == ["relu", "relu", "identity"]


def test_a_net_computes_in_the_dtype_of_its_input(key, xs):
    def dtype(net):
        low = xs.astype(jnp.bfloat16)
        return jax.eval_shape(lambda: net.apply(net.init(key, H), low)).dtype

    for net in (*WIDTH_KEEPING, feedforward.Deep(feedforward.Highway(H), 2)):
        assert dtype(net) == jnp.bfloat16
    assert dtype(feedforward.MLP((6, H))) == jnp.float32  # For a loss.


def test_gradients_are_those_of_finite_differences(x64):
    deep = feedforward.Deep(feedforward.Highway(H), 2)
    net = feedforward.Stack((*WIDTH_KEEPING, deep, feedforward.MLP((5, 1))))
    xs = np.random.default_rng(1).normal(size=(2, H))
    f = jax.jit(lambda params: net.apply(params, xs).sum())
    params = jax.tree.map(np.float64, draw(net))
    way = looping.draw(np.random.default_rng(2), params, np.float64)
    ahead, behind = (
        f(jax.tree.map(lambda p, d, e=e: p + e * d, params, way)) for e in (1e-6, -1e-6)
    )
    grads = jax.tree.map(np.vdot, jax.jit(jax.grad(f))(params), way)
    expected = (ahead - behind) / 2e-6
    np.testing.assert_allclose(sum(jax.tree.leaves(grads)), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("initial", "deviation"),
    [("glorot", (2 / 500) ** 0.5), ("normal", 1.0), ("orthogonal", 1 / 300**0.5)],
)
def test_initial_weights_have_their_spread(initial, deviation, key):
    layer = feedforward.Layer(300, initial=initial)
    w, b = jax.jit(layer.init, static_argnums=1)(key, 200)
    assert np.std(w) == pytest.approx(deviation, rel=0.03)
    assert np.std(b) == pytest.approx(1.0 if initial == "normal" else 0.0, abs=0.15)


def test_orthogonal_layers_stay_so_in_a_deep_net(key):
    deep = feedforward.Deep(feedforward.Layer(H, initial="orthogonal"), 6)
    for w in np.asarray(jax.jit(deep.init, static_argnums=1)(key, H).w):
        np.testing.assert_allclose(w @ w.T, np.eye(H), atol=1e-5)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: feedforward.Layer(0), "positive integer"),
        (lambda: feedforward.Layer(3, "sine"), "activation must be one of tanh"),
        (lambda: feedforward.Layer(3, initial="zeros"), "initial must be one of"),
        (lambda: feedforward.Highway(3, update="both"), "new, old"),
        (lambda: feedforward.Residual(3, "sine"), "activation"),
        (lambda: feedforward.Deep(feedforward.Layer(3), 0), "depth"),
        (lambda: feedforward.MLP(()), "at least the width"),
        (lambda: feedforward.MLP((3, -1)), "positive"),
        (lambda: feedforward.Stack(()), "at least one"),
        (lambda: feedforward.Highway(3).init(jax.random.key(0), 4), "3, not 4"),
        (lambda: feedforward.Residual(3).init(jax.random.key(0), 4), "3, not 4"),
        (
            lambda: feedforward.Deep(feedforward.Layer(3), 2).init(
                jax.random.key(0), 4
            ),
            "Deep.*3, not 4",
        ),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
