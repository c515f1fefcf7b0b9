"""Linear recurrences in parallel are those of a loop, with their derivatives."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets.kernels.linear_scan import dense, diagonal

T, B, H = 7, 2, 3

pytestmark = pytest.mark.usefixtures("quickly")


def times(a, h):
    return a * h if a.ndim == h.ndim else (a @ h[..., None])[..., 0]


def loop(a, b, h, *, reverse=False):
    hs = [None] * len(b)
    for t in reversed(range(len(b))) if reverse else range(len(b)):
        h = times(a[t], h) + b[t]
        hs[t] = h
    return jnp.stack(hs)


def numbers(solve, dtype=np.float64, length=T):
    rng = np.random.default_rng(0)

    def draw(*shape):
        real, imaginary = rng.normal(size=(2, *shape))
        return (real + 1j * imaginary if dtype is np.complex128 else real).astype(dtype)

    a = draw(length, B, H) if solve is diagonal else draw(length, B, H, H)
    return a, draw(length, B, H), draw(B, H)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize(
    ("dtype", "reverse"), [(np.float64, False), (np.complex128, True)]
)
@pytest.mark.parametrize("solve", [diagonal, dense])
def test_a_scan_and_its_derivatives_are_those_of_a_loop(solve, dtype, reverse):
    """Forward, backward, and backward over backward."""
    given = numbers(solve, dtype)
    along = jax.tree.map(lambda a: a[::-1] + 0.5, given)

    @jax.jit
    def measure(given, along):
        def of(run):
            run = functools.partial(run, reverse=reverse)

            def loss(given):
                hs = run(*given)
                weights = jnp.cos(jnp.arange(hs.size)).reshape(hs.shape)
                return (weights * hs).real.sum() + (hs * hs).real.sum()

            def slope(given):
                (gradient,) = jax.vjp(jax.grad(loss), given)[1](along)
                return gradient

            hs, tangents = jax.jvp(lambda *given: run(*given), given, along)
            return hs, tangents, jax.grad(loss)(given), slope(given)

        return of(loop), of(solve), of(functools.partial(solve, parallel=False))

    expected, *others = measure(given, along)
    assert_close = functools.partial(np.testing.assert_allclose, rtol=1e-9, atol=1e-9)
    for found in others:
        jax.tree.map(assert_close, found, expected)


@pytest.mark.parametrize(
    ("dtype", "reverse"), [(np.float32, False), (np.complex64, True)]
)
@pytest.mark.parametrize("parallel", [False, True])
@pytest.mark.parametrize("solve", [diagonal, dense])
def test_a_factor_of_zero_forgets_what_is_not_finite(solve, parallel, dtype, reverse):
    a, b, h = numbers(solve, np.complex128 if dtype is np.complex64 else dtype)
    a, b, h = (own.astype(dtype) for own in (a, b, h))
    a[3] = 0.0
    rubbish = a.copy(), b.copy(), np.full_like(h, np.inf)
    old, kept = (slice(4, T), slice(0, 4)) if reverse else (slice(0, 3), slice(3, T))
    rubbish[0][old] = np.nan
    rubbish[1][old] = np.inf
    run = jax.jit(functools.partial(solve, reverse=reverse, parallel=parallel))
    clean, found = run(a, b, h), run(*rubbish)
    np.testing.assert_array_equal(found[kept], clean[kept])
    assert not np.isfinite(found[old]).any()


def test_what_is_not_read_at_a_zero_still_has_its_gradient():
    """The derivative by a factor that happens to be zero is the state before it."""
    a, b, h = numbers(diagonal, np.float32)
    a[3] = 0.0
    of_scan, of_loop = (
        jax.jit(jax.grad(lambda a, run=run: run(a, b, h).sum()))(a)
        for run in (diagonal, loop)
    )
    np.testing.assert_allclose(of_scan, of_loop, rtol=1e-5)
    assert of_scan[3].all()


def test_factors_may_broadcast_and_rows_may_be_mapped():
    a, b, h = numbers(diagonal, np.float32)
    run, one = jax.jit(diagonal), a[:, :1, :1]
    expected = run(np.broadcast_to(one, a.shape), b, h)
    np.testing.assert_allclose(run(one, b, h), expected, rtol=1e-6)
    over_rows = jax.jit(jax.vmap(diagonal, in_axes=(1, 1, 0), out_axes=1))
    np.testing.assert_allclose(over_rows(a, b, h), run(a, b, h), rtol=1e-6)


@pytest.mark.parametrize("length", [0, 1])
@pytest.mark.parametrize("solve", [diagonal, dense])
def test_no_step_and_one_step(solve, length):
    given = numbers(solve, np.float32, length)
    measure = jax.jit(jax.value_and_grad(lambda *g: solve(*g).sum(), (0, 1, 2)))
    found, gradient = measure(*given)
    expected = times(given[0][0], given[2]) + given[1][0] if length else np.zeros(0)
    np.testing.assert_allclose(found, expected.sum(), rtol=1e-5)
    assert jax.tree.map(np.shape, gradient) == jax.tree.map(np.shape, given)


def test_ten_thousand_steps_lose_no_precision():
    """Factors near 1 in float32 are a distance from the loop in float64."""
    rng = np.random.default_rng(0)
    a = rng.uniform(0.999, 1.0, (10_000, 1, 4)).astype(np.float32)
    b = rng.normal(size=a.shape).astype(np.float32)
    h = np.ones((1, 4))
    expected = []
    for own, added in zip(a.astype(float), b.astype(float), strict=True):
        h = own * h + added
        expected.append(h)
    found = jax.jit(diagonal)(a, b, np.ones((1, 4), np.float32))
    largest = np.abs(expected).max()
    assert np.abs(found - np.stack(expected)).max() < 1e-5 * largest
