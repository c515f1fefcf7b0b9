"""Arrays inside `jax.shard_map`: over which axes of the mesh they vary.

The carry of a loop must vary over the same axes before a step as after it. Zeros made
from a shape vary over none, whereas a step that reads inputs of one device gives states
that vary from device to device.
"""

import functools
from typing import Any

import jax
import jax.numpy as jnp


def vary(tree: Any, like: Any) -> Any:
    """Returns a tree that varies over all axes over which another does.

    Values stay as they are, to the last bit, and outside `jax.shard_map` so does the
    computation. The gradient of an array that did not vary is summed over the devices,
    as that of any operation on it would be.

    Args:
      tree: arrays.
      like: arrays; their values do not matter.
    """
    if not jax.sharding.get_abstract_mesh().manual_axes:
        return tree
    marks = [jnp.zeros_like(leaf, bool, shape=()) for leaf in jax.tree.leaves(like)]
    mark = functools.reduce(jnp.logical_or, marks, jnp.zeros((), bool))
    # An operation makes its result vary as its operands do, in every version of JAX;
    # how a type lists its axes differs from version to version.
    return jax.tree.map(lambda a: jnp.where(mark, a, a), tree)
