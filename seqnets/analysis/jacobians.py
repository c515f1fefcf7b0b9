"""Norms of Jacobians through time and through depth (C6).

Pascanu et al. (2013), 001 eq 39-44, and 001 eq 19 for depth. The functions take any
cell, wrapped and stacked ones and those with a bound memory included, as it is in
evaluation: without dropout.

Norms are given as their log10, and products are rescaled at every factor, so that
1e-200 and 1e+200 do not underflow or overflow; `verdict` classifies them as float32
would. The Jacobian of a masked step is the identity; that of a reset is zero.
"""

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.flatten_util import ravel_pytree

from seqnets.cells import SRN
from seqnets.cells.cell import Cell, Params, State
from seqnets.feedforward import Layer, LayerParams
from seqnets.kernels import chunks
from seqnets.kernels.srn import DERIVATIVES

# γ: the largest slope of an activation.
SLOPES = {"logistic": 0.25, "tanh": 1.0, "relu": 1.0, "identity": 1.0}
LARGEST = math.log10(np.finfo(np.float32).max)
WIDE, ITERATIONS = 128, 100  # Of `_log10_norm`.
DECADES = 3.0  # Below 1e-3 a norm vanishes, above 1e3 it explodes.


def jacobian_norms(
    cell: Cell,
    params: Params,
    xs: Array,
    *,
    state: State | None = None,
    mask: Array | None = None,
    reset: Array | None = None,
) -> dict[str, Array]:
    """Returns the norms of the Jacobians of the last state by earlier ones.

    ∂s_T/∂s_k = ∂s_T/∂s_{T-1} ⋯ ∂s_{k+1}/∂s_k    (001 eq 42)

    s is the whole state: (h, c) of an LSTM, all layers of a stack. Each of its arrays
    is also differentiated by itself, as ∂c_T/∂c_k along an LSTM's memory, the others
    of step k held fixed. Norms are the largest singular values.

    Args:
      cell: any cell.
      params: its parameters, with a memory bound where the cell reads one.
      xs: inputs [B, T, D].
      state, mask, reset: as in `unroll`.

    Returns:
      log10 ‖∂s_T/∂s_{T-lag}‖ [B, T - 1], lag = 1 ... T - 1, as "state"; of several
      arrays also each by name ("c", or "1.c" in a stack). States that are not finite
      give NaN. The cost is O(T (state width)³) a row.
    """
    body, state, inputs = chain(cell, params, xs, state, mask, reset)
    flat, unravel = ravel_pytree(jax.tree.map(lambda a: a[0], state))
    flatten = jax.vmap(lambda own: ravel_pytree(own)[0])

    def rows(before, inputs):  # [B, n]
        # All at once, since a bound memory has as many; none depends on another.
        return flatten(body(jax.vmap(unravel)(before), inputs)[0])

    def forward(before, inputs):
        return rows(before, inputs), before

    def backward(carry, step):
        product, log10 = carry  # ∂s_T/∂s_k [B, n, n], but for a factor.
        after, pull = jax.vjp(lambda before: rows(before, step[1]), step[0])
        (product,) = jax.vmap(pull, 1, 1)(product)  # Each row goes back by a step.
        # The slope of ReLU at NaN is zero, which would hide an overflow.
        finite = jnp.isfinite(after).all(-1)[:, None, None]
        product, log10 = _rescale(jnp.where(finite, product, jnp.nan), log10)
        norms = {n: log10 + _log10_norm(product[:, p, p]) for n, p in parts.items()}
        return (product, log10), norms

    parts = _parts(state)
    _, befores = jax.lax.scan(forward, flatten(state), inputs)
    identity = jnp.eye(flat.size, dtype=flat.dtype)
    product = jnp.broadcast_to(identity, (len(xs), *identity.shape))
    carry = product, jnp.zeros(len(xs), flat.dtype)
    # The Jacobian of the first step, by the state before it, is not asked for.
    steps = jax.tree.map(lambda a: a[1:], (befores, inputs))
    _, norms = jax.lax.scan(backward, carry, steps, reverse=True)
    return {name: of_steps[::-1].T for name, of_steps in norms.items()}  # [B, T - 1]


def jacobian_bound(cell: SRN, params: Params) -> Array:
    """Returns a bound of the Jacobian of a step of a simple network (001 eq 43-44).

    ‖∂h_{t+1}/∂h_t‖ ≤ ‖W_h‖ ‖diag f'‖ ≤ λ₁ γ = η,   so that ‖∂h_t/∂h_k‖ ≤ η^(t-k)

    λ₁ is the largest singular value of W_h, γ the largest slope of f: 1/4 of the
    logistic function, 1 of the others. It holds for both forms of the network; where
    η < 1, the gradient vanishes.

    Args:
      cell: the network.
      params: its parameters.

    Returns:
      η, a scalar.
    """
    return SLOPES[cell.activation] * jnp.linalg.norm(params.w_h, 2)


def step_norms(copies: Params) -> Array:
    """Returns the norm of each step's contribution to a gradient.

    ‖∂L/∂W⁽ᵏ⁾‖,   Σ_k ∂L/∂W⁽ᵏ⁾ = ∂L/∂W

    Args:
      copies: gradients [T, ...], of `through_time.untied`.

    Returns:
      log10 of the norms [T]; -inf for zero, to which small numbers underflow.
    """
    leaves = jax.tree.leaves(copies)
    flat = jnp.concatenate([leaf.reshape(len(leaf), -1) for leaf in leaves], 1)
    largest = jnp.abs(flat).max(1)
    scaled = flat / jnp.where(largest > 0.0, largest, 1.0)[:, None]
    return jnp.log10(largest) + jnp.log10(jnp.linalg.norm(scaled, axis=1))


def depth_chain(layer: Layer, params: LayerParams, x: Array) -> Array:
    """Returns the derivative of a deep net's last layer by its biases (001 eq 19).

    ∂a⁽ᴸ⁾/∂b⁽ˡ⁾ = f'(z⁽ᴸ⁾) W⁽ᴸ⁾ f'(z⁽ᴸ⁻¹⁾) ⋯ W⁽ˡ⁺¹⁾ f'(z⁽ˡ⁾)

    With one neuron a layer these are numbers, and ∂L/∂b⁽ˡ⁾ but for a factor ∂L/∂a⁽ᴸ⁾.

    Args:
      layer: what is repeated.
      params: of `feedforward.Deep` of it: w [L, H, H], b [L, H].
      x: one input [H].

    Returns:
      log10 of the largest singular values [L], the first layer first.
    """
    slope = DERIVATIVES[layer.activation]
    dim = layer.dim

    def forward(a, own):
        a = layer.apply(own, a)
        return a, a

    def backward(carry, own):
        product, log10 = carry  # ∂a⁽ᴸ⁾/∂a⁽ˡ⁾, but for a factor.
        w, a = own
        product = product * slope(a)
        norm = log10 + _log10_norm(product)
        product = jnp.matmul(product, w.T, precision="highest")
        return _rescale(product, log10), norm

    _, activations = jax.lax.scan(forward, x, params)  # [L, H]
    carry = jnp.eye(dim, dtype=x.dtype), jnp.zeros((), x.dtype)
    return jax.lax.scan(backward, carry, (params.w, activations), reverse=True)[1]


def log10_mean(log10: Array) -> Array:
    """Returns log10 of the mean over the first axis of values given as log10."""
    natural = jax.nn.logsumexp(log10 * math.log(10.0), 0)
    return natural / math.log(10.0) - math.log10(len(log10))


def verdict(log10: Any) -> str:
    """Classifies the gradient of a chain of steps, as float32 has it.

    Args:
      log10: mean norms [T - 1], lag 1 first.

    Returns:
      "NaN" where a state or a product is not finite, "overflow" where a norm is
      beyond float32; else, by the norm at the longest lag, "explodes" at 1e3 and
      above, "vanishes" at 1e-3 and below, "flows" between them.
    """
    log10 = np.asarray(log10)
    if np.isnan(log10).any():
        return "NaN"
    if log10.max() > LARGEST:
        return "overflow"
    if abs(log10[-1]) < DECADES:
        return "flows"
    return "explodes" if log10[-1] > 0 else "vanishes"


def chain(
    cell: Cell,
    params: Params,
    xs: Array,
    state: State | None,
    mask: Array | None,
    reset: Array | None,
) -> tuple[Callable[[State, Any], tuple[State, Any]], State, Any]:
    """Returns a cell over given inputs as a function of its state: a scan.

    Args:
      As for `jacobian_norms`.

    Returns:
      The body of the scan, (state, inputs) -> (state, (after, (before, y))), where
      `before` is the state that the step reads, after a reset; its first state; its
      inputs, leading [T, B].
    """

    def step(state, u):
        after, y = cell.step(params, state, u)
        return after, (state, y)

    start = None
    if state is None or reset is not None:  # Else a bridge needs no memory bound.
        start = cell.initial_state(params, len(xs), xs.dtype)
    state = start if state is None else state
    marks = chunks.Steps(*(None if m is None else m.T for m in (mask, reset)))
    us = cell.project(params, chunks.zero_masked(mask, xs).swapaxes(0, 1))
    return chunks.masked_step(step, start, reverse=False), state, (us, marks)


def _parts(state: State) -> dict[str, slice]:
    """Returns where the arrays of a state lie in it as one vector."""
    parts, first = {"state": slice(None)}, 0
    leaves = jax.tree_util.tree_leaves_with_path(state)
    for path, leaf in leaves if len(leaves) > 1 else ():
        name = jax.tree_util.keystr(path, simple=True, separator=".")
        parts[name] = slice(first, first + leaf[0].size)
        first = parts[name].stop
    return parts


def _rescale(product: Array, log10: Array) -> tuple[Array, Array]:
    """Takes the largest number of each matrix [..., n, n] out of it."""
    largest = jnp.abs(product).max((-2, -1))
    factor = jnp.where(largest > 0.0, largest, 1.0)[..., None, None]
    return product / factor, log10 + jnp.log10(largest)


def _log10_norm(matrices: Array) -> Array:
    """Returns log10 of the largest singular value of matrices [..., n, n].

    For wide matrices it is computed by power iteration, v ← PᵀP v, in a tenth of the
    time; its result is slightly too small.
    """
    width = matrices.shape[-1]
    if width <= WIDE:
        return jnp.log10(jnp.linalg.norm(matrices, 2, axis=(-2, -1)))
    matrices, log10 = _rescale(matrices, jnp.zeros((), matrices.dtype))

    def times(v):
        return jnp.einsum("...ij,...j->...i", matrices, v, precision="highest")

    def iterate(_, v):
        v = jnp.einsum("...ij,...i->...j", matrices, times(v), precision="highest")
        length = jnp.linalg.norm(v, axis=-1, keepdims=True)
        return v / jnp.where(length > 0.0, length, 1.0)

    v = jax.random.normal(jax.random.key(0), matrices.shape[:-1], matrices.dtype)
    v = jax.lax.fori_loop(0, ITERATIONS, iterate, v)
    return log10 + jnp.log10(jnp.linalg.norm(times(v), axis=-1))
