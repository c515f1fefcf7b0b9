"""A classifier of the nodes of binary trees, by `seqnets.structures.tree`."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from seqnets import losses
from seqnets.initializers import glorot
from seqnets.structures import tree
from seqnets.structures.compositions import Composition

RATE = 1e-3
CLASSES = 5


class Batch(NamedTuple):
    """Trees laid out in rows."""

    words: Any  # [R, L]
    labels: Any  # [R, P], -1 where there is no node.
    forest: tree.Forest


class Weights(NamedTuple):
    composition: Any
    w: Array  # [H, K]
    b: Array  # [K]


@dataclasses.dataclass(frozen=True)
class Net:
    """z = W h + b at every node; the vectors of words are as wide as a state."""

    composition: Composition

    def init(self, key: Array, words: int) -> tuple[Array, Weights]:
        """Draws the table of vectors, [V, H], and the weights."""
        keys, dim = jax.random.split(key, 3), self.composition.out_dim
        table = 0.1 * jax.random.normal(keys[0], (words, dim))
        recurrence = self.composition.init(keys[1], dim)
        readout = glorot(keys[2], (dim, CLASSES))
        return table, Weights(recurrence, readout, jnp.zeros(CLASSES))

    def scores(self, weights: Weights, vectors: Array, batch: Batch) -> Array:
        """Returns [R, P, K]."""
        _, ys = tree.unroll(
            self.composition, weights.composition, vectors, batch.forest
        )
        return ys @ weights.w + weights.b

    def loss(self, weights: Weights, vectors: Array, batch: Batch) -> Array:
        """Returns the sum over nodes."""
        scores, labels = self.scores(weights, vectors, batch), batch.labels
        return losses.cross_entropy(scores, jnp.maximum(labels, 0), labels >= 0)[0]

    def gradients(self, weights: Weights, vectors: Array, batch: Batch) -> Any:
        """Returns the loss, and its gradients to weights and vectors."""
        return jax.value_and_grad(self.loss, (0, 1))(weights, vectors, batch)

    def step(self, params: tuple[Array, Weights], batch: Batch) -> Any:
        """Descends; of the table, only the rows that were read are written."""
        table, weights = params
        _, (d_weights, d) = self.gradients(weights, table[batch.words], batch)
        table = table.at[batch.words].add(-RATE * d)
        return table, jax.tree.map(lambda p, d: p - RATE * d, weights, d_weights)


def descent(net: Net, params: Any, batches: Sequence[Batch]) -> Callable[[], None]:
    """Returns what descends on all batches once."""
    batches = jax.device_put(list(batches))
    step = jax.jit(net.step, donate_argnums=0)
    held = [jax.tree.map(jnp.copy, params)]

    def call() -> None:
        for batch in batches:
            held[0] = step(held[0], batch)
        jax.block_until_ready(held[0])

    return call


def results(net: Net, params: Any, batches: Sequence[Batch]) -> dict[str, Any]:
    """Returns the loss, and gradients to the weights and the table, of all trees."""
    table, weights = params
    gradients, parts = jax.jit(net.gradients), []
    for batch in batches:
        loss, (d_weights, d) = gradients(weights, table[batch.words], batch)
        real = batch.forest.leaves[..., None]
        d_table = jnp.zeros_like(table).at[batch.words].add(jnp.where(real, d, 0.0))
        parts.append((loss, d_weights, d_table))
    return join(parts)


def join(parts: Sequence[tuple[Any, Any, Any]]) -> dict[str, Any]:
    """Adds the results of trees up."""
    parts = jax.tree.map(np.asarray, list(parts))
    loss, weights, table = jax.tree.map(lambda *a: sum(a), *parts)
    return {"loss": loss, "weights": weights, "table": table}
