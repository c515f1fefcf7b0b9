"""Which parameters are cut among the devices of a group, and which are whole.

A model of a large vocabulary is mostly two tables of V symbols: its embedding, and the
W of its softmax. Cut among the M devices of a group, a device holds V / M symbols of
each, of their gradients and of what the optimiser keeps of them. The rows of a batch
are cut among all devices, so that no recurrent layer is computed twice; where a table
is read, the rows of a group meet (Krizhevsky, 2014):

    z_k = y W_k + b_k       symbols k of the device, all rows of its group
    ln Σ_k exp z_k = ln Σ_m Σ_{k of m} exp z_k       two numbers a row from each m

XLA divides the computation by these places alone, and what is computed is the same.
"""

from collections.abc import Mapping
from typing import Any

import jax
from jax import Array
from jax.sharding import NamedSharding, PartitionSpec

from seqnets.training import devices


def shardings(tree: Any, cuts: Mapping[str, int]) -> Any:
    """Returns the place of each array.

    Args:
      tree: parameters, or the state of an optimiser that holds arrays like them, under
        paths that end as theirs do; arrays, or their shapes.
      cuts: the axis along which a parameter is cut, by its path, as in "readout/w".

    Returns:
      A tree of the same structure.

    Raises:
      ValueError: if a group has several devices, and they do not divide an axis.
    """
    whole, size = devices.replicated(), devices.group_size()

    def sharding(path: Any, array: Any) -> NamedSharding:
        name = "/" + jax.tree_util.keystr(path, simple=True, separator="/")
        axes = [axis for own, axis in cuts.items() if name.endswith(f"/{own}")]
        if size == 1 or not axes:
            return whole
        if array.shape[axes[0]] % size:
            raise ValueError(
                f"parameter {name[1:]} of shape {array.shape} cannot be cut in"
                f" {devices.MODEL_DEVICES}={size} equal parts along axis {axes[0]}:"
                " take a number that divides it, or another vocabulary_size"
            )
        spec = [None] * len(array.shape)
        spec[axes[0]] = "model"
        return NamedSharding(whole.mesh, PartitionSpec(*spec))

    return jax.tree_util.tree_map_with_path(sharding, tree)


def require_cuts(cuts: Mapping[str, int]) -> None:
    """Refuses groups of devices where there is nothing to cut among them.

    Raises:
      ValueError: a group has several devices, and `cuts` is empty.
    """
    if devices.group_size() > 1 and not cuts:
        raise ValueError(
            f"{devices.MODEL_DEVICES}={devices.group_size()} cuts the tables of a large"
            " vocabulary, and this experiment has none that can be cut: leave it out"
        )


def by_columns(logits: Array) -> Array:
    """Cuts logits [B, ..., V] by symbols within a group, by rows among groups.

    So each device computes those of its own symbols, of a table that is cut. Traced;
    where groups are of one device, nothing is done.
    """
    if devices.group_size() == 1:
        return logits
    spec = PartitionSpec("data", *[None] * (logits.ndim - 2), "model")
    place = NamedSharding(devices.mesh(), spec)
    return jax.lax.with_sharding_constraint(logits, place)
