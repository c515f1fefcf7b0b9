"""Laws of recursive networks over forests."""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import cells
from seqnets.data.forests import lay_out
from seqnets.structures import tree
from seqnets.structures.compositions import (
    ChildSumTreeLSTM,
    RecursiveNet,
    TreeLSTM,
    TreeLSTMState,
)
from seqnets.unroll import unroll
from tests.data.test_forests import binary
from tests.looping import like_init

pytestmark = pytest.mark.usefixtures("quickly")

H = 3
KINDS = {
    "recursive": RecursiveNet(H),
    "tensor": RecursiveNet(H, tensor=True),
    "binary": TreeLSTM(H),
    "sum": ChildSumTreeLSTM(H),
}


def drawn(composition, dtype=np.float64):
    return like_init(np.random.default_rng(0), composition.init, H, dtype=dtype)


@functools.partial(jax.jit, static_argnums=0)
def read(composition, params, xs, forest):
    return tree.unroll(composition, params, xs, forest)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def recursion(kind, p, children, xs, node):
    """The state of a node, by the equations, one node at a time."""
    below = [recursion(kind, p, children, xs, c) for c in children[node]]
    hs = np.concatenate([s[0] for s in below]) if below else None
    if kind in ("recursive", "tensor"):
        if not below:
            return (xs[node],)
        z = hs @ p.w + p.b
        if kind == "tensor":
            z = z + np.einsum("i,ikj,j->k", hs, p.tensor, hs)
        return (np.tanh(z),)
    u_i, u_f, u_g, u_o = np.split(xs[node] @ p.w_x + p.b, 4)
    f_c = 0.0
    if below and kind == "binary":
        z_i, z_l, z_r, z_g, z_o = np.split(hs @ p.w_h, 5)
        f_c = sigmoid(u_f + z_l) * below[0][1] + sigmoid(u_f + z_r) * below[1][1]
        u_i, u_g, u_o = u_i + z_i, u_g + z_g, u_o + z_o
    elif below:
        z_i, _, z_g, z_o = np.split(sum(s[0] for s in below) @ p.w_h, 4)
        w_f = p.w_h[:, H : 2 * H]
        f_c = sum(sigmoid(u_f + h @ w_f) * c for h, c in below)
        u_i, u_g, u_o = u_i + z_i, u_g + z_g, u_o + z_o
    c = f_c + sigmoid(u_i) * np.tanh(u_g)
    return sigmoid(u_o) * np.tanh(c), c


def forest_of(layout):
    return tree.Forest(*layout[:4])


def laid(layout, vectors, fill=0.0):
    """The vectors of trees' nodes by place, [R, P, D], `fill` elsewhere."""
    rows, size = layout.leaves.shape
    xs = np.full((rows, size + layout.nodes[0].size, H), fill)
    for row, places, own in zip(layout.row, layout.places, vectors, strict=True):
        xs[row, places] = own
    return jnp.asarray(xs)


@pytest.fixture(scope="module")
def forest():
    rng = np.random.default_rng(1)
    trees = [binary(rng, n) for n in (5, 1, 7, 3, 4, 6)]
    vectors = [rng.normal(size=(len(t), H)) for t in trees]
    return trees, vectors


@pytest.mark.parametrize("kind", KINDS)
def test_every_node_is_what_recursion_finds_and_rubbish_changes_nothing(
    kind, forest, x64
):
    trees, vectors = forest
    composition = KINDS[kind]
    params = drawn(composition)
    layout = lay_out(trees, rows=2, width=2, arity=2)
    run = jax.jit(lambda p, xs: tree.unroll(composition, p, xs, forest_of(layout))[1])
    ys = run(params, laid(layout, vectors))
    for row, places, children, xs in zip(
        layout.row, layout.places, trees, vectors, strict=True
    ):
        for node, place in enumerate(places):
            expected = recursion(kind, params, children, xs, node)[0]
            np.testing.assert_allclose(ys[row, place], expected, atol=1e-12)
    np.testing.assert_array_equal(run(params, laid(layout, vectors, np.nan)), ys)
    real = tree.Forest.mask.fget(forest_of(layout))
    assert not np.asarray(ys)[~np.asarray(real)].any()

    def loss(params, xs):
        return (run(params, xs) ** 2).sum()

    gradient = jax.jit(jax.grad(loss, (0, 1)))
    found = gradient(params, laid(layout, vectors))
    for a, b in zip(
        jax.tree.leaves(found),
        jax.tree.leaves(gradient(params, laid(layout, vectors, np.nan))),
        strict=True,
    ):
        np.testing.assert_array_equal(a, b)
    # A derivative in a drawn direction, against a difference.
    leaves, shape = jax.tree.flatten((params, laid(layout, vectors)))
    rng = np.random.default_rng(2)
    along = [jnp.asarray(rng.normal(size=leaf.shape)) for leaf in leaves]
    moved = [
        loss(
            *jax.tree.unflatten(
                shape, [a + s * 1e-6 * d for a, d in zip(leaves, along, strict=True)]
            )
        )
        for s in (1, -1)
    ]
    slope = sum(
        (g * d).sum() for g, d in zip(jax.tree.leaves(found), along, strict=True)
    )
    np.testing.assert_allclose(slope, (moved[0] - moved[1]) / 2e-6, rtol=1e-6)


def ways(kind, forest, leaves_alone):
    """Returns the loss of states and outputs, of (plain, parameters, inputs)."""
    trees, vectors = forest
    composition = KINDS[kind]
    layout = lay_out(trees, rows=2, width=2, arity=2)
    xs = laid(layout, vectors)
    if leaves_alone:
        xs = xs[:, : layout.leaves.shape[1]]

    def loss(plain, params, xs):
        run = tree.unroll(composition, params, xs, forest_of(layout), plain=plain)
        states, ys = run
        return sum((jnp.sin(a) ** 2).sum() for a in [ys, *jax.tree.leaves(states)])

    return loss, (drawn(composition), xs)


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_is_that_of_jax(kind, forest, x64):
    loss, inputs = ways(kind, forest, leaves_alone=kind == "binary")

    @jax.jit
    def both(*inputs):
        return [jax.grad(loss, (1, 2))(plain, *inputs) for plain in (False, True)]

    for own, by_jax in zip(*map(jax.tree.leaves, both(*inputs)), strict=True):
        np.testing.assert_allclose(own, by_jax, rtol=1e-9, atol=1e-9)


def test_a_node_may_have_several_parents_and_any_number_of_children(x64):
    """A graph without cycles, whose fourth node is read twice."""
    children = [(), (), (), (0, 1, 2), (3, 0), (4, 3)]
    composition, xs = KINDS["sum"], np.random.default_rng(3).normal(size=(6, H))
    layout = lay_out([children], rows=1, width=2, edges=4)
    params = drawn(composition)

    @jax.jit
    def both(params, xs):
        def loss(params, xs, plain):
            forest = forest_of(layout)
            ys = tree.unroll(composition, params, xs, forest, plain=plain)[1]
            return (ys**2).sum(), ys

        grad = jax.grad(loss, (0, 1), has_aux=True)
        return [grad(params, xs, plain) for plain in (False, True)]

    (own, ys), (by_jax, _) = both(params, laid(layout, [xs]))
    for node, place in enumerate(layout.places[0]):
        expected = recursion("sum", params, children, xs, node)[0]
        np.testing.assert_allclose(ys[0, place], expected, atol=1e-12)
    for a, b in zip(*map(jax.tree.leaves, (own, by_jax)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


def test_leaves_alone_without_any_front_have_a_gradient():
    composition, leaves = TreeLSTM(H), jnp.array([[True, True], [True, False]])
    none = jnp.zeros((2, 0, 4), jnp.int32)
    forest = tree.Forest(leaves, jnp.zeros((2, 0, 2), bool), none, none)

    def loss(params, xs):
        return (tree.unroll(composition, params, xs, forest)[1] ** 2).sum()

    params, xs = drawn(composition, np.float32), jnp.ones((2, 2, H))
    d_params, d_xs = jax.jit(jax.grad(loss, (0, 1)))(params, xs)
    assert not d_params.w_h.any() and d_params.w_x.any()
    np.testing.assert_array_equal(np.asarray(d_xs).any(-1), leaves)


class Depth(NamedTuple):
    h: jax.Array
    depth: jax.Array  # int [..., 1]


class Counting(RecursiveNet):
    """Counts the levels below a node."""

    def leaf(self, params, u):
        return Depth(u, jnp.zeros((*u.shape[:-1], 1), jnp.int32))

    def compose(self, params, children, slot, u, width):
        h = super().compose(params, children, slot, u, width).h
        below = children.depth.reshape(*h.shape[:-1], -1)
        return Depth(h, 1 + below.max(-1, keepdims=True))


def test_a_state_may_hold_integers(forest):
    trees, vectors = forest
    layout = lay_out(trees, rows=2, width=2, arity=2)

    @jax.jit
    def both(*inputs):
        def loss(composition, params, xs):
            ys = tree.unroll(composition, params, xs, forest_of(layout))[1]
            return (ys**2).sum()

        kinds = Counting(H), RecursiveNet(H)
        return [jax.grad(loss, (1, 2))(kind, *inputs) for kind in kinds]

    xs = laid(layout, vectors).astype(jnp.float32)
    found = both(drawn(KINDS["recursive"], np.float32), xs)
    for a, b in zip(*map(jax.tree.leaves, found), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_second_derivatives_and_forward_ones(forest, x64):
    loss, inputs = ways("recursive", forest, leaves_alone=False)
    v = jax.tree.map(jnp.ones_like, inputs)

    @jax.jit
    def products(*inputs):
        def slope(plain, *inputs):
            gradients = jax.tree.leaves(jax.grad(loss, (1, 2))(plain, *inputs))
            return sum(d.sum() for d in gradients)

        own = slope(False, *inputs), jax.grad(slope, (1, 2))(False, *inputs)
        return (
            own,
            jax.jvp(functools.partial(loss, True), inputs, v)[1],
            jax.jvp(jax.grad(functools.partial(loss, True), (0, 1)), inputs, v)[1],
        )

    (slope, twice), forwards, by_jax = products(*inputs)
    np.testing.assert_allclose(slope, forwards, rtol=1e-9)
    for own, other in zip(*map(jax.tree.leaves, (twice, by_jax)), strict=True):
        np.testing.assert_allclose(own, other, rtol=1e-8, atol=1e-8)
    with pytest.raises(ValueError, match="pass plain=True"):
        jax.jvp(functools.partial(loss, False), inputs, v)


@pytest.mark.parametrize("kind", ["recursive", "binary", "sum"])
def test_inputs_of_leaves_alone_are_zero_inputs_elsewhere(kind, forest):
    trees, vectors = forest
    composition, layout = KINDS[kind], lay_out(forest[0], rows=2, width=2, arity=2)
    params = drawn(composition, np.float32)
    xs = laid(layout, vectors).astype(jnp.float32)
    size = layout.leaves.shape[1]
    _, ys = read(composition, params, xs[:, :size], forest_of(layout))
    empty = xs.at[:, size:].set(0.0)
    _, same = read(composition, params, empty, forest_of(layout))
    np.testing.assert_allclose(ys, same, atol=1e-6)


def test_a_tree_alone_is_what_it_is_beside_others(forest):
    trees, vectors = forest
    composition = KINDS["sum"]
    params = drawn(composition, np.float32)
    together = lay_out(trees, rows=2, width=3, edges=8)
    xs = laid(together, vectors).astype(jnp.float32)
    _, ys = read(composition, params, xs, forest_of(together))
    for i in (0, 1):
        alone = lay_out(trees[i : i + 1], rows=1, width=3, edges=8)
        xs = laid(alone, vectors[i : i + 1]).astype(jnp.float32)
        _, own = read(composition, params, xs, forest_of(alone))
        expected = ys[together.row[i], together.places[i]]
        np.testing.assert_allclose(own[0, alone.places[0]], expected, atol=1e-6)


def chain_of(cell):
    """Parameters of a cell, inputs [1, 6, H], and what it makes of them."""
    own, xs = drawn(cell, np.float32), np.random.default_rng(1).normal(size=(1, 6, H))
    return own, xs, jax.jit(unroll, static_argnums=0)(cell, own, np.float32(xs))[1]


def test_on_a_chain_the_recursive_net_is_the_srn():
    own, xs, ys = chain_of(cells.SRN(H))
    # Leaves: h_0 = 0 and the inputs; a node joins the one before and an input.
    chain = [() for _ in range(7)] + [(0, 1)] + [(6 + t, t + 1) for t in range(1, 6)]
    vectors = np.zeros((len(chain), H))
    vectors[1:7] = xs[0]
    layout = lay_out([chain], rows=1, width=1, arity=2)
    params = drawn(RecursiveNet(H), np.float32)
    params = params._replace(w=np.concatenate([own.w_h, own.w_x]), b=own.b)
    at = laid(layout, [vectors]).astype(jnp.float32)
    _, found = read(RecursiveNet(H), params, at, forest_of(layout))
    np.testing.assert_allclose(found[0, layout.places[0][7:]], ys[0], atol=1e-6)


def test_on_a_chain_the_child_sum_tree_lstm_is_the_lstm():
    own, xs, ys = chain_of(cells.LSTM(H))
    chain = [(), *((t,) for t in range(5))]
    layout = lay_out([chain], rows=1, width=1, edges=1)
    params = drawn(ChildSumTreeLSTM(H), np.float32)._replace(
        **{n: getattr(own, n) for n in ("w_x", "w_h", "b")}
    )
    at = laid(layout, xs).astype(jnp.float32)
    states, found = read(ChildSumTreeLSTM(H), params, at, forest_of(layout))
    np.testing.assert_allclose(found[0, layout.places[0]], ys[0], atol=1e-6)
    assert isinstance(states, TreeLSTMState) and states.c.dtype == jnp.float32


def test_shapes_that_do_not_go_together_are_named(forest, key):
    layout = lay_out(forest[0], rows=1, width=2, edges=5)
    params = drawn(TreeLSTM(H), np.float32)
    xs = laid(layout, forest[1])
    with pytest.raises(ValueError, match="reads 2 children of each of 2 nodes"):
        tree.unroll(TreeLSTM(H), params, xs, forest_of(layout))
    with pytest.raises(ValueError, match=r"inputs must be \[R, P, D\]"):
        tree.unroll(ChildSumTreeLSTM(H), params, xs[:, :1], forest_of(layout))
    with pytest.raises(ValueError, match="width dim = 3, not 4"):
        RecursiveNet(H).init(key, 4)
