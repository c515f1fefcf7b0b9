"""Recursive networks over forests, many trees at once (Socher et al., 2011; Tai 2015).

A tree is computed from its leaves to its root. Of all trees of a batch, the nodes whose
children are done are computed together, a front at a time: `seqnets.data.forests` lays
the fronts out in NumPy, and here they are run. The same holds for any directed graph
without cycles.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.kernels import forward_mode
from seqnets.linear import cast, floating
from seqnets.structures.compositions import Composition, Params, State
from seqnets.varying import vary


class Forest(NamedTuple):
    """Trees in R rows of places: in each row L leaves, then F fronts of W nodes.

    Place p < L of a row is a leaf, place L + f W + w is node w of front f. The children
    of a node stand among the leaves and in earlier fronts; P = L + F W.
    """

    leaves: Array  # [R, L] bool, True where there is a leaf.
    nodes: Array  # [R, F, W] bool, True where there is a node.
    child: Array  # [R, F, E] integers, the places of children; P where there is none.
    slot: Array  # [R, F, E] integers, which of the W nodes is its parent; W: none.

    @property
    def mask(self) -> Array:
        """Which places are real, [R, P]."""
        rows = len(self.leaves)
        return jnp.concatenate([self.leaves, self.nodes.reshape(rows, -1)], 1)


def unroll(
    composition: Composition,
    params: Params,
    xs: Array,
    forest: Forest,
    *,
    plain: bool = False,
) -> tuple[State, Array]:
    """Computes the state of every node, h = compose(h of its children, x).

    Args:
      composition: what is computed at a node.
      params: its parameters, cast to the dtype of `xs`, the compute dtype.
      xs: the inputs by place, [R, P, D]; or those of the leaves only, [R, L, D], where
        the other nodes have none. What stands at places without a node does not matter.
      forest: where nodes and their children stand.
      plain: whether the gradient is JAX's, which has forward derivatives (`jax.jvp`)
        too; the other is faster, see `_backward`.

    Returns:
      The states by place, leaves [R, P, ...], and the outputs [R, P, H]: zero where
      there is no node.

    Raises:
      ValueError: for arrays of shapes that do not go together, inputs that are not
        floating, or a forward derivative without `plain`.
    """
    rows, size = forest.leaves.shape
    _, fronts, width = forest.nodes.shape
    mask = forest.mask
    _check(composition, xs, forest, mask.shape[1])
    (params, xs), forest, mask = vary(((params, xs), forest, mask), xs)
    params, xs = cast(params, xs)
    xs = jnp.where(mask[:, : xs.shape[1], None], xs, 0.0)
    us = composition.project(params, xs)
    leaves = composition.leaf(params, jax.tree.map(lambda u: u[:, :size], us))
    leaves = _masked(leaves, forest.leaves)
    if xs.shape[1] == size:  # The same for all nodes: of an input of zeros.
        none = composition.project(params, jnp.zeros_like(xs[:1, :1]))
        inner = jax.tree.map(lambda u: jnp.broadcast_to(u, (fronts, *u.shape)), none)
    else:
        inner = jax.tree.map(lambda u: _fronts(u[:, size:], fronts, width), us)
    # Leaves alone have nothing to go back through, and no rows of nodes to compose; of
    # integers in a state there is no ∂L/∂h.
    own = fronts and all(map(floating, jax.tree.leaves(leaves)))
    run = _run if own and not plain else _forward
    with forward_mode.advice("plain=True"):
        states = run(composition, params, leaves, inner, forest)
    return states, jnp.where(mask[..., None], composition.output(states), 0.0)


class Front(NamedTuple):
    """Nodes that are computed together; of all fronts, leaves lead with [F]."""

    start: Array  # [], the place of the first.
    u: Any  # Of their inputs, leaves [R, W, ...].
    child: Array  # [R, E]
    slot: Array  # [R, E]
    real: Array  # [R, W]


def _fronts_of(inner: Any, forest: Forest) -> Front:
    _, fronts, width = forest.nodes.shape
    starts = forest.leaves.shape[1] + width * jnp.arange(fronts)
    return Front(starts, inner, *(a.swapaxes(0, 1) for a in forest[2:] + forest[1:2]))


def _compose(
    composition: Composition, params: Params, children: State, front: Front
) -> State:
    """Computes the states of a front, in the dtypes of their children."""
    width = front.real.shape[-1]
    new = composition.compose(params, children, front.slot, front.u, width)
    new = jax.tree.map(lambda n, c: n.astype(c.dtype), new, children)
    return _masked(new, front.real)


def _forward(composition: Composition, params, leaves, inner, forest: Forest) -> State:
    def step(states: State, front: Front) -> tuple[State, None]:
        children = _take(states, front.child)
        new = _compose(composition, params, children, front)
        return jax.tree.map(lambda s, n: _put(s, n, front.start), states, new), None

    _, fronts, width = forest.nodes.shape
    states = jax.tree.map(
        lambda s: jnp.pad(s, ((0, 0), (0, fronts * width), *((0, 0),) * (s.ndim - 2))),
        leaves,
    )
    return jax.lax.scan(step, states, _fronts_of(inner, forest))[0]


_run = jax.custom_vjp(_forward, nondiff_argnums=(0,))


def _keep(composition: Composition, params, leaves, inner, forest: Forest):
    states = _forward(composition, params, leaves, inner, forest)
    return states, (params, inner, forest, states)


def _backward(composition: Composition, kept, d_states: State):
    """Goes back from the roots, a front at a time, to ∂L/∂h of every node.

    What it leads to, ∂L/∂params and ∂L/∂u, follows from these of all fronts at once:
    one matrix product for a weight, not one for each front.
    """
    params, inner, forest, states = kept
    size, (rows, fronts, width) = forest.leaves.shape[1], forest.nodes.shape
    every = _fronts_of(inner, forest)

    def step(d_states: State, front: Front) -> tuple[State, None]:
        children = _take(states, front.child)
        _, pull = jax.vjp(
            lambda children: _compose(composition, params, children, front), children
        )
        (d_children,) = pull(
            jax.tree.map(
                lambda d: jax.lax.dynamic_slice_in_dim(d, front.start, width, 1),
                d_states,
            )
        )
        return _give(d_states, front.child, d_children), None

    d_states, _ = jax.lax.scan(step, d_states, every, reverse=True)

    def in_rows(a: Array) -> Array:
        """Returns [F R, ...] of what leads with [F, R], or [F, 1] for all rows."""
        a = jnp.broadcast_to(a, (fronts, rows, *a.shape[2:]))
        return a.reshape(fronts * rows, *a.shape[2:])

    children = jax.vmap(_take, (None, 0))(states, every.child)
    children, slot, real = jax.tree.map(in_rows, (children, every.slot, every.real))
    d_new = jax.tree.map(
        lambda d: in_rows(_fronts(d[:, size:], fronts, width)), d_states
    )

    def of_all(params: Params, inner: Any) -> State:
        front = Front(every.start, jax.tree.map(in_rows, inner), None, slot, real)
        return _compose(composition, params, children, front)

    d_params, d_inner = jax.vjp(of_all, params, inner)[1](d_new)
    d_leaves = jax.tree.map(lambda d: d[:, :size], d_states)
    return d_params, d_leaves, d_inner, Forest(None, None, None, None)


_run.defvjp(_keep, _backward)


def _fronts(u: Array, fronts: int, width: int) -> Array:
    """Returns [F, R, W, ...] of what stands at the places of the fronts."""
    return u.reshape(len(u), fronts, width, *u.shape[2:]).swapaxes(0, 1)


def _take(states: State, places: Array) -> State:
    """Returns the states [R, E, ...] at places [R, E]; zero beyond the last place."""

    def take(s: Array) -> Array:
        index = places.reshape(*places.shape, *(1,) * (s.ndim - 2))
        return jnp.take_along_axis(s, index, 1, mode="fill", fill_value=0)

    return jax.tree.map(take, states)


def _give(d_states: State, places: Array, d_children: State) -> State:
    """Adds to places [R, E] of what leads with [R, P]; nothing beyond the last."""

    def give(d: Array, places: Array, own: Array) -> Array:
        return d.at[places].add(own, mode="drop")

    return jax.tree.map(
        lambda d, own: jax.vmap(give)(d, places, own), d_states, d_children
    )


def _put(states: Array, new: Array, start: Array) -> Array:
    return jax.lax.dynamic_update_slice_in_dim(states, new, start, 1)


def _masked(states: State, real: Array) -> State:
    """Returns states, zero and without a gradient where there is no node."""

    def own(s: Array) -> Array:
        return jnp.where(real.reshape(*real.shape, *(1,) * (s.ndim - 2)), s, 0)

    return jax.tree.map(own, states)


def _check(composition: Composition, xs: Array, forest: Forest, places: int) -> None:
    if xs.ndim != 3 or xs.shape[1] not in (places, forest.leaves.shape[1]):
        raise ValueError(
            f"inputs must be [R, P, D], here P = {places}, or of the leaves only,"
            f" L = {forest.leaves.shape[1]}, not {xs.shape}"
        )
    edges, width = forest.child.shape[2], forest.nodes.shape[2]
    if composition.arity is not None and edges != composition.arity * width:
        raise ValueError(
            f"{type(composition).__name__} reads {composition.arity} children of each"
            f" of {width} nodes in their order, and the forest has room for {edges}:"
            f" lay it out with arity={composition.arity}"
        )
