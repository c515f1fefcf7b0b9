"""A cell over time as a Python loop: what `unroll` means, and is tested against."""

import jax
import jax.numpy as jnp
import numpy as np


def loop(cell, params, xs, *, state, mask, reset, reverse=False, noise=None, step=None):
    """Runs `cell` over xs [B, T, D] one step after the other.

    Args:
      cell, params, xs, mask, reset, reverse: as in `unroll`, none left out.
      state: the state to begin with; None for the cell's initial state.
      noise: what `cell.noise` drew, or None.
      step: `cell.step`, or a compiled form of it.

    Returns:
      The state after the last step run, and the outputs [B, T, H].
    """
    step = cell.step if step is None else step
    batch_size, length, _ = xs.shape
    us = cell.project(params, jnp.swapaxes(xs, 0, 1), noise)
    start = cell.initial_state(params, batch_size, xs.dtype)
    state = start if state is None else state
    ys = [None] * length
    for t in reversed(range(length)) if reverse else range(length):
        if not reverse:
            state = pick(reset[:, t], start, state)
        proposed, y = step(params, state, at(us, t))
        state = pick(mask[:, t], proposed, state)
        ys[t] = jnp.where(mask[:, t, None], y, 0.0)
        if reverse:
            state = pick(reset[:, t], start, state)
    return state, jnp.stack(ys, 1)


def at(us, t):
    """Returns step t of what `project` or `noise` made; t may be a list of steps."""
    return jax.tree.map(lambda u: u[t], us)


def pick(rows, new, old):
    """Returns the states of `new` in the marked rows, those of `old` elsewhere."""

    def select(a, b):
        return jnp.where(rows.reshape(-1, *(1,) * (b.ndim - 1)), a, b)

    return jax.tree.map(select, new, old)


def draw(rng, like, dtype=np.float32):
    """Returns a tree shaped like another, of random numbers without structure."""
    return jax.tree.map(lambda a: rng.uniform(-0.9, 0.9, a.shape).astype(dtype), like)


def like_init(rng, init, *dims, dtype=np.float32):
    """Returns parameters of the shapes that `init(key, *dims)` makes, but by `draw`.

    Nothing is computed, and so nothing is compiled.
    """
    return draw(rng, jax.eval_shape(lambda: init(jax.random.key(0), *dims)), dtype)


def weigh(tree):
    """Returns a scalar in which every number of a tree has a weight of its own."""
    leaves = jax.tree.leaves(tree)
    return sum(
        jnp.sum(leaf * jnp.cos(1.0 + i + jnp.arange(leaf.size)).reshape(leaf.shape))
        for i, leaf in enumerate(leaves)
    )
