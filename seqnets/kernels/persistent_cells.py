"""One step of a cell, forward and back, in Triton; see `persistent_parts`.

Sizes are [ROWS, N]. What is saved of a step: i f g o of an LSTM; of a GRU r, z, n and
what the gate resets, m = W_n h' + b_n, or has reset, r h', where it does so before the
product ("gru_before").
"""

import triton
import triton.language as tl

from seqnets.kernels.persistent_parts import (
    activate,
    multiply,
    multiply_back,
    rounded,
    sigmoid,
    slope,
    tanh,
)


@triton.jit
def forward(
    h, c, u0, u1, u2, u3, s0, s1, s2, s3, bias, CELL: tl.constexpr, OPTION: tl.constexpr
):
    """Returns h and c after a step, and what is saved of it."""
    if CELL == "srn":
        h = activate(u0 + s0, OPTION)
        a0, a1, a2, a3 = h, h, h, h
    elif CELL == "gru":
        a0, a1 = sigmoid(u0 + s0), sigmoid(u1 + s1)
        a3 = s2 + bias
        a2 = tanh(u2 + a0 * a3)
        h = h + a1 * (a2 - h) if OPTION == "new" else a2 + a1 * (h - a2)
    else:
        a0, a1 = sigmoid(u0 + s0), sigmoid(u1 + s1)
        a2, a3 = tanh(u2 + s2), sigmoid(u3 + s3)
        c = a1 * c + a0 * a2
        h = a3 * tanh(c)
    return h, c, a0, a1, a2, a3


@triton.jit
def gru_before(h, u0, u1, u2, w0, w1, w2, OPTION: tl.constexpr, HALF: tl.constexpr):
    """Returns h after a step of a GRU that resets before its product; r, z, n, r h."""
    read = rounded(h, HALF)[:, :, None]
    s0, s1, _, _ = multiply(read, w0, w1, w0, w0, 2)
    r, z = sigmoid(u0 + s0), sigmoid(u1 + s1)
    reset = r * h
    s2, _, _, _ = multiply(rounded(reset, HALF)[:, :, None], w2, w2, w2, w2, 1)
    n = tanh(u2 + s2)
    return h + z * (n - h) if OPTION == "new" else n + z * (h - n), r, z, n, reset


@triton.jit
def gru_before_backward(
    d_h, past, r, z, n, w0, w1, w2, OPTION: tl.constexpr, HALF: tl.constexpr
):
    """With q = ∂h/∂n and p = W_nᵀ δ_n:

    δ_n = ∂h q (1 - n²),   δ_r = p h' r (1 - r),   ∂h' = ∂h (1 - q) + p r + Wᵀ δ

    Returns:
      δ_r, δ_z, δ_n, and ∂h'.
    """
    keep = 1.0 - z if OPTION == "new" else z
    change = n - past if OPTION == "new" else past - n
    e_n = d_h * (1.0 - keep) * (1.0 - n * n)
    e_z = d_h * change * z * (1.0 - z)
    d_reset = multiply_back(e_n, e_n, e_n, e_n, w2, w2, w2, w2, 1, HALF)
    e_r = d_reset * past * r * (1.0 - r)
    by_gates = multiply_back(e_r, e_z, e_r, e_r, w0, w1, w0, w0, 2, HALF)
    return e_r, e_z, e_n, d_h * keep + d_reset * r + by_gates


@triton.jit
def gru_backward(d_h, past, r, z, n, m, OPTION: tl.constexpr):
    """With q = ∂h/∂n and h = q n + (1 - q) h':

    δ_n = ∂h q (1 - n²),   δ_m = δ_n r,   δ_r = δ_n m r (1 - r)

    Returns:
      δ_r, δ_z, δ_m, δ_n, and ∂h' beside the gates.
    """
    keep = 1.0 - z if OPTION == "new" else z
    change = n - past if OPTION == "new" else past - n
    e_n = d_h * (1.0 - keep) * (1.0 - n * n)
    e_r = e_n * m * r * (1.0 - r)
    e_z = d_h * change * z * (1.0 - z)
    return e_r, e_z, e_n * r, e_n, d_h * keep


@triton.jit
def lstm_backward(d_h, d_c, past, i, f, g, o):
    """∂c += ∂h o (1 - tanh² c),   ∂c' = ∂c f,   δ from ∂c and ∂h.

    Returns:
      δ_i, δ_f, δ_g, δ_o, and ∂c'.
    """
    out = tanh(f * past + i * g)
    d_c += d_h * o * (1.0 - out * out)
    e_i, e_f = d_c * g * i * (1.0 - i), d_c * past * f * (1.0 - f)
    e_g, e_o = d_c * i * (1.0 - g * g), d_h * out * o * (1.0 - o)
    return e_i, e_f, e_g, e_o, d_c * f


@triton.jit
def backward(
    d_h, d_c, after, past, a0, a1, a2, a3, CELL: tl.constexpr, OPTION: tl.constexpr
):
    """Returns the gates' errors, and ∂ of h and of c before, beside the gates.

    Args:
      d_h, d_c: ∂ of the state after the step.
      after: h after it, which an SRN reads.
      past: what was before it: c of an LSTM, h of a GRU.
      a0, a1, a2, a3: what was saved of it.
    """
    through = tl.zeros(d_h.shape, tl.float32)
    if CELL == "srn":
        e0 = d_h * slope(after, OPTION)
        e1, e2, e3 = e0, e0, e0
    elif CELL == "gru":
        e0, e1, e2, e3, through = gru_backward(d_h, past, a0, a1, a2, a3, OPTION)
    else:
        e0, e1, e2, e3, d_c = lstm_backward(d_h, d_c, past, a0, a1, a2, a3)
    return e0, e1, e2, e3, through, d_c
