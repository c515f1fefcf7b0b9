"""All steps of a cell in one launch on a GPU: the Triton kernels of `persistent`.

A program holds ROWS rows and N columns of the state through all T steps, with the
columns of W_h that it multiplies by in registers:

    s [ROWS, N] = Σ_k h [ROWS, K] W_h [K, N]        for each of G gates

in float32 multiplications and additions, which are exact enough for every dtype: with
few rows, the matrix units would have nothing to reuse. Where one program holds all
columns (PARTS = 1), h never leaves it. Where several share them, each writes its
columns of h to memory and reads those of the others. A word of h is there when it is
no longer `UNWRITTEN`, so that no barrier is needed: as each word speaks for itself, the
order in which they arrive does not matter.

Time runs through slots: state t is in slot t, what was before step t in slot t, and
what is after it in slot t + 1; in reverse the other way round.

Triton's functions are read by its compiler: constants are in capitals, and there is one
argument for each array. Those that are read come first, then those that are read and
written with PARTS > 1, then those that are only written: `jax_triton` hands on arrays
in this order.
"""

import triton
import triton.language as tl

# The bits of a NaN that no operation returns.
UNWRITTEN = tl.constexpr(0x7FEDCBA9)
TRIES = tl.constexpr(1 << 20)  # About a second.
REAL, AFRESH = tl.constexpr(1), tl.constexpr(2)  # Bits of a mark.


@triton.jit
def _add1(a, b):
    return a + b


@triton.jit
def _add3(a0, a1, a2, b0, b1, b2):
    return a0 + b0, a1 + b1, a2 + b2


@triton.jit
def _add4(a0, a1, a2, a3, b0, b1, b2, b3):
    return a0 + b0, a1 + b1, a2 + b2, a3 + b3


@triton.jit
def _sigmoid(x):
    return 1.0 / (1.0 + tl.exp(-x))


@triton.jit
def _tanh(x):
    # Of |x|, so that nothing overflows, and near zero by its series: 1 - e loses there.
    e = tl.exp(-2.0 * tl.abs(x))
    y = (1.0 - e) / (1.0 + e)
    xx = x * x
    near = x * (1.0 + xx * (-0.33333333 + xx * (0.13333333 + xx * -0.05396825)))
    return tl.where(xx < 0.01, near, tl.where(x < 0.0, -y, y))


@triton.jit
def _activate(x, ACTIVATION: tl.constexpr):
    if ACTIVATION == "tanh":
        y = _tanh(x)
    elif ACTIVATION == "logistic":
        y = _sigmoid(x)
    elif ACTIVATION == "relu":
        y = tl.where(x > 0.0, x, 0.0)
    else:
        y = x
    return y


@triton.jit
def _slope(y, ACTIVATION: tl.constexpr):
    if ACTIVATION == "tanh":
        d = 1.0 - y * y
    elif ACTIVATION == "logistic":
        d = y * (1.0 - y)
    elif ACTIVATION == "relu":
        d = tl.where(y > 0.0, 1.0, 0.0)
    else:
        d = tl.full(y.shape, 1.0, tl.float32)
    return d


@triton.jit
def _round(x, HALF: tl.constexpr):
    if HALF:
        x = x.to(tl.bfloat16).to(tl.float32)
    return x


@triton.jit
def _number(ticket, PARTS: tl.constexpr):
    """Numbers programs as they begin, so that none waits for one that has no room."""
    return tl.atomic_add(ticket, 1) if PARTS > 1 else tl.program_id(0)


@triton.jit
def _poll(pointers, there, left):
    """Reads words that other programs write, once all of them are there.

    After `left` tries it gives up, for good: the words are NaN, which is better than to
    wait for ever. A program that has to be waited for is there within a few.
    """
    bits = tl.load(pointers, mask=there, other=0, volatile=True)
    absent = tl.max((bits == UNWRITTEN).to(tl.int32))
    while (absent != 0) & (left > 0):
        bits = tl.load(pointers, mask=there, other=0, volatile=True)
        absent = tl.max((bits == UNWRITTEN).to(tl.int32))
        left -= 1
    return bits.to(tl.float32, bitcast=True), left


@triton.jit
def _put(pointers, x, there, SHARED: tl.constexpr):
    if SHARED:  # A NaN is the one NaN, and not by chance `UNWRITTEN`.
        bits = tl.where(x != x, 0x7FFFFFFF, x.to(tl.int32, bitcast=True))
        pointers = pointers.to(tl.pointer_type(tl.int32))
        tl.store(pointers, bits, mask=there, cache_modifier=".wt")
    else:
        tl.store(pointers, x, mask=there)


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
    saved,  # [T, B, 4H] float32, the gates: i f g o, or r z n m.
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
    program = _number(ticket, PARTS)
    part = program % PARTS
    rows = (program // PARTS) * ROWS + tl.arange(0, ROWS)
    cols = part * N + tl.arange(0, N)
    ks = tl.arange(0, K)
    there = (rows < B)[:, None] & (cols < H)[None, :]
    all_there = (rows < B)[:, None] & (ks < H)[None, :]
    own = rows[:, None] * H + cols[None, :]  # Of a state [B, H].
    whole = rows[:, None] * H + ks[None, :]

    w_there = (ks < H)[:, None] & (cols < H)[None, :]
    w_at = w + ks[:, None] * (G * H) + cols[None, :]
    w0 = tl.load(w_at, mask=w_there, other=0.0).to(tl.float32)[None, :, :]
    if G >= 3:
        w1 = tl.load(w_at + H, mask=w_there, other=0.0).to(tl.float32)[None, :, :]
        w2 = tl.load(w_at + 2 * H, mask=w_there, other=0.0).to(tl.float32)[None, :, :]
    if G == 4:
        w3 = tl.load(w_at + 3 * H, mask=w_there, other=0.0).to(tl.float32)[None, :, :]
    if CELL == "gru":
        bias = tl.load(b_n + cols, mask=cols < H, other=0.0)[None, :]

    left = tl.cast(TRIES, tl.int32)
    size = B * H
    first = tl.cast(T if REVERSE else 0, tl.int64)
    h = tl.load(h0 + own, mask=there, other=0.0)
    if PARTS == 1:
        tl.store(hs + first * size + own, h, mask=there)
    c = h
    if CELL == "lstm":
        c = tl.load(c0 + own, mask=there, other=0.0)
        tl.store(cs + first * size + own, c, mask=there)

    for i in tl.range(0, T, num_stages=STAGES):
        t = tl.cast(T - 1 - i if REVERSE else i, tl.int64)
        before = t + 1 if REVERSE else t
        after = t if REVERSE else t + 1
        u_at = us + t * (size * G) + rows[:, None] * (G * H) + cols[None, :]
        u0 = tl.load(u_at, mask=there, other=0.0)
        if G >= 3:
            u1 = tl.load(u_at + H, mask=there, other=0.0)
            u2 = tl.load(u_at + 2 * H, mask=there, other=0.0)
        if G == 4:
            u3 = tl.load(u_at + 3 * H, mask=there, other=0.0)
        if MARKED:
            mark = tl.load(marks + t * B + rows, mask=rows < B, other=0).to(tl.int32)
            real = ((mark & REAL) != 0)[:, None]
            afresh = ((mark & AFRESH) != 0)[:, None]
        if RESETS:
            h = tl.where(afresh, tl.load(h_start + own, mask=there, other=0.0), h)
            if CELL == "lstm":
                c = tl.where(afresh, tl.load(c_start + own, mask=there, other=0.0), c)

        if PARTS == 1:
            read = h
        else:
            words = (hs + before * size).to(tl.pointer_type(tl.int32)) + whole
            read, left = _poll(words, all_there, left)
            left = tl.where(left > 0, TRIES, 0)
            if RESETS:
                start = tl.load(h_start + whole, mask=all_there, other=0.0)
                read = tl.where(afresh, start, read)
        read = _round(read, HALF)[:, :, None]

        if CELL == "srn":
            s0 = tl.reduce(read * w0, 1, _add1)
            new = _activate(u0 + s0, OPTION)
        elif CELL == "gru":
            s0, s1, s2 = tl.reduce((read * w0, read * w1, read * w2), 1, _add3)
            r, z = _sigmoid(u0 + s0), _sigmoid(u1 + s1)
            m = s2 + bias
            n = _tanh(u2 + r * m)
            new = h + z * (n - h) if OPTION == "new" else n + z * (h - n)
        else:
            s0, s1, s2, s3 = tl.reduce(
                (read * w0, read * w1, read * w2, read * w3), 1, _add4
            )
            gi, gf = _sigmoid(u0 + s0), _sigmoid(u1 + s1)
            gg, go = _tanh(u2 + s2), _sigmoid(u3 + s3)
            c_new = gf * c + gi * gg
            new = go * _tanh(c_new)
            if MARKED:
                c_new = tl.where(real, c_new, c)
            c = c_new
            tl.store(cs + after * size + own, c, mask=there)
        new = _round(new, HALF_STATE)
        if MARKED:
            new = tl.where(real, new, h)
        h = new
        _put(hs + after * size + own, h, there, PARTS > 1)

        if SAVE and CELL != "srn":
            at = saved + t * (size * 4) + rows[:, None] * (4 * H) + cols[None, :]
            if CELL == "gru":
                tl.store(at, r, mask=there)
                tl.store(at + H, z, mask=there)
                tl.store(at + 2 * H, n, mask=there)
                tl.store(at + 3 * H, m, mask=there)
            else:
                tl.store(at, gi, mask=there)
                tl.store(at + H, gf, mask=there)
                tl.store(at + 2 * H, gg, mask=there)
                tl.store(at + 3 * H, go, mask=there)


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
    D: tl.constexpr = 1 if CELL == "srn" else 4  # A GRU's candidate has two.
    program = _number(ticket, PARTS)
    part = program % PARTS
    rows = (program // PARTS) * ROWS + tl.arange(0, ROWS)
    cols = part * N + tl.arange(0, N)
    ks = tl.arange(0, K)
    there = (rows < B)[:, None] & (cols < H)[None, :]
    all_there = (rows < B)[:, None] & (ks < H)[None, :]
    own = rows[:, None] * H + cols[None, :]

    # Of W_hᵀ, what leads from the errors of all columns to this program's.
    w_there = (ks < H)[:, None] & (cols < H)[None, :]
    w_at = w + cols[None, :] * (G * H) + ks[:, None]
    w0 = tl.load(w_at, mask=w_there, other=0.0).to(tl.float32)[None, :, :]
    if G >= 3:
        w1 = tl.load(w_at + H, mask=w_there, other=0.0).to(tl.float32)[None, :, :]
        w2 = tl.load(w_at + 2 * H, mask=w_there, other=0.0).to(tl.float32)[None, :, :]
    if G == 4:
        w3 = tl.load(w_at + 3 * H, mask=w_there, other=0.0).to(tl.float32)[None, :, :]

    left = tl.cast(TRIES, tl.int32)
    size = B * H
    d_h = tl.load(d_h_last + own, mask=there, other=0.0)
    d_c = d_h
    if CELL == "lstm":
        d_c = tl.load(d_c_last + own, mask=there, other=0.0)
    sum_h = tl.zeros([ROWS, N], tl.float32)
    sum_c = tl.zeros([ROWS, N], tl.float32)

    for i in tl.range(0, T, num_stages=STAGES):
        t = tl.cast(i if REVERSE else T - 1 - i, tl.int64)
        before = t + 1 if REVERSE else t
        after = t if REVERSE else t + 1
        d_y = tl.load(d_ys + t * size + own, mask=there, other=0.0)
        at = saved + t * (size * 4) + rows[:, None] * (4 * H) + cols[None, :]
        held_h, held_c = d_h, d_c
        if MARKED:
            mark = tl.load(marks + t * B + rows, mask=rows < B, other=0).to(tl.int32)
            real = ((mark & REAL) != 0)[:, None]
            afresh = ((mark & AFRESH) != 0)[:, None]
            d_h, held_h = tl.where(real, d_h, 0.0), tl.where(real, 0.0, d_h)
            d_c, held_c = tl.where(real, d_c, 0.0), tl.where(real, 0.0, d_c)
        d_h += d_y

        put = deltas + t * (size * D) + rows[:, None] * (D * H) + cols[None, :]
        if CELL == "srn":
            y = tl.load(hs + after * size + own, mask=there, other=0.0)
            e0 = _round(d_h * _slope(y, OPTION), HALF)
            _put(put, e0, there, PARTS > 1)
            through = tl.zeros([ROWS, N], tl.float32)
        elif CELL == "gru":
            r = tl.load(at, mask=there, other=0.0)
            z = tl.load(at + H, mask=there, other=0.0)
            n = tl.load(at + 2 * H, mask=there, other=0.0)
            m = tl.load(at + 3 * H, mask=there, other=0.0)
            past = tl.load(hs + before * size + own, mask=there, other=0.0)
            if RESETS:
                start = tl.load(h_start + own, mask=there, other=0.0)
                past = tl.where(afresh, start, past)
            if OPTION == "new":
                keep, change = 1.0 - z, n - past
            else:
                keep, change = z, past - n
            e_n = d_h * (1.0 - keep) * (1.0 - n * n)
            e0 = e_n * m * r * (1.0 - r)
            e1 = d_h * change * z * (1.0 - z)
            e2 = e_n * r
            through = d_h * keep
            _put(put, e0, there, PARTS > 1)
            _put(put + H, e1, there, PARTS > 1)
            _put(put + 2 * H, e2, there, PARTS > 1)
            tl.store(put + 3 * H, e_n, mask=there)
        else:
            gi = tl.load(at, mask=there, other=0.0)
            gf = tl.load(at + H, mask=there, other=0.0)
            gg = tl.load(at + 2 * H, mask=there, other=0.0)
            go = tl.load(at + 3 * H, mask=there, other=0.0)
            past = tl.load(cs + before * size + own, mask=there, other=0.0)
            if RESETS:
                start = tl.load(c_start + own, mask=there, other=0.0)
                past = tl.where(afresh, start, past)
            out = _tanh(gf * past + gi * gg)
            d_c += d_h * go * (1.0 - out * out)
            e0 = d_c * gg * gi * (1.0 - gi)
            e1 = d_c * past * gf * (1.0 - gf)
            e2 = d_c * gi * (1.0 - gg * gg)
            e3 = d_h * out * go * (1.0 - go)
            d_c = d_c * gf
            through = tl.zeros([ROWS, N], tl.float32)
            _put(put, e0, there, PARTS > 1)
            _put(put + H, e1, there, PARTS > 1)
            _put(put + 2 * H, e2, there, PARTS > 1)
            _put(put + 3 * H, e3, there, PARTS > 1)

        if PARTS > 1:
            words = (deltas + t * (size * D)).to(tl.pointer_type(tl.int32))
            words += rows[:, None] * (D * H) + ks[None, :]
            e0, left = _poll(words, all_there, left)
            if G >= 3:
                e1, left = _poll(words + H, all_there, left)
                e2, left = _poll(words + 2 * H, all_there, left)
            if G == 4:
                e3, left = _poll(words + 3 * H, all_there, left)
            left = tl.where(left > 0, TRIES, 0)
        products = _round(e0, HALF)[:, :, None] * w0
        if G >= 3:
            products += _round(e1, HALF)[:, :, None] * w1
            products += _round(e2, HALF)[:, :, None] * w2
        if G == 4:
            products += _round(e3, HALF)[:, :, None] * w3
        d_h = through + tl.reduce(products, 1, _add1)

        if MARKED:
            d_h += held_h
            d_c += held_c
        if RESETS:
            sum_h += tl.where(afresh, d_h, 0.0)
            d_h = tl.where(afresh, 0.0, d_h)
            sum_c += tl.where(afresh, d_c, 0.0)
            d_c = tl.where(afresh, 0.0, d_c)

    tl.store(d_h0 + own, d_h, mask=there)
    tl.store(d_h_start + own, sum_h, mask=there)
    if CELL == "lstm":
        tl.store(d_c0 + own, d_c, mask=there)
        tl.store(d_c_start + own, sum_c, mask=there)
