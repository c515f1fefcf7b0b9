"""All steps at once by Newton iterations are those of a scan, with its derivatives."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import bidirectional, bind, cells, init_bidirectional, unroll
from seqnets.cells import Memory
from seqnets.kernels import chunks, newton, plain
from seqnets.kernels import newton_forms as forms
from seqnets.kernels.newton import Method
from seqnets.plan import Plan
from tests.looping import draw, like_init, weigh
from tests.own_cells import Leaky, Reader
from tests.variants import H, label

pytestmark = pytest.mark.usefixtures("quickly")

B, T, D = 2, 5, 2
MASK = np.array([[1, 1, 0, 1, 1], [0, 1, 1, 1, 0]], bool)
RESET = np.array([[0, 0, 1, 0, 0], [1, 0, 0, 1, 0]], bool)
SCAN, PARALLEL = Plan("automatic", time="scan"), Plan(time="parallel")

# With the form of A, and whether time is reversed.
RUNS = [
    (cells.SRN(H), "dense", True),
    (cells.LSTM(H, peephole=True), "units", True),
    (cells.GRU(H), "units", False),
    (cells.GRU(H, reset="after"), "dense", True),
    (cells.LSTM(H, recurrence="diagonal"), "units", False),
    (cells.GRU(H, recurrence="diagonal"), "units", True),
    (cells.TrainableStart(cells.Zoneout(cells.Residual(H), 0.3)), "units", False),
    (Leaky(H), "units", True),
]


def random_run(cell, dtype=np.float64, length=T):
    """Returns (parameters, inputs [B, T, D], state), all random."""
    rng = np.random.default_rng(0)
    params = like_init(rng, cell.init, D, dtype=dtype)
    state = draw(rng, cell.initial_state(params, B, dtype), dtype)
    return params, rng.normal(size=(B, length, D)).astype(dtype), state


def solved(method, cell, params, xs, state, mask=None, reset=None, reverse=False):
    """Returns (state, ys, report), with noise where the cell draws any."""
    noise = cell.noise(jax.random.key(1), *xs.shape[1::-1], D)
    marks = chunks.Steps(*(None if m is None else m.T for m in (mask, reset)))
    inputs = chunks.Inputs(jnp.asarray(xs), noise, marks)
    start = None
    if reset is not None:
        start = cell.initial_state(params, len(xs), xs.dtype)
    given = cell, params, inputs, state, start, reverse
    if method is None:
        return *plain.run(*given, Plan()), None
    return newton.solve(*given, method=method)


def assert_close(found, expected, rtol=1e-10, atol=1e-12):
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=rtol, atol=atol),
        found,
        expected,
    )


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize(("cell", "form", "reverse"), RUNS, ids=label)
def test_results_and_gradients_are_those_of_a_scan(cell, form, reverse):
    """Masks, resets, noise, the given state and the start are in each comparison."""
    inputs = random_run(cell)

    @jax.jit
    def measure(*inputs):
        def f(method, *inputs):
            state, ys, report = solved(method, cell, *inputs, MASK, RESET, reverse)
            return weigh((state, ys)), ((state, ys), report)

        return [
            jax.value_and_grad(f, (1, 2, 3), has_aux=True)(method, *inputs)
            for method in (Method(form), None)
        ]

    ((_, (found, report)), gradient), ((_, (expected, _)), by_scan) = measure(*inputs)
    assert report.converged and report.sweeps <= T
    assert report.residuals[report.sweeps] <= 1e-15
    assert_close(found, expected)
    assert_close(gradient, by_scan)


@pytest.mark.usefixtures("x64")
def test_derivatives_are_of_every_mode_and_order():
    cell = cells.GRU(H)
    inputs = random_run(cell)
    v = draw(np.random.default_rng(1), inputs, np.float64)

    @jax.jit
    def measure(inputs, v):
        def f(method, inputs):
            return weigh(solved(method, cell, *inputs)[:2])

        def slope(method, inputs):
            return jax.jvp(functools.partial(f, method), (inputs,), (v,))[1]

        return [
            (slope(method, inputs), jax.grad(functools.partial(slope, method))(inputs))
            for method in (Method("units"), None)
        ]

    found, expected = measure(inputs, v)
    assert_close(found, expected, rtol=1e-8)


@pytest.mark.usefixtures("x64")
def test_the_gradient_is_the_slope():
    """Central differences along one random direction through all arguments."""
    cell = cells.GRU(H, reset="after", recurrence="diagonal")
    inputs = random_run(cell)
    direction = draw(np.random.default_rng(1), inputs, np.float64)

    @jax.jit
    def f(inputs):
        return weigh(solved(Method(), cell, *inputs, MASK, RESET)[:2])

    slope = jax.tree.map(np.vdot, jax.jit(jax.grad(f))(inputs), direction)

    def moved(distance):
        return f(jax.tree.map(lambda a, d: a + distance * d, inputs, direction))

    difference = (moved(1e-5) - moved(-1e-5)) / 2e-5
    np.testing.assert_allclose(sum(jax.tree.leaves(slope)), difference, rtol=1e-7)


def enlarged(cell, scale, length):
    """Returns a run in which differences grow from step to step."""
    params, xs, state = random_run(cell, np.float32, length)
    return params._replace(w_h=scale * params.w_h), 0.1 * xs, state


def test_what_does_not_converge_is_the_scan():
    cell = cells.SRN(H)
    run = jax.jit(solved, static_argnums=(0, 1))
    given = enlarged(cell, 4.0, 40)
    state, ys, report = run(Method("units", sweeps=3), cell, *given)
    assert not report.converged and report.sweeps == 3
    assert report.residuals.shape == (4,) and report.residuals[-1] > 1e-3
    scan_state, scan_ys, _ = run(None, cell, *given)
    assert_close((state, ys), (scan_state, scan_ys), rtol=0, atol=1e-6)


def test_a_gradient_whose_products_overflow_is_taken_step_by_step():
    """At rest nothing moves; but differences would be 1e38 times as large."""
    cell = cells.SRN(H, bias=False)
    params, _, _ = enlarged(cell, 20.0, 64)
    xs = np.zeros((B, 64, D), np.float32)

    @jax.jit
    def measure(xs):
        def f(xs, plan):
            return weigh(unroll(cell, params, xs, plan=plan)[1][:, :2])

        return [jax.grad(f)(xs, plan) for plan in (PARALLEL, SCAN)]

    found, expected = measure(xs)
    assert_close(found, expected, rtol=1e-6)
    assert np.abs(expected).max() > 1.0


def test_a_row_of_large_numbers_loosens_no_other():
    """To a state of 1e7 a step adds less than its rounding; that of 0 still moves."""
    cell = cells.Residual(H)
    params, xs, _ = random_run(cell, np.float32)
    state = cells.ResidualState(np.float32([[1e7] * H, [0.0] * H]))
    run = jax.jit(solved, static_argnums=(0, 1))
    _, ys, report = run(Method(), cell, params, xs, state)
    assert report.converged and report.sweeps > 0
    _, by_scan, _ = run(None, cell, params, xs, state)
    assert_close(ys[1], by_scan[1], rtol=1e-5, atol=1e-6)


def test_small_steps_add_up_in_bfloat16_too():
    """Each moves a memory in float32 by less than weights in bfloat16 are exact to."""
    cell = cells.GRU(H)
    params = jax.jit(cell.init, static_argnums=1)(jax.random.key(0), D)
    params = params._replace(b=params.b.at[H : 2 * H].set(-6.0))
    xs = (2.0 + random_run(cell, np.float32, 200)[1]).astype(jnp.bfloat16)
    run = jax.jit(unroll, static_argnums=0, static_argnames="plan")
    (state, _), (by_scan, _) = (run(cell, params, xs, plan=p) for p in (PARALLEL, SCAN))
    assert jnp.abs(by_scan.h).max() > 0.2
    assert_close(state, by_scan, rtol=0, atol=0.01)


@pytest.mark.parametrize("form", forms.FORMS)
def test_every_sweep_makes_one_more_step_exact(form):
    """Whatever the weights: T sweeps are enough, of a chaotic sequence too."""
    cell, length = cells.SRN(H), 12
    given = enlarged(cell, 9.0, length)
    run = jax.jit(solved, static_argnums=(0, 1))
    _, ys, report = run(Method(form), cell, *given)
    assert report.converged and report.sweeps <= length
    _, by_scan, _ = run(None, cell, *given)
    assert_close(ys, by_scan, rtol=0, atol=1e-3)


@pytest.mark.usefixtures("x64")
def test_units_are_the_diagonal_of_the_whole_jacobian():
    """Of (h, c) blocks of two; from one derivative for all units, or one for each."""
    for cell, count in (
        (cells.GRU(H, reset="after"), 1),
        (cells.LSTM(H, peephole=True), 2),
        (cells.LSTM(H, layer_norm=True), 2),
    ):
        whole, own = both_forms(cell)
        split = whole.reshape(T, B, *(count, whole.shape[-1] // count) * 2)
        assert_close(own, np.einsum("tbikjk->tbijk", split))


def both_forms(cell):
    """Returns the Jacobians of all steps at random states, in either form."""
    params, xs, state = random_run(cell)
    befores = np.random.default_rng(2).normal(size=(T, *forms.pack(state).shape))

    @jax.jit
    def measure(params, xs, state, befores):
        us = cell.project(params, jnp.swapaxes(xs, 0, 1))
        given = forms.Given(params, us, state, None)
        marks = chunks.Steps(None, None)
        return [
            forms.jacobians(forms.Run(cell, form), given, marks, befores)
            for form in forms.FORMS
        ]

    return measure(params, xs, state, befores)


def test_stacks_and_both_directions_run_so():
    cell = cells.Stack((cells.SRN(H), cells.GRU(H)))
    rng = np.random.default_rng(0)
    shapes = jax.eval_shape(
        lambda key: init_bidirectional(cell, key, D), jax.random.key(0)
    )
    params, xs = draw(rng, (shapes, np.zeros((B, T, D))))

    @jax.jit
    def run(params, xs):
        marks = {"mask": MASK, "reset": RESET}
        return [
            bidirectional(cell, params, xs, plan=plan, **marks)
            for plan in (PARALLEL, SCAN)
        ]

    assert_close(*run(params, xs), rtol=1e-5, atol=1e-6)


def test_bfloat16_keeps_its_dtypes_and_stays_near():
    cell = cells.LSTM(H)
    params, xs, _ = random_run(cell, np.float32)

    @jax.jit
    def run(params, xs):
        return [unroll(cell, params, xs, plan=plan) for plan in (PARALLEL, SCAN)]

    found, expected = run(params, xs.astype(jnp.bfloat16))
    for a, b in zip(*map(jax.tree.leaves, (found, expected)), strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(np.float32(a), np.float32(b), atol=0.03)


@pytest.mark.parametrize("shape", [(B, 0, D), (0, T, D)])
def test_no_steps_and_no_rows_are_a_run_too(shape):
    cell = cells.GRU(H)
    params = random_run(cell, np.float32)[0]
    run = jax.jit(unroll, static_argnums=0, static_argnames="plan")
    state, ys = run(cell, params, np.zeros(shape, np.float32), plan=PARALLEL)
    assert ys.shape == (*shape[:2], H) and state.h.shape == (shape[0], H)


@dataclasses.dataclass(frozen=True)
class Feedforward(Leaky):
    """y_t = tanh(W x_t): a layer without a state, as Luong's attention is."""

    def initial_state(self, params, batch_size, dtype):
        return ()

    def step(self, params, state, u):
        return state, u


def test_a_layer_without_state_runs_in_a_stack():
    cell = cells.Stack((cells.SRN(H), Feedforward(H)))
    params, xs, _ = random_run(cell, np.float32)

    @jax.jit
    def both(params, xs):
        return [unroll(cell, params, xs, plan=plan) for plan in (PARALLEL, SCAN)]

    assert_close(*both(params, xs), rtol=1e-5, atol=1e-6)


def test_the_form_follows_the_width_and_the_memory():
    def choose(cell, length=10, form=None):
        state = jax.eval_shape(lambda: cell.initial_state(None, B, jnp.float32))
        return forms.choose(form, cell, length, state)

    most = forms.DENSE_WIDTH
    assert choose(cells.SRN(most)) == choose(cells.LSTM(most // 2)) == "dense"
    assert choose(cells.SRN(most + 1)) == choose(cells.LSTM(most)) == "units"
    assert choose(cells.SRN(most), length=10**6) == "units"
    assert choose(cells.SRN(500), form="dense") == "dense"
    assert choose(cells.Zoneout(cells.GRU(4, recurrence="diagonal"))) == "units"
    normed = cells.LSTM(4, layer_norm=True, recurrence="diagonal")
    assert choose(normed) == "dense"  # Its units meet in the norm.
    with pytest.raises(
        ValueError, match="form must be one of dense, units, not 'full'"
    ):
        choose(cells.SRN(4), form="full")


def test_a_state_of_integers_is_refused():
    cell = Reader(D)
    params = like_init(np.random.default_rng(0), cell.init, D)
    values, xs = np.ones((B, 3, D), np.float32), np.ones((B, T, D), np.float32)
    memory = Memory(values, np.ones((B, 3), bool), values[:, 0])
    with pytest.raises(ValueError, match=r"state holds int32.*Plan\(time=\"scan\"\)"):
        unroll(cell, bind(cell, params, memory), xs, plan=PARALLEL)
