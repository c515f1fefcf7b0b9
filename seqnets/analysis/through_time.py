"""Gradients through time by real-time recurrent learning and by untied weights.

Both give the gradient of back-propagation through time (`seqnets.kernels`). The first
carries ∂h_t/∂W forward in time (001 eq 28-30; Williams & Zipser, 1989); the second
gives every step a copy of the weights and sums over the copies (003). They are
references for study and for tests: the first is for simple recurrent networks, and
costs O(T H³ (D + H)) a sequence.
"""

import functools

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.cells import SRN, SRNParams
from seqnets.cells.cell import Cell, Params, State
from seqnets.cells.simple import ACTIVATIONS
from seqnets.kernels import chunks
from seqnets.kernels.srn import DERIVATIVES


def forward_recursion(cell: SRN, params: SRNParams, xs: Array, d_ys: Array):
    """Carries ∂h_t/∂W through time: real-time recurrent learning.

    With W = [W_x; W_h; b], which multiplies r_t = [x_t; h_{t-1}; 1]:

      standard:       ∂h_t/∂W = f'(s_t) ⊙ (∂s_t/∂W + W_h ∂h_{t-1}/∂W)
      preactivation:  ∂h_t/∂W = ∂h_t/∂W + W_h (f'(h_{t-1}) ⊙ ∂h_{t-1}/∂W),
                      where the first term holds h_{t-1} fixed; r_t has f(h_{t-1})
      ∂L/∂W = Σ_t ∂L/∂y_t ∂h_t/∂W

    No past states are kept, and the gradient is known at every step.

    Args:
      cell: the network; it starts from zero.
      params: its parameters.
      xs: inputs [B, T, D].
      d_ys: ∂L/∂y_t of the loss at every step, [B, T, H].

    Returns:
      The gradient, shaped as `params`.
    """
    batch_size, _, in_dim = xs.shape
    f, slope = ACTIVATIONS[cell.activation], DERIVATIVES[cell.activation]
    b = jnp.zeros(cell.dim, xs.dtype) if params.b is None else params.b
    w = jnp.concatenate([params.w_x, params.w_h, b[None]])  # [P, H], P = D + H + 1
    one = jnp.ones((batch_size, 1), xs.dtype)

    def step(carry, inputs):
        h, jacobian, gradient = carry  # jacobian: ∂h_k/∂W_pq as [B, H, P, H]
        x, d_y = inputs
        if cell.form == "preactivation":
            read = f(h)
            jacobian = slope(read)[..., None, None] * jacobian
        else:
            read = h
        r = jnp.concatenate([x, read, one], -1)  # [B, P]
        direct = jnp.einsum("bp,kq->bkpq", r, jnp.eye(cell.dim, dtype=xs.dtype))
        jacobian = direct + jnp.einsum("jk,bjpq->bkpq", params.w_h, jacobian)
        h = r @ w
        if cell.form == "standard":
            h = f(h)
            jacobian = slope(h)[..., None, None] * jacobian
        gradient += jnp.einsum("bk,bkpq->pq", d_y, jacobian)
        return (h, jacobian, gradient), None

    h = jnp.zeros((batch_size, cell.dim), xs.dtype)
    jacobian = jnp.zeros((batch_size, cell.dim, *w.shape), xs.dtype)
    steps = xs.swapaxes(0, 1), d_ys.swapaxes(0, 1)
    (_, _, gradient), _ = jax.lax.scan(step, (h, jacobian, jnp.zeros_like(w)), steps)
    d_x, d_h, d_b = jnp.split(gradient, [in_dim, in_dim + cell.dim])
    return SRNParams(d_x, d_h, None if params.b is None else d_b[0])


def untied(
    cell: Cell,
    params: Params,
    xs: Array,
    d_ys: Array,
    *,
    state: State | None = None,
    mask: Array | None = None,
    reset: Array | None = None,
) -> Params:
    """Unties the weights over time, and differentiates by each copy (003).

    h_t = f(W⁽ᵗ⁾ [x_t; h_{t-1}; 1]),   ∂L/∂W⁽ᵗ⁾  at  W⁽ᵗ⁾ = W

    The unrolled network is a feed-forward one of T layers, each with weights of its
    own. The gradient of a copy is the contribution of its step to ∂L_T/∂W.

    Args:
      cell: any cell.
      params: its parameters.
      xs: inputs [B, T, D].
      d_ys: ∂L/∂y_t of the loss at every step, [B, T, H].
      state, mask, reset: as in `unroll`.

    Returns:
      The gradients of the copies, shaped as `params` with a leading [T].
    """
    batch_size, length, _ = xs.shape
    copies = jax.tree.map(lambda p: jnp.broadcast_to(p, (length, *p.shape)), params)
    start = cell.initial_state(params, batch_size, xs.dtype)
    state = start if state is None else state
    marks = chunks.Steps(*(None if m is None else m.T for m in (mask, reset)))
    xs = chunks.zero_masked(mask, xs)

    def loss(copies):
        def step(state, inputs):
            own, x, d_y, marks = inputs
            u = jax.tree.map(lambda a: a[0], cell.project(own, x[None]))
            masked = chunks.masked_step(functools.partial(cell.step, own), start, False)
            state, (_, y) = masked(state, (u, marks))
            return state, jnp.sum(chunks.zero_masked(marks.mask, y) * d_y)

        steps = copies, xs.swapaxes(0, 1), d_ys.swapaxes(0, 1), marks
        return jnp.sum(jax.lax.scan(step, state, steps)[1])

    return jax.grad(loss)(copies)


def untied_copies(cell: Cell, params: Params, xs: Array, d_ys: Array) -> Params:
    """Sums the gradients of untied weights; see `untied`.

    ∂L/∂W = Σ_t ∂L/∂W⁽ᵗ⁾

    Weights that all layers share get the sum of the gradients of the copies.

    Args:
      As for `untied`.

    Returns:
      The gradient, shaped as `params`.
    """
    return jax.tree.map(lambda d: d.sum(0), untied(cell, params, xs, d_ys))
