"""What the Triton kernels of `persistent` are made of.

A kernel works on G gates at once, and has four names for them: those that a cell does
not have are the first again, which costs nothing, since nobody reads them.
"""

import triton
import triton.language as tl

# The bits of a NaN that no operation returns.
UNWRITTEN = tl.constexpr(0x7FEDCBA9)
ONE_NAN = tl.constexpr(0x7FFFFFFF)
TRIES = tl.constexpr(1 << 20)  # About a second.
REAL, AFRESH = tl.constexpr(1), tl.constexpr(2)  # Bits of a mark.


@triton.jit
def _add1(a, b):
    return a + b


@triton.jit
def _add2(a0, a1, b0, b1):
    return a0 + b0, a1 + b1


@triton.jit
def _add3(a0, a1, a2, b0, b1, b2):
    return a0 + b0, a1 + b1, a2 + b2


@triton.jit
def _add4(a0, a1, a2, a3, b0, b1, b2, b3):
    return a0 + b0, a1 + b1, a2 + b2, a3 + b3


@triton.jit
def sigmoid(x):
    return 1.0 / (1.0 + tl.exp(-x))


@triton.jit
def tanh(x):
    # Of |x|, so that nothing overflows, and near zero by its series: 1 - e loses there.
    e = tl.exp(-2.0 * tl.abs(x))
    y = (1.0 - e) / (1.0 + e)
    xx = x * x
    near = x * (1.0 + xx * (-0.33333333 + xx * (0.13333333 + xx * -0.05396825)))
    return tl.where(xx < 0.01, near, tl.where(x < 0.0, -y, y))


@triton.jit
def activate(x, ACTIVATION: tl.constexpr):
    if ACTIVATION == "tanh":
        y = tanh(x)
    elif ACTIVATION == "logistic":
        y = sigmoid(x)
    elif ACTIVATION == "relu":
        y = tl.where(x > 0.0, x, 0.0)
    else:
        y = x
    return y


@triton.jit
def slope(y, ACTIVATION: tl.constexpr):
    """f'(s) in terms of y = f(s)."""
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
def rounded(x, HALF: tl.constexpr):
    """Rounds to bfloat16, of which float32 has every number."""
    if HALF:
        x = x.to(tl.bfloat16).to(tl.float32)
    return x


@triton.jit
def number(ticket, PARTS: tl.constexpr):
    """Numbers programs as they begin, so that none waits for one that has no room."""
    return tl.atomic_add(ticket, 1) if PARTS > 1 else tl.program_id(0)


@triton.jit
def marked(marks, rows, B):
    """Which of a step's rows are real, and which start afresh, [ROWS, 1] each."""
    mark = tl.load(marks + rows, mask=rows < B, other=0).to(tl.int32)
    return ((mark & REAL) != 0)[:, None], ((mark & AFRESH) != 0)[:, None]


@triton.jit
def load(at, apart, there, G: tl.constexpr):
    """Reads the gates, which lie `apart`."""
    a0 = tl.load(at, mask=there, other=0.0).to(tl.float32)
    a1, a2, a3 = a0, a0, a0
    if G >= 3:
        a1 = tl.load(at + apart, mask=there, other=0.0).to(tl.float32)
        a2 = tl.load(at + 2 * apart, mask=there, other=0.0).to(tl.float32)
    if G == 4:
        a3 = tl.load(at + 3 * apart, mask=there, other=0.0).to(tl.float32)
    return a0, a1, a2, a3


@triton.jit
def put(at, x, there, SHARED: tl.constexpr):
    """Writes words; those that others wait for go past this multiprocessor's cache."""
    if SHARED:  # A NaN is the one NaN, and not by chance `UNWRITTEN`.
        bits = tl.where(x != x, ONE_NAN, x.to(tl.int32, bitcast=True))
        words = at.to(tl.pointer_type(tl.int32))
        tl.store(words, bits, mask=there, cache_modifier=".wt")
    else:
        tl.store(at, x, mask=there)


@triton.jit
def store(at, apart, there, a0, a1, a2, a3, G: tl.constexpr, SHARED: tl.constexpr):
    """Writes the gates, `apart`."""
    put(at, a0, there, SHARED)
    if G >= 3:
        put(at + apart, a1, there, SHARED)
        put(at + 2 * apart, a2, there, SHARED)
    if G == 4:
        put(at + 3 * apart, a3, there, SHARED)


@triton.jit
def poll(words, there, left):
    """Reads words that other programs write, once all of them are there.

    After `left` tries it gives up, for good: the words are NaN, which is better than to
    wait for ever. A program that has to be waited for is there within a few.
    """
    bits = tl.load(words, mask=there, other=0, volatile=True)
    absent = tl.max((bits == UNWRITTEN).to(tl.int32))
    while (absent != 0) & (left > 0):
        bits = tl.load(words, mask=there, other=0, volatile=True)
        absent = tl.max((bits == UNWRITTEN).to(tl.int32))
        left -= 1
    return bits.to(tl.float32, bitcast=True), left


@triton.jit
def poll_gates(at, apart, there, left, G: tl.constexpr):
    """Reads the gates, which lie `apart` and which other programs write."""
    words = at.to(tl.pointer_type(tl.int32))
    a0, left = poll(words, there, left)
    a1, a2, a3 = a0, a0, a0
    if G >= 3:
        a1, left = poll(words + apart, there, left)
        a2, left = poll(words + 2 * apart, there, left)
    if G == 4:
        a3, left = poll(words + 3 * apart, there, left)
    return a0, a1, a2, a3, tl.where(left > 0, TRIES, 0)


@triton.jit
def multiply(x, w0, w1, w2, w3, G: tl.constexpr):
    """Multiplies rows x [ROWS, K, 1] by each gate's matrix [1, K, N]."""
    if G == 1:
        s0 = tl.reduce(x * w0, 1, _add1)
        s1, s2, s3 = s0, s0, s0
    elif G == 2:
        s0, s1 = tl.reduce((x * w0, x * w1), 1, _add2)
        s2, s3 = s0, s0
    elif G == 3:
        s0, s1, s2 = tl.reduce((x * w0, x * w1, x * w2), 1, _add3)
        s3 = s0
    else:
        s0, s1, s2, s3 = tl.reduce((x * w0, x * w1, x * w2, x * w3), 1, _add4)
    return s0, s1, s2, s3


@triton.jit
def multiply_back(e0, e1, e2, e3, w0, w1, w2, w3, G: tl.constexpr, HALF: tl.constexpr):
    """Multiplies each gate's errors [ROWS, K] by its matrix, and adds them up."""
    products = rounded(e0, HALF)[:, :, None] * w0
    if G >= 2:
        products += rounded(e1, HALF)[:, :, None] * w1
    if G >= 3:
        products += rounded(e2, HALF)[:, :, None] * w2
    if G == 4:
        products += rounded(e3, HALF)[:, :, None] * w3
    return tl.reduce(products, 1, _add1)
