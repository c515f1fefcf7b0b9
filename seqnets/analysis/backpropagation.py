"""Back-propagation by explicit equations: a feed-forward net, and a recurrent step.

The feed-forward net is that of 001 eq 13-18 (Rumelhart et al., 1986), the step is the
cell that 002 differentiates by hand. They are references for study and for tests;
training differentiates automatically, or by `seqnets.kernels`.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.cells import SRN, SRNParams
from seqnets.feedforward import MLP, LayerParams
from seqnets.kernels.srn import DERIVATIVES


def softmax_error(z: Array, targets: Array) -> Array:
    """Returns the last layer's error under softmax and cross-entropy.

    δ⁽ᴸ⁾ = ŷ - y,   ŷ = softmax(z⁽ᴸ⁾)

    Args:
      z: pre-activations of the last layer, [B, K].
      targets: classes [B], integers.

    Returns:
      ∂L/∂z⁽ᴸ⁾ [B, K] of the loss summed over rows.
    """
    return jax.nn.softmax(z) - jax.nn.one_hot(targets, z.shape[-1], dtype=z.dtype)


def elementwise_error(d_a: Array, a: Array, activation: str) -> Array:
    """Returns the last layer's error under an elementwise activation (001 eq 15).

    δ⁽ᴸ⁾ = ∂L/∂a⁽ᴸ⁾ ⊙ f'(z⁽ᴸ⁾)

    Args:
      d_a: ∂L/∂a⁽ᴸ⁾ [..., K].
      a: f(z⁽ᴸ⁾) [..., K], in terms of which f' is known.
      activation: the name of f.

    Returns:
      ∂L/∂z⁽ᴸ⁾ [..., K].
    """
    return d_a * DERIVATIVES[activation](a)


def backpropagate(
    net: MLP, params: tuple[LayerParams, ...], x: Array, delta: Array
) -> tuple[LayerParams, ...]:
    """Back-propagates the last layer's error through a feed-forward net (001 eq 16-18).

    δ⁽ˡ⁾ = (W⁽ˡ⁺¹⁾ᵀ δ⁽ˡ⁺¹⁾) ⊙ f'(z⁽ˡ⁾)
    ∂L/∂b⁽ˡ⁾ = δ⁽ˡ⁾,   ∂L/∂W⁽ˡ⁾ = δ⁽ˡ⁾ a⁽ˡ⁻¹⁾ᵀ,   summed over rows

    A row of ours is a column of 001's, so that its W is our w transposed.

    Args:
      net: the net; its last layer is linear.
      params: its parameters.
      x: inputs [B, D].
      delta: δ⁽ᴸ⁾ = ∂L/∂z⁽ᴸ⁾ [B, K].

    Returns:
      The gradient, shaped as `params`.
    """
    activations = [x]  # a⁽⁰⁾ ... a⁽ᴸ⁻¹⁾: the inputs of each layer.
    for layer, own in zip(net.layers[:-1], params[:-1], strict=True):
        activations.append(layer.apply(own, activations[-1]))

    gradients = []
    for (w, _), a in zip(reversed(params), reversed(activations), strict=True):
        gradients.append(LayerParams(w=a.T @ delta, b=delta.sum(0)))
        # Below the first layer there is no z; what this gives there is not used.
        delta = (delta @ w.T) * DERIVATIVES[net.activation](a)
    return tuple(reversed(gradients))


class StepGradients(NamedTuple):
    """Gradients of a step by its input, by the state before it, and by the weights."""

    x: Array  # [B, D]
    h: Array  # [B, H], of the state before.
    params: SRNParams


def backpropagate_step(
    cell: SRN, params: SRNParams, x: Array, before: Array, h: Array, d_h: Array
) -> StepGradients:
    """Back-propagates an error through one step of a simple recurrent network (002).

    With h_t = f(s_t), s_t = W_x x_t + W_h h_{t-1} + b, and δ_t = ∂L/∂h_t ⊙ f'(s_t):

      ∂L/∂W_x = δ_t x_tᵀ,   ∂L/∂W_h = δ_t h_{t-1}ᵀ,   ∂L/∂b = Σ_batch δ_t
      ∂L/∂x_t = W_xᵀ δ_t,   ∂L/∂h_{t-1} = W_hᵀ δ_t

    For tanh, f'(s_t) = 1 - h_t².

    Args:
      cell: a network of the standard form.
      params: its parameters.
      x: x_t [B, D].
      before: h_{t-1} [B, H].
      h: h_t [B, H].
      d_h: ∂L/∂h_t [B, H], from the loss at t and from all later steps.

    Raises:
      ValueError: for another form of the network.
    """
    if cell.form != "standard":
        raise ValueError(
            f"only the step of form 'standard' is given here, not {cell.form}"
        )
    delta = d_h * DERIVATIVES[cell.activation](h)
    gradients = SRNParams(
        w_x=x.T @ delta,
        w_h=before.T @ delta,
        b=None if params.b is None else delta.sum(0),
    )
    return StepGradients(delta @ params.w_x.T, delta @ params.w_h.T, gradients)


def step_by_step(cell: SRN, params: SRNParams, xs: Array, d_ys: Array):
    """Back-propagates through time, one step after the other (002; 001 eq 23-30).

    ∂L/∂h_t = ∂L/∂y_t + W_hᵀ δ_{t+1},   ∂L/∂W = Σ_t of the steps' gradients

    Args:
      cell: a network of the standard form; it starts from zero.
      params: its parameters.
      xs: inputs [B, T, D].
      d_ys: ∂L/∂y_t of the loss at every step, [B, T, H].

    Returns:
      ∂L/∂x_t [B, T, D], and the gradient, shaped as `params`.
    """
    batch_size, length, _ = xs.shape
    states = [cell.initial_state(params, batch_size, xs.dtype)]
    for t in range(length):
        u = cell.project(params, xs[:, t])
        states.append(cell.step(params, states[-1], u)[0])

    gradient = jax.tree.map(jnp.zeros_like, params)
    d_h, d_xs = jnp.zeros_like(states[0].h), []
    for t in reversed(range(length)):
        before, h = states[t].h, states[t + 1].h
        step = backpropagate_step(cell, params, xs[:, t], before, h, d_ys[:, t] + d_h)
        d_h = step.h
        d_xs.append(step.x)
        gradient = jax.tree.map(jnp.add, gradient, step.params)
    return jnp.stack(d_xs[::-1], 1), gradient
