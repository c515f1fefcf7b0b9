"""The LSTM of cuDNN for NVIDIA GPUs, through `jax.experimental.rnn`.

It supports the LSTM with a forget gate, in float32, with first derivatives. Only
`Plan(gradient="cudnn")` uses it: `jax.experimental.rnn` asks for cuDNN's standard
algorithm, which on an H200 was never faster in training than `custom_vjp`.
"""

import jax
import jax.numpy as jnp
from jax import Array
from jax.experimental import rnn

from seqnets.cells.cell import Cell
from seqnets.cells.lstm import LSTM, LSTMParams, LSTMState
from seqnets.kernels.chunks import Steps


def check(cell: Cell, xs: Array, steps: Steps) -> None:
    """Raises ValueError for a run that cuDNN cannot do, or not here."""
    plain = isinstance(cell, LSTM) and LSTM(
        cell.dim, forget_bias=cell.forget_bias, bias=cell.bias
    )
    if cell != plain:
        raise ValueError(f"cuDNN runs a plain LSTM, not {cell}")
    if xs.dtype != jnp.float32:
        raise ValueError(f"cuDNN's LSTM takes float32, not {xs.dtype}")
    if steps != Steps(None, None):
        raise ValueError("cuDNN's LSTM takes neither mask nor reset")
    if jax.default_backend() != "gpu":
        raise ValueError(f"cuDNN needs a GPU, and JAX is on {jax.default_backend()}")


def run(
    cell: LSTM, params: LSTMParams, xs: Array, state: LSTMState, reverse: bool
) -> tuple[LSTMState, Array]:
    """Runs an LSTM over [B, T, D] inputs; see `seqnets.unroll`.

    Products have the precision that `jax_default_matmul_precision` gives every other.
    """
    batch_size, length, in_dim = xs.shape
    if not batch_size * length:
        return state, jnp.zeros((batch_size, length, cell.dim), xs.dtype)
    xs = xs[:, ::-1] if reverse else xs
    ys, h, c = rnn.lstm(
        xs,
        state.h[None],
        state.c[None],
        pack(params),
        jnp.full(batch_size, length, jnp.int32),
        in_dim,
        cell.dim,
        1,  # layer
        0.0,  # dropout
        False,  # one direction
    )
    return LSTMState(h[0], c[0]), ys[:, ::-1] if reverse else ys


def pack(params: LSTMParams) -> Array:
    """Packs weights in the layout of cuDNN: W_xᵀ, W_hᵀ, two biases, the second zero."""
    w_x, w_h, b = params.w_x, params.w_h, params.b
    b = jnp.zeros(w_h.shape[1], w_h.dtype) if b is None else b
    return jnp.concatenate([w_x.T.ravel(), w_h.T.ravel(), b, jnp.zeros_like(b)])
