"""All steps of a cell in one launch on a GPU: the Triton kernels of `persistent`.

A program holds ROWS rows and N columns of the state through all T steps, with the
columns of W_h that it multiplies by in registers:

    s [ROWS, N] = Σ_k h [ROWS, K] W_h [K, N]        for each of G gates

in float32 multiplications and additions, which are exact enough for every dtype: with
few rows, the matrix units would have nothing to reuse. Where one program holds all
columns (PARTS = 1), h never leaves it. Where several share them, each writes its
columns of h to memory and reads those of the others. A word of h is there when it is
no longer `UNWRITTEN`, so that no barrier is needed: each word is checked on its own, so
arrival order does not matter.

Time runs through slots: what was before step t is in slot t, and what is after it in
slot t + 1; in reverse the other way round.

Triton's functions are read by its compiler: constants are in capitals, and there is one
argument for each array. Those that are read come first, then those that are read and
written with PARTS > 1, then those that are only written: `jax_triton` hands on arrays
in this order.
"""

import triton
import triton.language as tl

from seqnets.kernels import persistent_cells as cells
from seqnets.kernels import persistent_parts as parts


@triton.jit
def forward(
    us,  # [T, B, GH] float32, W_x x + b.
    w,  # [H, GH]
    b_n,  # [H] float32, of a GRU that resets after the product.
    h0,  # [B, H] float32
    c0,  # [B, H] float32, of an LSTM.
    h_start,  # [B, H] float32, what a mark AFRESH puts in place.
    c_start,  # [B, H] float32
    marks,  # [T, B] int8
    hs,  # [T + 1, B, H] float32: `UNWRITTEN` with PARTS > 1.
    ticket,  # [1] int32, zero, with PARTS > 1.
    cs,  # [T + 1, B, H] float32, of an LSTM.
    saved,  # [T, B, 4H] float32, of gated cells; see `persistent_cells`.
    T,
    B,
    H,
    CELL: tl.constexpr,
    OPTION: tl.constexpr,
    ROWS: tl.constexpr,
    K: tl.constexpr,
    N: tl.constexpr,
    PARTS: tl.constexpr,
    SAVE: tl.constexpr,
    MARKED: tl.constexpr,
    RESETS: tl.constexpr,
    REVERSE: tl.constexpr,
    HALF: tl.constexpr,
    HALF_STATE: tl.constexpr,
    STAGES: tl.constexpr,
):
    """Writes the states of all steps, and with SAVE the gates."""
    G: tl.constexpr = 1 if CELL == "srn" else (4 if CELL == "lstm" else 3)
    program = parts.number(ticket, PARTS)
    rows = (program // PARTS) * ROWS + tl.arange(0, ROWS)
    cols, ks = (program % PARTS) * N + tl.arange(0, N), tl.arange(0, K)
    there = (rows < B)[:, None] & (cols < H)[None, :]
    all_there = (rows < B)[:, None] & (ks < H)[None, :]
    own = rows[:, None] * H + cols[None, :]  # Of a state [B, H].
    whole = rows[:, None] * H + ks[None, :]

    w_there = (ks < H)[:, None] & (cols < H)[None, :]
    w_at = w + ks[:, None] * (G * H) + cols[None, :]
    w0, w1, w2, w3 = parts.load(w_at, H, w_there, G)
    w0, w1, w2, w3 = w0[None, :, :], w1[None, :, :], w2[None, :, :], w3[None, :, :]
    bias = tl.zeros([1, N], tl.float32)
    if CELL == "gru":
        bias = tl.load(b_n + cols, mask=cols < H, other=0.0)[None, :]

    size, left = B * H, tl.cast(parts.TRIES, tl.int32)
    first = tl.cast(T if REVERSE else 0, tl.int64) * size
    h = tl.load(h0 + own, mask=there, other=0.0)
    c = h
    if PARTS == 1:
        tl.store(hs + first + own, h, mask=there)
    if CELL == "lstm":
        c = tl.load(c0 + own, mask=there, other=0.0)
        tl.store(cs + first + own, c, mask=there)

    for i in tl.range(0, T, num_stages=STAGES):
        t = tl.cast(T - 1 - i if REVERSE else i, tl.int64)
        before, after = (t + 1 if REVERSE else t), (t if REVERSE else t + 1)
        u_at = us + t * (size * G) + rows[:, None] * (G * H) + cols[None, :]
        u0, u1, u2, u3 = parts.load(u_at, H, there, G)
        if MARKED:
            real, afresh = parts.marked(marks + t * B, rows, B)
        if RESETS:
            h = tl.where(afresh, tl.load(h_start + own, mask=there, other=0.0), h)
            if CELL == "lstm":
                c = tl.where(afresh, tl.load(c_start + own, mask=there, other=0.0), c)
        read = h
        if PARTS > 1:
            read, _, _, _, left = parts.poll_gates(
                hs + before * size + whole, 0, all_there, left, 1
            )
            if RESETS:
                start = tl.load(h_start + whole, mask=all_there, other=0.0)
                read = tl.where(afresh, start, read)

        if CELL == "gru_before":
            h_new, a0, a1, a2, a3 = cells.gru_before(
                h, u0, u1, u2, w0, w1, w2, OPTION, HALF
            )
        else:
            read = parts.rounded(read, HALF)[:, :, None]
            s0, s1, s2, s3 = parts.multiply(read, w0, w1, w2, w3, G)
            h_new, c_new, a0, a1, a2, a3 = cells.forward(
                h, c, u0, u1, u2, u3, s0, s1, s2, s3, bias, CELL, OPTION
            )
        h_new = parts.rounded(h_new, HALF_STATE)
        h = tl.where(real, h_new, h) if MARKED else h_new
        parts.put(hs + after * size + own, h, there, PARTS > 1)
        if CELL == "lstm":
            c = tl.where(real, c_new, c) if MARKED else c_new
            tl.store(cs + after * size + own, c, mask=there)
        if SAVE and CELL != "srn":
            at = saved + t * (size * 4) + rows[:, None] * (4 * H) + cols[None, :]
            parts.store(at, H, there, a0, a1, a2, a3, 4, False)


@triton.jit
def backward(
    w,  # [H, GH]
    hs,  # [T + 1, B, H] float32
    cs,  # [T + 1, B, H] float32, of an LSTM.
    h_start,  # [B, H] float32
    c_start,  # [B, H] float32
    saved,  # [T, B, 4H] float32
    marks,  # [T, B] int8
    d_ys,  # [T, B, H] float32, zero at masked steps.
    d_h_last,  # [B, H] float32
    d_c_last,  # [B, H] float32
    deltas,  # [T, B, DH] float32: `UNWRITTEN` with PARTS > 1.
    ticket,  # [1] int32, zero, with PARTS > 1.
    d_h0,  # [B, H] float32
    d_c0,  # [B, H] float32
    d_h_start,  # [B, H] float32
    d_c_start,  # [B, H] float32
    T,
    B,
    H,
    CELL: tl.constexpr,
    OPTION: tl.constexpr,
    ROWS: tl.constexpr,
    K: tl.constexpr,
    N: tl.constexpr,
    PARTS: tl.constexpr,
    MARKED: tl.constexpr,
    RESETS: tl.constexpr,
    REVERSE: tl.constexpr,
    HALF: tl.constexpr,
    STAGES: tl.constexpr,
):
    """Writes δ of all steps, and ∂ of the first state and of the start."""
    G: tl.constexpr = 1 if CELL == "srn" else (4 if CELL == "lstm" else 3)
    # The candidate of a GRU that resets after its product has two errors.
    D: tl.constexpr = 4 if CELL == "gru" else G
    program = parts.number(ticket, PARTS)
    rows = (program // PARTS) * ROWS + tl.arange(0, ROWS)
    cols, ks = (program % PARTS) * N + tl.arange(0, N), tl.arange(0, K)
    there = (rows < B)[:, None] & (cols < H)[None, :]
    all_there = (rows < B)[:, None] & (ks < H)[None, :]
    own = rows[:, None] * H + cols[None, :]

    # Of W_hᵀ, what leads from the errors of all columns to this program's.
    w_there = (ks < H)[:, None] & (cols < H)[None, :]
    w_at = w + cols[None, :] * (G * H) + ks[:, None]
    w0, w1, w2, w3 = parts.load(w_at, H, w_there, G)
    w0, w1, w2, w3 = w0[None, :, :], w1[None, :, :], w2[None, :, :], w3[None, :, :]

    size, left = B * H, tl.cast(parts.TRIES, tl.int32)
    d_h = tl.load(d_h_last + own, mask=there, other=0.0)
    d_c = tl.zeros([ROWS, N], tl.float32)
    if CELL == "lstm":
        d_c = tl.load(d_c_last + own, mask=there, other=0.0)
    sum_h, sum_c = tl.zeros([ROWS, N], tl.float32), tl.zeros([ROWS, N], tl.float32)

    for i in tl.range(0, T, num_stages=STAGES):
        t = tl.cast(i if REVERSE else T - 1 - i, tl.int64)
        before, after = (t + 1 if REVERSE else t), (t if REVERSE else t + 1)
        d_y = tl.load(d_ys + t * size + own, mask=there, other=0.0)
        if MARKED:
            real, afresh = parts.marked(marks + t * B, rows, B)
            held_h, held_c = tl.where(real, 0.0, d_h), tl.where(real, 0.0, d_c)
            d_h, d_c = tl.where(real, d_h, 0.0), tl.where(real, d_c, 0.0)
        d_h += d_y
        past, a0, a1, a2, a3 = d_y, d_y, d_y, d_y, d_y  # An SRN has none of them.
        h = d_y
        if CELL == "srn":
            h = tl.load(hs + after * size + own, mask=there, other=0.0)
        else:
            at = saved + t * (size * 4) + rows[:, None] * (4 * H) + cols[None, :]
            a0, a1, a2, a3 = parts.load(at, H, there, 4)
            states = (cs if CELL == "lstm" else hs) + before * size
            past = tl.load(states + own, mask=there, other=0.0)
            if RESETS:
                start = (c_start if CELL == "lstm" else h_start) + own
                past = tl.where(afresh, tl.load(start, mask=there, other=0.0), past)

        step = deltas + t * (size * D) + rows[:, None] * (D * H)
        if CELL == "gru_before":
            e0, e1, e2, d_h = cells.gru_before_backward(
                d_h, past, a0, a1, a2, w0, w1, w2, OPTION, HALF
            )
            parts.store(step + cols[None, :], H, there, e0, e1, e2, e2, D, False)
        else:
            e0, e1, e2, e3, through, d_c = cells.backward(
                d_h, d_c, h, past, a0, a1, a2, a3, CELL, OPTION
            )
            parts.store(step + cols[None, :], H, there, e0, e1, e2, e3, D, PARTS > 1)
            if PARTS > 1:
                e0, e1, e2, e3, left = parts.poll_gates(
                    step + ks[None, :], H, all_there, left, G
                )
            d_h = through + parts.multiply_back(e0, e1, e2, e3, w0, w1, w2, w3, G, HALF)
        if MARKED:
            d_h, d_c = d_h + held_h, d_c + held_c
        if RESETS:
            sum_h += tl.where(afresh, d_h, 0.0)
            sum_c += tl.where(afresh, d_c, 0.0)
            d_h, d_c = tl.where(afresh, 0.0, d_h), tl.where(afresh, 0.0, d_c)

    tl.store(d_h0 + own, d_h, mask=there)
    tl.store(d_h_start + own, sum_h, mask=there)
    if CELL == "lstm":
        tl.store(d_c0 + own, d_c, mask=there)
        tl.store(d_c_start + own, sum_c, mask=there)
