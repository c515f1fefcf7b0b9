"""The custom gradient equals automatic differentiation, in float64.

The oracle is JAX's gradient of a Python loop over `cell.step`; masks, resets, both
directions, the given state and the start are in every comparison.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import cells
from seqnets.plan import Plan
from seqnets.unroll import unroll
from tests.looping import draw, loop, weigh
from tests.variants import GRUS, LSTMS, SRNS, H, label

B, T, D = 3, 5, 2
MASK = np.array([[1, 1, 0, 1, 1], [0, 0, 1, 1, 1], [1, 1, 1, 1, 0]], bool)
RESET = np.array([[0, 0, 1, 0, 0], [0, 0, 0, 1, 0], [1, 0, 0, 0, 1]], bool)

# One cell per family, with a start that has a gradient.
STARTED = [
    cells.TrainableStart(cell)
    for cell in (
        cells.SRN(H),
        cells.LSTM(H, peephole=True, projection=2),
        cells.GRU(H, reset="after"),
    )
]
FAMILIES = [started.cell for started in STARTED]

pytestmark = pytest.mark.usefixtures("x64", "quickly")


def random_run(cell):
    """Returns (parameters, inputs [B, T, D], state), all random float64."""
    rng = np.random.default_rng(0)
    shapes = jax.eval_shape(lambda: cell.init(jax.random.key(0), D))
    params = draw(rng, shapes, np.float64)
    state = draw(rng, cell.initial_state(params, B, np.float64), np.float64)
    return params, rng.normal(size=(B, T, D)), state


def loss(run, cell, reverse, params, xs, state):
    """Weighs every output and every number of the final state."""
    marks = {"mask": MASK, "reset": RESET}
    return weigh(run(cell, params, xs, state=state, reverse=reverse, **marks))


def objective(cell, gradient="custom_vjp", reverse=False):
    """Returns the loss as a function of (params, xs, state)."""
    run = functools.partial(unroll, plan=Plan(gradient))
    return functools.partial(loss, run, cell, reverse)


def assert_close(found, expected, rtol=1e-10):
    assert jax.tree.structure(found) == jax.tree.structure(expected)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-12),
        found,
        expected,
    )


@pytest.mark.parametrize("cell", [*SRNS, *LSTMS, *GRUS, *STARTED], ids=label)
def test_custom_gradient_is_that_of_a_python_loop(cell):
    inputs = random_run(cell)
    ways = [("custom_vjp", False), ("custom_vjp", True)]
    if cell in STARTED:  # One of a family is enough: JAX's gradient is the same.
        ways.append(("automatic", True))

    @jax.jit
    def measure(*inputs):
        return [
            jax.value_and_grad(objective(cell, *way), (0, 1, 2))(*inputs)
            for way in ways
        ]

    by_loop = functools.partial(loop, step=jax.jit(cell.step))  # Traced once.
    oracle = {
        reverse: jax.value_and_grad(
            functools.partial(loss, by_loop, cell, reverse), (0, 1, 2)
        )(*inputs)
        for reverse in {reverse for _, reverse in ways}
    }
    for (_, reverse), measured in zip(ways, measure(*inputs), strict=True):
        assert_close(measured, oracle[reverse])


# Chunks of two steps leave one over; all fit into the last plan's.
PLANS = [
    Plan(chunk=2),
    Plan(chunk=2, recompute=True),
    Plan(chunk=1, recompute=True),
    Plan(chunk=9, recompute=True),
    Plan(chunk=2, parts=2),  # Of two rows and of one.
]
CHUNKED = [
    *STARTED,
    cells.Dropout(cells.LSTM(H), 0.4),
    cells.SRN(H, form="preactivation"),
    cells.Residual(H),
    cells.Zoneout(cells.GRU(H)),
]


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("cell", CHUNKED, ids=label)
def test_every_plan_computes_the_same(cell, reverse):
    """The oracle is the plan of one chunk, tested against a Python loop above."""
    inputs = random_run(cell)

    @jax.jit
    def measure(*inputs):
        def f(plan, *inputs):
            run = functools.partial(unroll, plan=plan, key=jax.random.key(0))
            return loss(run, cell, reverse, *inputs)

        return [
            jax.value_and_grad(f, (1, 2, 3))(plan, *inputs)
            for plan in (Plan(chunk=T, recompute=False), *PLANS)
        ]

    whole, *others = measure(*inputs)
    for other in others:
        assert_close(other, whole)


def test_unmarked_chunks_compute_the_same():
    cell = cells.LSTM(H, peephole=True)
    inputs = random_run(cell)

    @jax.jit
    def measure(*inputs):
        def f(plan, reverse, params, xs, state):
            return weigh(
                unroll(cell, params, xs, state=state, reverse=reverse, plan=plan)
            )

        return [
            [
                jax.grad(f, (2, 3, 4))(plan, reverse, *inputs)
                for plan in (Plan(), *PLANS)
            ]
            for reverse in (False, True)
        ]

    for whole, *others in measure(*inputs):
        for other in others:
            assert_close(other, whole)


@pytest.mark.parametrize("cell", FAMILIES, ids=label)
def test_custom_gradient_is_the_slope(cell):
    """Central differences along one random direction through all arguments."""
    inputs = random_run(cell)
    f = jax.jit(objective(cell, reverse=True))
    direction = draw(np.random.default_rng(1), inputs, np.float64)
    slope = jax.tree.map(np.vdot, jax.jit(jax.grad(f, (0, 1, 2)))(*inputs), direction)

    def moved(distance):
        return f(*jax.tree.map(lambda a, d: a + distance * d, inputs, direction))

    difference = (moved(1e-5) - moved(-1e-5)) / 2e-5
    np.testing.assert_allclose(sum(jax.tree.leaves(slope)), difference, rtol=1e-7)


def test_unmarked_steps_have_the_same_gradient():
    """Without mask and reset the kernel carries less: the numbers stay."""
    cell = cells.LSTM(H)
    params, xs, state = random_run(cell)
    marks = {"mask": np.ones((B, T), bool), "reset": np.zeros((B, T), bool)}

    @jax.jit
    def gradients(*inputs):
        def f(marks, params, xs, state):
            return weigh(unroll(cell, params, xs, state=state, **marks))

        return [jax.grad(f, (1, 2, 3))(m, *inputs) for m in ({}, marks)]

    assert_close(*gradients(params, xs, state))


@pytest.mark.parametrize("cell", FAMILIES, ids=label)
def test_second_derivatives_of_the_custom_gradient(cell):
    """Reverse over reverse, and forward over reverse: both give H v."""
    inputs = random_run(cell)
    v = draw(np.random.default_rng(1), inputs, np.float64)

    def reverse_over_reverse(f, *inputs):
        def slope(*inputs):
            gradients = jax.grad(f, (0, 1, 2))(*inputs)
            return sum(jax.tree.leaves(jax.tree.map(jnp.vdot, gradients, v)))

        return jax.grad(slope, (0, 1, 2))(*inputs)

    def forward_over_reverse(f, *inputs):
        return jax.jvp(jax.grad(f, (0, 1, 2)), inputs, v)[1]

    @jax.jit
    def products(*inputs):
        custom, automatic = objective(cell), objective(cell, "automatic")
        run = functools.partial(unroll, plan=Plan(chunk=2))
        chunked = functools.partial(loss, run, cell, False)
        found = [
            reverse_over_reverse(custom, *inputs),
            forward_over_reverse(custom, *inputs),
            reverse_over_reverse(chunked, *inputs),
        ]
        return found, forward_over_reverse(automatic, *inputs)

    found, automatic = products(*inputs)
    for product in found:
        assert_close(product, automatic, rtol=1e-9)


def test_forward_mode_needs_the_automatic_gradient():
    cell = cells.SRN(H)
    inputs = random_run(cell)
    v = draw(np.random.default_rng(1), inputs, np.float64)
    with pytest.raises(ValueError, match='custom_vjp.*plan=Plan.gradient="automatic"'):
        jax.jvp(objective(cell), inputs, v)

    automatic = objective(cell, "automatic")
    _, slope = jax.jit(lambda *inputs: jax.jvp(automatic, inputs, v))(*inputs)
    gradients = jax.jit(jax.grad(automatic, (0, 1, 2)))(*inputs)
    products = jax.tree.map(np.vdot, gradients, v)
    np.testing.assert_allclose(slope, sum(jax.tree.leaves(products)), rtol=1e-10)


def products(jaxpr, inside=False):
    """Yields every product's output shape, and whether it stands in a loop."""
    for eqn in jaxpr.eqns:
        if eqn.primitive.name == "dot_general":
            yield eqn.outvars[0].aval.shape, inside
        for value in eqn.params.values():
            inner = getattr(value, "jaxpr", value)
            if hasattr(inner, "eqns"):
                yield from products(inner, inside or eqn.primitive.name == "scan")


@pytest.mark.parametrize("cell", [*SRNS, *LSTMS, *GRUS], ids=label)
def test_weight_gradients_are_single_products_outside_the_loop(cell):
    rows = 7  # Unlike every other size, so that it tells activations from weights.
    params = jax.eval_shape(lambda: cell.init(jax.random.key(0), D))
    xs = jax.ShapeDtypeStruct((rows, T, D), np.float32)

    def weight_shaped(gradient):
        """Returns, of each product that gives no row per example, whether it loops."""

        def f(params, xs):
            return weigh(unroll(cell, params, xs, plan=Plan(gradient)))

        jaxpr = jax.make_jaxpr(jax.grad(f))(params, xs).jaxpr
        return [inside for shape, inside in products(jaxpr) if rows not in shape]

    matrices = 3 if getattr(cell, "projection", None) else 2
    if getattr(cell, "reset", None) == "before":
        matrices += 1  # The candidate's columns of w_h read r h', the others h'.
    assert weight_shaped("custom_vjp") == [False] * matrices
    if cell in FAMILIES:  # The count would see products in a loop.
        assert any(weight_shaped("automatic"))


@pytest.fixture
def optimised():
    """Compiles as a program does."""
    jax.config.update("jax_disable_most_optimizations", False)
    yield
    jax.config.update("jax_disable_most_optimizations", True)


@pytest.mark.usefixtures("optimised")
@pytest.mark.parametrize(
    ("gradient", "masked"), [("custom_vjp", True), ("automatic", False)]
)
def test_outputs_that_nothing_reads_stand_in_no_memory(gradient, masked):
    """Nor do their errors, in a training step that reads the last state alone."""
    cell, rows, length, dim = cells.LSTM(64), 4, 10_000, 1
    params = jax.eval_shape(lambda: cell.init(jax.random.key(0), dim))
    xs = jax.ShapeDtypeStruct((rows, length, dim), np.float32)
    mask = jax.ShapeDtypeStruct((rows, length), np.bool_) if masked else None

    def loss(params, xs, mask):
        state, _ = unroll(cell, params, xs, mask=mask, plan=Plan(gradient, None, True))
        return (state.h**2).sum()

    outputs = 4 * rows * length * cell.out_dim
    compiled = jax.jit(jax.grad(loss)).lower(params, xs, mask).compile()
    assert compiled.memory_analysis().temp_size_in_bytes < outputs / 2
