"""The networks of `benchmarks.lattice`, and what is timed of them."""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from seqnets import cells, losses
from seqnets.structures import lattice
from seqnets.unroll import Directions, bidirectional, init_bidirectional

EMBEDDING = 50
RATE = 1e-4

STEP = "training step"
DENSE = "training step, dense"
ALONE = "forward and backward"
FORWARD = "forward"
TIMED = STEP, DENSE, ALONE, FORWARD


class Batch(NamedTuple):
    """Sentences beside each other, [B, T] and [B, N]; a place of no word is -1."""

    chars: Any
    tags: Any
    words: Any
    begin: Any
    end: Any
    mask: Any


class Tables(NamedTuple):
    """Embeddings, or the vectors that were looked up."""

    chars: Array
    words: Directions | None  # Each direction has its own; None for a chain.


class Weights(NamedTuple):
    recurrence: Directions
    w: Array  # [2H, K]
    b: Array  # [K]


@dataclasses.dataclass(frozen=True)
class Net:
    """Embeddings, a recurrent layer in both directions, and scores of tags."""

    cell: lattice.LatticeLSTM | cells.LSTM
    plain: bool = False

    def init(self, key: Array, sizes: tuple[int, int, int]) -> tuple[Tables, Weights]:
        chars, words, tags = sizes
        keys = jax.random.split(key, 5)

        def draw(key: Array, *shape: int) -> Array:
            return 0.1 * jax.random.normal(key, shape)

        if isinstance(self.cell, lattice.LatticeLSTM):
            init = functools.partial(lattice.init_bidirectional, word_dim=EMBEDDING)
            tables = Directions(*(draw(k, words, EMBEDDING) for k in keys[:2]))
        else:
            init, tables = init_bidirectional, None
        recurrence = init(self.cell, keys[2], EMBEDDING)
        weights = Weights(
            recurrence, draw(keys[3], 2 * self.cell.dim, tags), jnp.zeros(tags)
        )
        return Tables(draw(keys[4], chars, EMBEDDING), tables), weights

    def scores(self, weights: Weights, vectors: Tables, batch: Batch) -> Array:
        if vectors.words is None:
            run = bidirectional
        else:
            places = batch.begin, batch.end
            words = Directions(*(lattice.Words(v, *places) for v in vectors.words))
            run = functools.partial(
                lattice.bidirectional, words=words, plain=self.plain
            )
        ys = run(self.cell, weights.recurrence, vectors.chars, mask=batch.mask)[1]
        return ys @ weights.w + weights.b

    def loss(self, weights: Weights, vectors: Tables, batch: Batch) -> Array:
        """Returns the sum over characters."""
        scores = self.scores(weights, vectors, batch)
        return losses.cross_entropy(scores, batch.tags, batch.mask)[0]

    def gradients(self, weights: Weights, vectors: Tables, batch: Batch) -> Any:
        return jax.grad(self.loss, (0, 1))(weights, vectors, batch)

    def step(self, params: tuple[Tables, Weights], batch: Batch) -> Any:
        """Descends; of the tables, only the rows that were read are written."""
        tables, weights = params
        d_weights, d_vectors = self.gradients(weights, look_up(tables, batch), batch)
        tables = jax.tree.map(
            lambda table, ids, d: table.at[ids].add(-RATE * d),
            tables,
            _ids(tables, batch),
            d_vectors,
        )
        return tables, _descend(weights, d_weights)

    def dense_step(self, params: tuple[Tables, Weights], batch: Batch) -> Any:
        """Descends with gradients as large as the tables, which optimizers take."""

        def loss(params):
            return self.loss(params[1], look_up(params[0], batch), batch)

        return _descend(params, jax.grad(loss)(params))


def look_up(tables: Tables, batch: Batch) -> Tables:
    return jax.tree.map(lambda table, ids: table[ids], tables, _ids(tables, batch))


def _ids(tables: Tables, batch: Batch) -> Tables:
    return Tables(batch.chars, jax.tree.map(lambda _: batch.words, tables.words))


def _descend(params: Any, gradients: Any) -> Any:
    return jax.tree.map(lambda p, d: p - RATE * d, params, gradients)


def calls(net: Net, params: Any, batches: Sequence[Batch]) -> dict[str, Callable]:
    """Returns what reads all batches once, by what is timed."""
    batches = jax.device_put(list(batches))
    vectors = [look_up(params[0], batch) for batch in batches]

    def descend(step: Callable) -> Callable[[], None]:
        step = jax.jit(step, donate_argnums=0)
        held = [jax.tree.map(jnp.copy, params)]

        def call() -> None:
            for batch in batches:
                held[0] = step(held[0], batch)
            jax.block_until_ready(held[0])

        return call

    def evaluate(f: Callable) -> Callable[[], Any]:
        f = jax.jit(f)
        return lambda: jax.block_until_ready(
            [f(params[1], v, b) for v, b in zip(vectors, batches, strict=True)]
        )

    return {
        STEP: descend(net.step),
        DENSE: descend(net.dense_step),
        ALONE: evaluate(net.gradients),
        FORWARD: evaluate(net.scores),
    }


def results(net: Net, params: Any, batches: Sequence[Batch]) -> dict[str, Any]:
    """Returns scores, and gradients to weights and vectors, of all sentences."""
    scores, gradients = jax.jit(net.scores), jax.jit(net.gradients)
    parts = []
    for batch in batches:
        given = params[1], look_up(params[0], batch), batch
        d_weights, d_vectors = gradients(*given)
        words = jax.tree.map(lambda _, b=batch: b.begin >= 0, d_vectors.words)
        real = Tables(batch.mask, words)
        d_vectors = jax.tree.map(lambda d, at: d[at], d_vectors, real)
        parts.append((scores(*given)[batch.mask], d_weights, d_vectors))
    return join(parts)


def join(parts: Sequence[tuple[Any, Any, Any]]) -> dict[str, Any]:
    """Puts the results of sentences together; the weights' gradients are added."""
    scores, d_weights, d_vectors = zip(
        *jax.tree.map(np.asarray, list(parts)), strict=True
    )
    return {
        "scores": np.concatenate(scores),
        "weights": jax.tree.map(lambda *a: sum(a), *d_weights),
        "vectors": jax.tree.map(lambda *a: np.concatenate(a), *d_vectors),
    }
