"""Laws of the cells that attend: their equations, masks, steps and gradients."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import bind, cells, step, unroll
from seqnets.alignment import Additive, Dot, General, LocalP
from seqnets.cells import Attend, AttendAfter, AttendBefore, Bridge, Memory, alignments
from tests.looping import draw, like_init, loop, weigh
from tests.own_cells import Leaky
from tests.variants import label

pytestmark = pytest.mark.usefixtures("quickly")

B, T, S, D, H, M, Z = 3, 3, 5, 2, 3, 3, 2
REAL = np.arange(T) < np.array([[3], [2], [3]])
# The last source is empty.
SOURCE = np.arange(S) < np.array([[3], [5], [0]])

BRIDGED = Bridge(cells.GRU(H), "tanh", Z)
BEFORE = AttendBefore(BRIDGED, Additive(4), M)
AFTER = AttendAfter(Bridge(cells.LSTM(H), "tanh", Z), General(), 4, M)
PLAIN = cells.Stack((BRIDGED, Attend(Dot(), 4, M)))
FED = cells.Dropout(
    cells.TrainableStart(AttendAfter(cells.LSTM(H), General(), 4, M)), 0.3
)
DROPPED = cells.VariationalDropout(
    AttendBefore(cells.Zoneout(cells.GRU(H)), LocalP(2), M), state=0.3
)
CELLS = [
    BEFORE,
    FED,
    PLAIN,
    DROPPED,
    AttendBefore(Leaky(H), General(), M, output="before"),
    cells.Zoneout(cells.Stack((cells.SRN(D), Attend(General(), 2, M)))),
    cells.Stack((cells.Zoneout(cells.SRN(D)), Attend(General(), D, M)), residual=True),
]


def random(cell, dtype=np.float32):
    return like_init(np.random.default_rng(0), cell.init, D, dtype=dtype)


def given(dtype=np.float32):
    """Returns a memory and inputs."""
    rng = np.random.default_rng(1)
    values, start, xs = draw(
        rng, (np.zeros((B, S, M)), np.zeros((B, Z)), np.zeros((B, T, D))), dtype
    )
    return Memory(values, SOURCE, start), xs


@functools.partial(jax.jit, static_argnums=0)
def run_bound(cell, params, memory, xs):
    return unroll(cell, bind(cell, params, memory), xs)[1]


def assert_close(found, expected, rtol=2e-5, atol=2e-6):
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=rtol, atol=atol),
        found,
        expected,
    )


@pytest.fixture(scope="module", params=CELLS, ids=label)
def trial(request):
    """A cell, its parameters, and a function that runs it with gradients."""
    cell = request.param

    def loss(params, values, start, xs):
        bound = bind(cell, params, Memory(values, SOURCE, start))
        final, ys = unroll(cell, bound, xs, mask=REAL)
        return weigh((final, ys)), ys

    run = jax.jit(jax.value_and_grad(loss, (0, 1, 2, 3), has_aux=True))
    return cell, random(cell), run


def test_stepping_equals_unrolling(trial):
    cell, params, run = trial
    memory, xs = given()
    (_, ys), _ = run(params, memory.values, memory.start, xs)
    bound = jax.jit(bind, static_argnums=0)(cell, params, memory)
    step_once = jax.jit(step, static_argnums=0)
    state, stepped = None, []
    for t in range(T):
        state, y = step_once(cell, bound, state, xs[:, t])
        stepped.append(y)
    assert_close(ys, np.where(REAL[..., None], np.stack(stepped, 1), 0.0))


def test_padding_on_both_sides_changes_nothing(trial):
    cell, params, run = trial
    memory, xs = given()
    clean = run(params, memory.values, memory.start, xs)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(clean))
    dirty = run(
        params,
        np.where(SOURCE[..., None], memory.values, np.float32(np.nan)),
        memory.start,
        np.where(REAL[..., None], xs, np.float32(np.inf)),
    )
    jax.tree.map(np.testing.assert_array_equal, dirty, clean)


@pytest.mark.parametrize("cell", [BEFORE, PLAIN], ids=label)
def test_a_sentence_alone_is_the_sentence_in_a_batch(cell):
    params, (memory, xs) = random(cell), given()

    @jax.jit
    def run(memory, xs, mask):
        return unroll(cell, bind(cell, params, memory), xs, mask=mask)[1]

    row, (source, target) = slice(1, 2), (5, 2)
    values, start = memory.values[row, :source], memory.start[row]
    alone = run(Memory(values, None, start), xs[row, :target], None)
    assert_close(alone, run(memory, xs, REAL)[row, :target])


def test_alignments_are_weights_of_real_values(trial):
    cell, params, _ = trial
    memory, xs = given()

    @jax.jit
    def weights(params, memory, xs):
        return alignments(cell, bind(cell, params, memory), xs, mask=REAL)

    alpha = weights(params, memory, xs)
    assert alpha.shape == (B, T, S)
    there = REAL[..., None] & SOURCE[:, None]
    alpha = np.asarray(alpha)
    assert not alpha[~there].any() and (alpha[there] >= 0).all()
    if "LocalP" not in str(cell):
        sums = REAL & SOURCE.any(-1)[:, None]
        np.testing.assert_allclose(alpha.sum(-1), sums, atol=1e-6)


@pytest.mark.parametrize("cell", [FED, DROPPED], ids=label)
def test_noise_is_drawn_for_what_is_inside(cell, key):
    memory, xs = given()
    marks = {"mask": REAL, "state": None}

    @jax.jit
    def both(params, memory, xs, key):
        bound = bind(cell, params, memory)
        noise = cell.noise(key, T, B, D)
        assert jax.tree.leaves(noise)
        looped = loop(cell, bound, xs, reset=~REAL & REAL, noise=noise, **marks)
        return unroll(cell, bound, xs, key=key, **marks)[1], looped[1]

    assert_close(*both(random(cell), memory, xs, key))


def gru(p, h, x):
    a, n = x @ p.w_x + p.b, p.w_h[:, 2 * H :]
    gates = 1.0 / (1.0 + np.exp(-(a[: 2 * H] + h @ p.w_h[:, : 2 * H])))
    r, z = gates[:H], gates[H:]
    return z * np.tanh(a[2 * H :] + (r * h) @ n) + (1.0 - z) * h


def additive(p, query, values):
    scores = np.exp([p.v @ np.tanh(query @ p.w + m @ p.u) for m in values])
    return scores / scores.sum() @ values


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("output", ["after", "before"])
def test_attending_before_a_step_is_bahdanaus_equations(output):
    cell = AttendBefore(BRIDGED, Additive(4), M, output)
    params = random(cell, np.float64)
    memory, xs = given(np.float64)
    ys = run_bound(cell, params, memory, xs)
    bridge, own = params.cell, params.alignment
    for b in range(2):
        s = np.tanh(memory.start[b] @ bridge.w.h + bridge.b.h)
        for t in range(T):
            c = additive(own, s, memory.values[b, SOURCE[b]])
            before, s = s, gru(bridge.cell, s, np.concatenate([xs[b, t], c]))
            shown = s if output == "after" else before
            np.testing.assert_allclose(ys[b, t], np.concatenate([shown, c]), rtol=1e-9)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("feeding", [True, False])
def test_attending_after_a_step_is_luongs_equations(feeding):
    if feeding:
        cell = AttendAfter(cells.GRU(H), Additive(4), 2, M)
    else:
        cell = cells.Stack((cells.GRU(H), Attend(Additive(4), 2, M)))
    params = random(cell, np.float64)
    memory, xs = given(np.float64)
    ys = run_bound(cell, params, memory, xs)
    below, top = (params.cell, params) if feeding else params
    for b in range(2):
        s, fed = np.zeros(H), np.zeros(2)
        for t in range(T):
            x = np.concatenate([xs[b, t], fed]) if feeding else xs[b, t]
            s = gru(below, s, x)
            c = additive(top.alignment, s, memory.values[b, SOURCE[b]])
            fed = np.tanh(np.concatenate([c, s]) @ top.w)
            np.testing.assert_allclose(ys[b, t], fed, rtol=1e-9)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("cell", [BEFORE, AFTER, PLAIN], ids=label)
def test_gradients_through_a_bound_memory_are_finite_differences(cell):
    memory, xs = given(np.float64)
    params = random(cell, np.float64)

    @jax.jit
    def loss(whole):
        params, values, start = whole
        bound = bind(cell, params, Memory(values, SOURCE, start))
        return weigh(unroll(cell, bound, xs, mask=REAL))

    whole = params, memory.values, memory.start
    gradient = jax.jit(jax.grad(loss))(whole)
    for seed in range(3):
        along = draw(np.random.default_rng(seed), whole, np.float64)
        # Of the values alone, of the start alone, and of everything.
        moved = (seed == 2, seed in (0, 2), seed in (1, 2))
        along = tuple(
            jax.tree.map(lambda a, on=on: a * on, part)
            for on, part in zip(moved, along, strict=True)
        )
        ahead, behind = (
            loss(jax.tree.map(lambda a, d, e=e: a + e * d, whole, along))
            for e in (1e-5, -1e-5)
        )
        products = jax.tree.map(np.vdot, gradient, along)
        expected = sum(jax.tree.leaves(products))
        np.testing.assert_allclose((ahead - behind) / 2e-5, expected, rtol=1e-6)


@pytest.mark.parametrize("cell", [BEFORE, AFTER, PLAIN], ids=label)
def test_hypotheses_share_what_is_bound(cell):
    """Under `vmap` over a beam the memory is not copied, and rows stay apart."""
    memory, xs = given()
    beam = np.stack([xs[:, 0], xs[:, 1]], 1)  # [B, W, D]

    @jax.jit
    def measure(params, memory, beam):
        bound = bind(cell, params, memory)
        start = cell.initial_state(bound, B, np.float32)
        states = jax.tree.map(lambda s: jnp.stack([s, 0.5 * s], 1), start)

        def one(state, x):
            return step(cell, bound, state, x)

        apart = [
            one(*jax.tree.map(lambda a, w=w: a[:, w], (states, beam))) for w in range(2)
        ]
        return jax.vmap(one, (1, 1), 1)(states, beam), apart

    found, apart = measure(random(cell), memory, beam)
    for w, expected in enumerate(apart):
        assert_close(jax.tree.map(lambda a, w=w: a[:, w], found), expected)


def test_shapes_of_a_state_need_no_memory():
    memory, _ = given()
    for cell in CELLS:
        bound = bind(cell, random(cell), memory)
        expected = jax.eval_shape(lambda c=cell, b=bound: c.initial_state(b, B, "f4"))
        assert cell.state_shape(B, D) == expected


def test_bfloat16_stays_near_float32():
    memory, xs = given()
    for cell in (BEFORE, PLAIN):
        given_to = functools.partial(run_bound, cell, random(cell), memory)
        rough = given_to(xs.astype(jnp.bfloat16))
        assert rough.dtype == jnp.bfloat16
        np.testing.assert_allclose(np.float32(rough), given_to(xs), atol=0.03)


# What is refused.


def test_an_unbound_cell_says_how_to_bind_it():
    _, xs = given()
    for cell in (BRIDGED, AttendBefore(cells.GRU(H), Dot(), M), PLAIN):
        params = random(cell)
        with pytest.raises(ValueError, match="hold none: pass params = seqnets.bind"):
            unroll(cell, params, xs)


@pytest.mark.parametrize(
    ("memory", "message"),
    [
        (Memory(np.zeros((B, S, 7))), r"reads values \[B, S, 3\], not \(3, 5, 7\)"),
        (Memory(None, None, np.zeros((B, Z))), r"reads values \[B, S, 3\], not none"),
        (Memory(np.zeros((B, S, M)), SOURCE.T), r"mask .* \(3, 5\), not bool of"),
        (Memory(np.zeros((B, S, M)), SOURCE * 1.0), "must be bool .*, not float64"),
    ],
)
def test_a_memory_of_another_shape_is_refused(memory, message):
    memory = memory._replace(start=np.zeros((B, Z), np.float32))
    with pytest.raises(ValueError, match=message):
        bind(BEFORE, random(BEFORE), memory)


def test_a_memory_of_another_batch_is_refused():
    memory, xs = given()
    cell = AttendBefore(cells.GRU(H), Dot(), M)
    bound = bind(cell, random(cell), memory)
    with pytest.raises(ValueError, match="memory of 3 rows, and the inputs have 2"):
        unroll(cell, bound, xs[:2])


def test_a_width_that_does_not_fit_is_named_although_a_memory_is_bound():
    memory, xs = given()
    bound = bind(BEFORE, random(BEFORE), memory)
    with pytest.raises(ValueError, match="width D = 1, for which params.cell"):
        unroll(BEFORE, bound, xs[..., :1], plan=None)


def test_a_cell_that_reads_nothing_has_no_alignments():
    _, xs = given()
    cell = cells.Stack((cells.GRU(H), cells.LSTM(H)))
    with pytest.raises(ValueError, match="has no alignments"):
        alignments(cell, random(cell), xs)
    with pytest.raises(ValueError, match="must be floating, not int32"):
        alignments(cell, random(cell), xs.astype(int))
    with pytest.raises(ValueError, match="output must be one of after, before"):
        AttendBefore(cells.GRU(H), Dot(), M, output="both")
