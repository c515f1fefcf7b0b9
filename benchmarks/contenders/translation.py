"""The network of `benchmarks.translation`, on cells and pure functions."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import Array

from seqnets import cells, initializers, losses
from seqnets.alignment import Additive
from seqnets.cells import Memory
from seqnets.linear import affine, look_up
from seqnets.plan import Plan
from seqnets.unroll import bidirectional, bind, init_bidirectional, unroll

RATE = 1e-3


class Batch(NamedTuple):
    """Pairs of sentences in ids; what is read at a step is scored at the one before."""

    source: Any  # [B, S]
    source_mask: Any  # [B, S] bool
    inputs: Any  # [B, T]
    targets: Any  # [B, T]
    mask: Any  # [B, T] bool


class Weights(NamedTuple):
    source: Array  # [V_s, E]
    target: Array  # [V, E]
    encoder: Any
    decoder: Any
    w: Array  # [H + 2H + E, V], or [L, V].
    b: Array  # [V]
    u: Array | None = None  # [H + 2H + E, 2L]


@dataclasses.dataclass(frozen=True)
class Net:
    """Bahdanau's: GRUs in both directions, and one that attends before each step.

    p(y_i) = softmax(W_o t_i + b),   t_i = [s_i; c_i; E y_{i-1}]
    maxout: t_ik = max(t̃_{i,2k-1}, t̃_{i,2k}),   t̃_i = U_o [s_i; c_i; E y_{i-1}]

    Attributes:
      dim: H.
      embedding: E.
      maxout: L; None reads [s; c; E y] as it is.
      plain: whether the gradient of the decoder is JAX's.
    """

    dim: int = 512
    embedding: int = 256
    maxout: int | None = None
    plain: bool = False

    @property
    def cell(self) -> cells.GRU:
        return cells.GRU(self.dim, reset="after", update="old")  # As torch has it.

    @property
    def decoder(self) -> cells.AttendBefore:
        wide = 2 * self.dim
        bridged = cells.Bridge(self.cell, "tanh", wide)
        return cells.AttendBefore(bridged, Additive(self.dim), wide)

    def init(self, key: Array, sizes: tuple[int, int]) -> Weights:
        """Draws parameters for a source and a target of so many words."""
        keys = jax.random.split(key, 6)
        width, u = self.decoder.out_dim + self.embedding, None
        if self.maxout is not None:
            u = initializers.glorot(keys[5], (width, 2 * self.maxout))
            width = self.maxout
        tables = [
            0.1 * jax.random.normal(k, (size, self.embedding))
            for k, size in zip(keys, sizes, strict=False)
        ]
        return Weights(
            *tables,
            init_bidirectional(self.cell, keys[2], self.embedding),
            self.decoder.init(keys[3], self.embedding),
            initializers.glorot(keys[4], (width, sizes[1])),
            jnp.zeros(sizes[1]),
            u,
        )

    def logits(self, weights: Weights, batch: Batch) -> Array:
        """Scores the words of the target, [B, T, V]."""
        plan = Plan("automatic") if self.plain else None
        xs = look_up(weights.source, batch.source)
        mask = batch.source_mask
        states, hs = bidirectional(self.cell, weights.encoder, xs, mask=mask)
        start = jnp.concatenate([states.forward.h, states.backward.h], -1)
        params = bind(self.decoder, weights.decoder, Memory(hs, mask, start))
        xs = look_up(weights.target, batch.inputs)
        _, ys = unroll(self.decoder, params, xs, mask=batch.mask, plan=plan)
        ts = jnp.concatenate([ys, xs], -1)
        if weights.u is not None:
            ts = affine(ts, weights.u, None)
            ts = ts.reshape(*ts.shape[:-1], self.maxout, 2).max(-1)
        return affine(ts, weights.w, weights.b)

    def loss(self, weights: Weights, batch: Batch) -> Array:
        """Returns the mean over words, in nats."""
        logits = self.logits(weights, batch)
        return losses.mean(*losses.cross_entropy(logits, batch.targets, batch.mask))


def training(
    net: Net, weights: Weights, batches: Sequence[Batch]
) -> Callable[[], None]:
    """Returns what takes a step of Adam on each batch."""
    optimizer = optax.adam(RATE)
    batches = jax.device_put(list(batches))

    def step(held, batch):
        weights, state = held
        gradients = jax.grad(net.loss)(weights, batch)
        updates, state = optimizer.update(gradients, state)
        return optax.apply_updates(weights, updates), state

    step = jax.jit(step, donate_argnums=0)
    weights = jax.tree.map(jnp.copy, weights)
    held = [(weights, optimizer.init(weights))]

    def call() -> None:
        for batch in batches:
            held[0] = step(held[0], batch)
        jax.block_until_ready(held[0])

    return call


def results(net: Net, weights: Weights, batch: Batch) -> tuple[Array, Weights]:
    """Returns the loss and its gradients."""
    return jax.jit(jax.value_and_grad(net.loss))(weights, batch)
