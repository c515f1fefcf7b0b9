"""Clipping the gradient of a part of the parameters, inside of the loss."""

import functools
from typing import Any

import jax
import jax.numpy as jnp


@functools.partial(jax.custom_vjp, nondiff_argnums=(1,))
def clip_gradient(params: Any, norm: float) -> Any:
    """Returns params as they are; what comes back as their gradient g is clipped.

    g ← g min(1, norm / ‖g‖)    (Pascanu et al., 2013)

    An optimiser clips the gradient of all parameters together. Of nets that share
    none, each one that is clipped so is trained as if it were alone.

    Args:
      params: any tree of float arrays.
      norm: the largest norm of their gradient.
    """
    del norm
    return params


def _forward(params, norm):
    return clip_gradient(params, norm), None


def _backward(norm, _, grads):
    squares = [jnp.sum(jnp.square(g)) for g in jax.tree.leaves(grads)]
    scale = norm / jnp.maximum(jnp.sqrt(sum(squares)), norm)
    return (jax.tree.map(lambda g: (scale * g).astype(g.dtype), grads),)


clip_gradient.defvjp(_forward, _backward)
