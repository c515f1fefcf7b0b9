"""Skeletons turned, scaled and slowed at random: more movements to learn from."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array


def augment(
    key: Array, batch: dict[str, Any], amounts: Mapping[str, float]
) -> dict[str, Any]:
    """Turns, scales and slows skeletons at random, the same in all frames of each.

    Args:
      key: random key.
      batch: with frames [B, T, J, 3] and mask [B, T]; labels of frames follow them.
      amounts: `rotate`, degrees about the upright axis, and half as many about the one
        across; `stretch` and `speed`, of factors 1 ± x; `noise` of every coordinate.
    """
    rows, length = batch["mask"].shape
    keys = jax.random.split(key, 5)

    def between(key: Array, most: float, *shape: int) -> Array:
        return jax.random.uniform(key, (rows, *shape), minval=-most, maxval=most)

    upright = between(keys[0], jnp.deg2rad(amounts["rotate"]))
    across = between(keys[1], jnp.deg2rad(amounts["rotate"]) / 2)
    turn = rotation(upright, across) * (1 + between(keys[2], amounts["stretch"], 1, 1))
    frames = jnp.einsum("btjc,bcd->btjd", batch["frames"], turn)
    times = jnp.arange(length) * (1 + between(keys[3], amounts["speed"], 1))  # [B, T]
    last = batch["mask"].sum(1, keepdims=True) - 1
    mask = (times <= last) & batch["mask"].any(1, keepdims=True)
    times = jnp.clip(times, 0, jnp.maximum(last, 0))
    low = jnp.floor(times).astype(jnp.int32)
    high = jnp.minimum(low + 1, jnp.maximum(last, 0))
    share = (times - low)[..., None, None]
    pick = jax.vmap(lambda a, i: a[i])
    frames = (1 - share) * pick(frames, low) + share * pick(frames, high)
    frames += amounts["noise"] * jax.random.normal(keys[4], frames.shape)
    changed = {"frames": frames, "mask": mask}
    if batch["label"].ndim == 2:
        changed["label"] = pick(batch["label"], low)
    return batch | changed


def rotation(upright: Array, across: Array) -> Array:
    """Returns matrices [B, 3, 3] that turn rows x, y, z about y and then about x."""
    zero, one = jnp.zeros_like(upright), jnp.ones_like(upright)
    cos, sin = jnp.cos(upright), jnp.sin(upright)
    first = jnp.stack([cos, zero, sin, zero, one, zero, -sin, zero, cos], -1)
    cos, sin = jnp.cos(across), jnp.sin(across)
    second = jnp.stack([one, zero, zero, zero, cos, sin, zero, -sin, cos], -1)
    return first.reshape(-1, 3, 3) @ second.reshape(-1, 3, 3)
