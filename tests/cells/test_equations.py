"""Each family has a twin in NumPy, float64, written from its published equations.

The twins read one sequence, keep one matrix per gate and column vectors, as the
papers do, so that packing, transposes and broadcasting are tested too.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import cells
from tests.looping import draw, loop
from tests.variants import GRUS, LINEAR, LSTMS, RESIDUALS, SRNS, H, label

T, D = 5, 2

pytestmark = pytest.mark.usefixtures("x64", "quickly")


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


ACTIVATIONS = {
    "tanh": np.tanh,
    "logistic": sigmoid,
    "relu": lambda x: np.maximum(x, 0.0),
    "identity": lambda x: x,
}


def per_gate(gates, packed):
    """Returns {gate: W}, each W to be multiplied from the left, or {gate: b}."""
    if packed is None:
        return dict.fromkeys(gates, 0.0)
    return dict(zip(gates, np.split(packed.T, len(gates)), strict=True))


def whole(cell, w):
    """Returns W_h [H, GH], of a diagonal recurrence with zeros beside the diagonals."""
    if cell.recurrence == "dense":
        return w
    return np.concatenate([np.diag(part) for part in w.reshape(-1, H)], 1)


def srn(cell, p, xs, h):
    f = ACTIVATIONS[cell.activation]
    b = 0.0 if p.b is None else p.b
    ys = []
    for x in xs:
        if cell.form == "standard":
            h = f(p.w_x.T @ x + p.w_h.T @ h + b)
        else:
            h = p.w_x.T @ x + p.w_h.T @ f(h) + b
        ys.append(h)
    return (h,), ys


def layer_norm(x):
    return (x - x.mean()) / np.sqrt(x.var() + 1e-5)


def lstm(cell, p, xs, h, c):
    absent = {"i": cell.coupled, "f": not cell.forget_gate}
    gates = [gate for gate in "ifgo" if not absent.get(gate)]
    W, U, b = (per_gate(gates, w) for w in (p.w_x, whole(cell, p.w_h), p.b))
    peeping = [gate for gate in gates if gate != "g"]
    V = dict(zip(peeping, p.peephole, strict=True)) if cell.peephole else {}

    ys = []
    for x in xs:
        from_x = {k: W[k] @ x for k in gates}
        from_h = {k: U[k] @ h for k in gates}
        if cell.layer_norm:
            # The norm's statistics are taken over all gates together.
            for part, gain in ((from_x, p.norm.x), (from_h, p.norm.h)):
                normed = layer_norm(np.concatenate([part[k] for k in gates])) * gain
                part |= dict(zip(gates, np.split(normed, len(gates)), strict=True))
        s = {k: from_x[k] + from_h[k] + b[k] for k in gates}

        f = sigmoid(s["f"] + V.get("f", 0.0) * c) if cell.forget_gate else 1.0
        i = 1.0 - f if cell.coupled else sigmoid(s["i"] + V.get("i", 0.0) * c)
        candidate = np.tanh(s["g"]) if cell.candidate == "tanh" else sigmoid(s["g"])
        c = f * c + i * candidate
        o = sigmoid(s["o"] + V.get("o", 0.0) * c)
        read = layer_norm(c) * p.norm.c + p.norm.c_bias if cell.layer_norm else c
        h = o * np.tanh(read) if cell.output == "gated_tanh" else np.tanh(o * read)
        if cell.projection:
            h = p.w_p.T @ h
        ys.append(h)
    return (h, c), ys


def gru(cell, p, xs, h):
    gates = "zn" if cell.reset == "none" else "rzn"
    W, U, b = (per_gate(gates, w) for w in (p.w_x, whole(cell, p.w_h), p.b))
    b_n = 0.0 if p.b_n is None else p.b_n
    ys = []
    for x in xs:
        z = sigmoid(W["z"] @ x + U["z"] @ h + b["z"])
        s = W["n"] @ x + b["n"]
        if cell.reset == "none":
            s = s + U["n"] @ h
        else:
            r = sigmoid(W["r"] @ x + U["r"] @ h + b["r"])
            if cell.reset == "before":
                s = s + U["n"] @ (r * h)
            else:
                s = s + r * (U["n"] @ h + b_n)
        n = np.tanh(s)
        h = z * n + (1 - z) * h if cell.update == "new" else z * h + (1 - z) * n
        ys.append(h)
    return (h,), ys


def residual(cell, p, xs, h):
    ys = []
    for x in xs:
        s = p.w_x.T @ x + p.b
        h = h + np.tanh(s + p.w_h.T @ h if cell.recurrent else s)
        ys.append(h)
    return (h,), ys


def positive(x):
    return np.where(x >= 0.0, x + 0.5, sigmoid(x))


CANDIDATES = {"linear": lambda x: x, "positive": positive}


def min_gru(cell, p, xs, h):
    W, b = per_gate("zn", p.w_x), per_gate("zn", p.b)
    ys = []
    for x in xs:
        z = sigmoid(W["z"] @ x + b["z"])
        h = (1 - z) * h + z * CANDIDATES[cell.candidate](W["n"] @ x + b["n"])
        ys.append(h)
    return (h,), ys


def min_lstm(cell, p, xs, h):
    W, b = per_gate("ifg", p.w_x), per_gate("ifg", p.b)
    ys = []
    for x in xs:
        i, f = (sigmoid(W[k] @ x + b[k]) for k in "if")
        g = CANDIDATES[cell.candidate](W["g"] @ x + b["g"])
        h = (f * h + i * g) / (f + i)
        ys.append(h)
    return (h,), ys


def lru(cell, p, xs, s):
    B, C = (np.split(w.T, 2, axis) for w, axis in ((p.w_x, 0), (p.w_y, 1)))
    B, C = B[0] + 1j * B[1], C[0] - 1j * C[1]
    lam = np.exp(-np.exp(p.nu) + 1j * np.exp(p.theta))
    s, ys = s[: len(lam)] + 1j * s[len(lam) :], []
    for x in xs:
        s = lam * s + np.exp(p.gamma) * (B @ x)
        ys.append(ACTIVATIONS[cell.activation]((C @ s).real + p.w_d.T @ x))
    return (np.concatenate([s.real, s.imag]),), ys


OTHERS = [cells.MinGRU(H, candidate="positive"), cells.MinLSTM(H), cells.LRU(H)]
TWINS = [
    *zip(LINEAR, (min_gru, min_lstm, lru), strict=True),
    *zip(OTHERS, (min_gru, min_lstm, lru), strict=True),
    *((cell, srn) for cell in (*SRNS, cells.SRN(H, form="preactivation"))),
    *((cell, lstm) for cell in LSTMS),
    *((cell, gru) for cell in GRUS),
    *((cell, residual) for cell in RESIDUALS),
]


def random_run(cell, batch_size=1):
    """Returns parameters, inputs [B, T, D] and a state, all random float64."""
    rng = np.random.default_rng(0)
    shapes = jax.eval_shape(lambda: cell.init(jax.random.key(0), D))
    params = draw(rng, shapes, np.float64)
    state = draw(rng, cell.initial_state(params, batch_size, np.float64), np.float64)
    return params, rng.normal(size=(batch_size, T, D)), state


@pytest.mark.parametrize(
    ("cell", "twin"), TWINS, ids=[label(cell) for cell, _ in TWINS]
)
def test_cell_matches_its_equations(cell, twin):
    params, xs, state = random_run(cell)
    real = np.ones((1, T), bool)
    final, ys = loop(cell, params, xs, state=state, mask=real, reset=~real)

    final_twin, ys_twin = twin(cell, params, xs[0], *(s[0] for s in state))

    np.testing.assert_allclose(ys[0], ys_twin, rtol=1e-12, atol=1e-14)
    for found, expected in zip(final, final_twin, strict=True):
        np.testing.assert_allclose(found[0], expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("cell", [cells.SRN(H), cells.LSTM(H)], ids=label)
def test_stacked_weights_are_the_same_cell(cell):
    """SYSTEMS.md A2: W_a [x; h'] equals W_ax x + W_aa h', in either order."""
    params, xs, state = random_run(cell, batch_size=4)
    x, h = xs[:, 0], state.h
    w_a = np.concatenate([params.w_x, params.w_h])  # [D + H, GH]
    w_swapped = np.concatenate([params.w_h, params.w_x])  # [H + D, GH]
    zero = jax.tree.map(np.zeros_like, params)
    still = state._replace(h=np.zeros_like(h))

    apart, _ = cell.step(params, state, cell.project(params, x[None])[0])
    for stacked in (
        np.concatenate([x, h], -1) @ w_a,
        np.concatenate([h, x], -1) @ w_swapped,
    ):
        together, _ = cell.step(zero, still, stacked + params.b)
        jax.tree.map(
            lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-12), together, apart
        )


def test_gru_without_input_or_reset_is_a_highway_network():
    """SYSTEMS.md A12: a = z ⊙ a' + (1 - z) ⊙ F(a'), T layers that share weights."""
    cell = cells.GRU(H, reset="none", update="old")
    params, xs, state = random_run(cell)
    params = params._replace(w_x=np.zeros((D, 2 * H)), b=np.zeros(2 * H))
    real = np.ones((1, T), bool)
    final, _ = loop(cell, params, xs, state=state, mask=real, reset=~real)

    (a,) = state.h
    w_z, w_n = np.split(params.w_h.T, 2)
    for _ in range(T):
        z = sigmoid(w_z @ a)
        a = z * a + (1 - z) * np.tanh(w_n @ a)
    np.testing.assert_allclose(final.h[0], a, rtol=1e-12)


def test_linear_recurrence_has_the_identity_as_its_jacobian():
    cell = cells.Residual(H, recurrent=False)
    params, xs, state = random_run(cell)
    u = cell.project(params, xs)[0]
    jacobian = jax.jacobian(
        lambda h: cell.step(params, cells.ResidualState(h), u)[0].h[0]
    )(jnp.asarray(state.h))
    np.testing.assert_array_equal(jacobian[:, 0], np.eye(H))
