"""The loop over the fronts of a Grid LSTM, and its gradient.

Back-propagation through the loop would add to ∂L/∂W at every front, and carry a matrix
of every layer from front to front. Here the loop goes back to the errors δ = ∂L/∂z of
what the products give, and

    ∂L/∂W = Σ_fronts readᵀ δ

is one product over all of them, as in `seqnets.kernels.bptt`.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.kernels.kernel import weight_gradient
from seqnets.structures.grid import GridLSTM, GridState, Weights, multiply


class Front(NamedTuple):
    """What enters cells that are computed together; of all fronts, leaves lead with F.

    A cell that is not inside has not begun or is done, and keeps its state; one that is
    masked hands on what it is handed.
    """

    x: Array  # [S_2, ..., S_{N-1}, B, H], along depth.
    real: Array  # [S_2, ..., S_{N-1}, L, B] bool, inside and not masked.
    inside: Array  # [S_2, ..., S_{N-1}, L] bool.


class Tape(NamedTuple):
    """What the products of a front read and gave, turn by turn."""

    reads: tuple[Array, ...]  # [..., L, B, N H]
    zs: tuple[Array, ...]  # [..., L, B, GH], without b.


Weighted = tuple[Weights, ...]  # Of each turn; see `GridLSTM.join`.


def forward(
    grid: GridLSTM, weights: Weighted, start: GridState, fronts: Front
) -> tuple[GridState, Array]:
    """Runs all fronts; JAX's gradient goes through it, and forward derivatives.

    Returns:
      The last state, and what the last layer put out, [F, S_2, ..., S_{N-1}, B, H].
    """

    def step(state: GridState, front: Front) -> tuple[GridState, Array]:
        return advance(grid, weights, state, front, [])

    return jax.lax.scan(step, start, fronts)


run = jax.custom_vjp(forward, nondiff_argnums=(0,))


def advance(
    grid: GridLSTM,
    weights: Weighted,
    state: GridState,
    front: Front,
    tape: list[tuple[Array, Array]],
    known: tuple[Array, ...] | None = None,
) -> tuple[GridState, Array]:
    """Computes a front from what the one before it handed on.

    Args:
      grid: of two dimensions or more.
      weights: of each turn.
      state: leaves [S_2, ..., S_{N-1}, L, B, H].
      front: what enters.
      tape: to it is added what each product read and gave.
      known: what the products give, where they are done already.
    """

    def product(read: Array, w: Array) -> Array:
        z = multiply(read, w) if known is None else _given(read, w, known[len(tape)])
        tape.append((read, z))
        return z

    h = (state.h[0], *(_shift(h, d - 1) for d, h in enumerate(state.h) if d))
    m = (state.m[0], *(_shift(m, d - 1) for d, m in enumerate(state.m) if d))
    h = (*h[:-1], h[-1].at[..., 0, :, :].set(front.x))
    handed = GridState(h, m)
    new = grid.joined_block(weights, handed, product)
    real, inside = front.real[..., None], front.inside[..., None, None]

    def choose(new: Array, handed: Array, old: Array) -> Array:
        return jnp.where(real, new, jnp.where(inside, handed, old))

    state = jax.tree.map(choose, new, handed, state)
    return state, state.h[-1][..., -1, :, :]


def _keep(grid: GridLSTM, weights: Weighted, start: GridState, fronts: Front):
    def step(state: GridState, front: Front):
        tape: list[tuple[Array, Array]] = []
        new, y = advance(grid, weights, state, front, tape)
        return new, (y, state, Tape(*map(tuple, zip(*tape, strict=True))))

    last, (ys, states, tape) = jax.lax.scan(step, start, fronts)
    return (last, ys), (weights, fronts, states, tape)


def _backward(grid: GridLSTM, kept, cotangents):
    weights, fronts, states, tape = kept
    d_last, d_ys = cotangents

    def step(d_state: GridState, given):
        state, front, zs, d_y = given

        def again(state: GridState, x: Array, zs: tuple[Array, ...]):
            return advance(grid, weights, state, front._replace(x=x), [], zs)

        _, pull = jax.vjp(again, state, front.x, zs)
        d_state, d_x, deltas = pull((d_state, d_y))
        return d_state, (d_x, deltas)

    every = states, fronts, tape.zs, d_ys
    d_start, (d_xs, deltas) = jax.lax.scan(step, d_last, every, reverse=True)
    d_weights = tuple(
        Weights(_outer(read, delta, own.w), _sum(delta, own.b))
        for read, delta, own in zip(tape.reads, deltas, weights, strict=True)
    )
    return d_weights, d_start, Front(d_xs, None, None)


run.defvjp(_keep, _backward)


@jax.custom_vjp
def _given(read: Array, w: Array, z: Array) -> Array:
    """Returns z = read W, which is known; the error of z leads back to `read`."""
    del read, w
    return z


def _given_forward(read: Array, w: Array, z: Array):
    return z, w


def _given_backward(w: Array, delta: Array):
    return (
        multiply(delta.astype(w.dtype), w.swapaxes(-1, -2)).astype(w.dtype),
        None,
        delta,
    )


_given.defvjp(_given_forward, _given_backward)


def _outer(read: Array, delta: Array, w: Array) -> Array:
    """Sums the outer products of all cells that share a matrix, as in its shape."""
    read, delta = (a.reshape(-1, *a.shape[-3:]) for a in (read, delta))
    if w.ndim == 2:
        read, delta = (a.reshape(-1, *a.shape[-2:]) for a in (read, delta))
        return weight_gradient(read, delta, w).astype(w.dtype)
    layers = jax.vmap(weight_gradient, (1, 1, 0))
    return layers(read, delta, w).astype(w.dtype)


def _sum(delta: Array, b: Array) -> Array:
    axes = (*range(delta.ndim - 3), delta.ndim - 2)  # All but those of layers, and GH.
    total = delta.sum(axes)
    return (total.sum(0) if b.ndim == 1 else total).astype(b.dtype)


def _shift(a: Array, axis: int) -> Array:
    """Hands each cell what the one before it along an axis had; zeros to the first."""
    zeros = jnp.zeros_like(jax.lax.slice_in_dim(a, 0, 1, axis=axis))
    return jnp.concatenate([zeros, jax.lax.slice_in_dim(a, 0, -1, axis=axis)], axis)
