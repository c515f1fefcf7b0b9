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
    composition: Composition, params: Params, xs: Array, forest: Forest
) -> tuple[State, Array]:
    """Computes the state of every node, h = compose(h of its children, x).

    Args:
      composition: what is computed at a node.
      params: its parameters, cast to the dtype of `xs`, the compute dtype.
      xs: the inputs by place, [R, P, D]; or those of the leaves only, [R, L, D], where
        the other nodes have none. What stands at places without a node does not matter.
      forest: where nodes and their children stand.

    Returns:
      The states by place, leaves [R, P, ...], and the outputs [R, P, H]: zero where
      there is no node.

    Raises:
      ValueError: for arrays of shapes that do not go together.
    """
    rows, size = forest.leaves.shape
    _, fronts, width = forest.nodes.shape
    mask = forest.mask
    _check(composition, xs, forest, mask.shape[1])
    (params, xs), forest, mask = vary(((params, xs), forest, mask), xs)
    params = jax.tree.map(lambda p: p.astype(xs.dtype), params)
    xs = jnp.where(mask[:, : xs.shape[1], None], xs, 0.0)
    us = composition.project(params, xs)
    leaves = composition.leaf(params, jax.tree.map(lambda u: u[:, :size], us))
    leaves = _masked(leaves, forest.leaves)
    if xs.shape[1] == size:  # The same for all nodes: of an input of zeros.
        none = composition.project(params, jnp.zeros_like(xs[:1, :1]))
        inner = jax.tree.map(lambda u: jnp.broadcast_to(u, (fronts, *u.shape)), none)
    else:
        inner = jax.tree.map(lambda u: _fronts(u[:, size:], fronts, width), us)

    def front(states: State, inputs: Any) -> tuple[State, None]:
        start, u, child, slot, real = inputs
        children = jax.tree.map(lambda s: _take(s, child), states)
        new = _masked(composition.compose(params, children, slot, u, width), real)
        return jax.tree.map(lambda s, n: _put(s, n, start), states, new), None

    states = jax.tree.map(
        lambda s: jnp.pad(s, ((0, 0), (0, fronts * width), *((0, 0),) * (s.ndim - 2))),
        leaves,
    )
    starts = size + width * jnp.arange(fronts)
    by_front = (a.swapaxes(0, 1) for a in (forest.child, forest.slot, forest.nodes))
    states, _ = jax.lax.scan(front, states, (starts, inner, *by_front))
    return states, jnp.where(mask[..., None], composition.output(states), 0.0)


def _fronts(u: Array, fronts: int, width: int) -> Array:
    """Returns [F, R, W, ...] of what stands at the places of the fronts."""
    return u.reshape(len(u), fronts, width, *u.shape[2:]).swapaxes(0, 1)


def _take(states: Array, places: Array) -> Array:
    """Returns the states [R, E, ...] at places [R, E]; zero beyond the last place."""
    places = places.reshape(*places.shape, *(1,) * (states.ndim - 2))
    return jnp.take_along_axis(states, places, 1, mode="fill", fill_value=0)


def _put(states: Array, new: Array, start: Array) -> Array:
    return jax.lax.dynamic_update_slice_in_dim(
        states, new.astype(states.dtype), start, 1
    )


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
