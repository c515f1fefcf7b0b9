"""Linear recurrences, solved for all steps at once, or in turn.

(a, b) stands for h ↦ a h + b. Two of them in a row are a third,
(a₂, b₂) ∘ (a₁, b₁) = (a₂ a₁, a₂ b₁ + b₂), and ∘ is associative, so that all prefixes of
T of them take O(log T) operations on whole arrays (Blelloch, 1990).
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array, lax

from seqnets.varying import vary

Product = Callable[[Array, Array], Array]
Pair = tuple[Array, Array]


def diagonal(
    a: Array, b: Array, h: Array, *, reverse: bool = False, parallel: bool = True
) -> Array:
    """Solves h_t = a_t ⊙ h_{t-1} + b_t for t = 1 ... T, from h_0 = h.

    Where a_t is zero nothing of the step before is read, not even NaN. Derivatives are
    exact, of every order and mode; the gradient is one such recurrence backwards,
    δ_t = ∂_t + a_{t+1} ⊙ δ_{t+1}.

    Args:
      a: factors [T, B, H], real or complex; B or H may be 1, for all rows or units.
      b: what is added, [T, B, H].
      h: what stands before the first step, [B, H].
      reverse: whether time runs from T to 1: h_t = a_t ⊙ h_{t+1} + b_t.
      parallel: False takes one step after the other, in both directions.

    Returns:
      h_1 ... h_T, [T, B, H], in the widest of the three dtypes.
    """
    return _solve(jnp.multiply, a, b, h, reverse, parallel)


def dense(
    A: Array, b: Array, h: Array, *, reverse: bool = False, parallel: bool = True
) -> Array:
    """Solves h_t = A_t h_{t-1} + b_t for t = 1 ... T, from h_0 = h.

    As `diagonal`, with H times the memory and H² times the arithmetic; nothing of the
    step before is read where all of A_t is zero.

    Args:
      A: matrices [T, B, H, H], real or complex.
      b: what is added, [T, B, H].
      h: what stands before the first step, [B, H].
      reverse: whether time runs from T to 1: h_t = A_t h_{t+1} + b_t.
      parallel: False takes one step after the other, in both directions.

    Returns:
      h_1 ... h_T, [T, B, H], in the widest of the three dtypes.
    """
    return _solve(_matrix_product, A, b, h, reverse, parallel)


def _matrix_product(A: Array, x: Array) -> Array:
    """Returns A x of vectors [..., H], or of matrices [..., H, H]."""
    return A @ x if x.ndim == A.ndim else (A @ x[..., None])[..., 0]


def _solve(
    product: Product, a: Array, b: Array, h: Array, reverse: bool, parallel: bool
) -> Array:
    """Solves the system h_t - a_t h_{t-1} = b_t, where a_1 h_0 is part of b_1.

    JAX differentiates the system instead of how it is solved.
    """

    def times(a: Array, x: Array) -> Array:
        """Returns a x, and zero for a zero by what is not finite."""
        zero = a == 0
        if product is _matrix_product:
            zero = zero.all((-2, -1))
            zero = zero.reshape(*zero.shape, *(1,) * (x.ndim - zero.ndim))
        return product(a, jnp.where(zero & ~jnp.isfinite(x), 0, x))

    if not len(b):
        return b
    dtype = jnp.result_type(a, b, h)
    a, b, h = (jnp.asarray(own, dtype) for own in vary((a, b, h), (a, b, h)))
    first, into, read = 0, slice(1, None), slice(None, -1)
    if reverse:
        first, into, read = -1, read, into
    b = b.at[first].add(times(a[first], h))
    prefixes = _in_parallel if parallel else _in_turn

    def system(hs: Array) -> Array:
        return hs.at[into].add(-product(a[into], hs[read]))

    def solve(_, b: Array) -> Array:
        return prefixes(times, a, b, reverse, 0)

    def solve_transposed(_, b: Array) -> Array:
        # Each row of the transpose reads the row after it, by the factor of that row.
        transposed = a.swapaxes(-1, -2) if product is _matrix_product else a
        return prefixes(times, transposed, b, not reverse, -1 if reverse else 1)

    return lax.custom_linear_solve(system, b, solve, solve_transposed)


def _in_parallel(times: Product, a: Array, b: Array, reverse: bool, by: int) -> Array:
    """Returns h_t = a_s h_{t-1} + b_t, s = t + by, all at once.

    The first step to run has b_t alone.
    """
    if by:
        none = jnp.zeros_like(a[:1])
        a = jnp.concatenate([a[1:], none] if by > 0 else [none, a[:-1]])

    def join(before, after):
        (a_1, b_1), (a_2, b_2) = before, after
        return times(a_2, a_1), times(a_2, b_1) + b_2

    return lax.associative_scan(join, (a, b), reverse=reverse)[1]


def _in_turn(times: Product, a: Array, b: Array, reverse: bool, by: int) -> Array:
    """As `_in_parallel`, one step after the other, and without a copy of a."""
    if jnp.iscomplexobj(b) and a.ndim == b.ndim:
        # XLA does not vectorise complex numbers on a CPU.
        times, a, b = _pair_times, (a.real, a.imag), (b.real, b.imag)

    def step(h, given):
        s, b = given
        own = jax.tree.map(lambda a: lax.dynamic_index_in_dim(a, s, keepdims=False), a)
        h = jax.tree.map(jnp.add, times(own, h), b)
        return h, h

    length = len(jax.tree.leaves(b)[0])
    steps = jnp.clip(jnp.arange(length) + by, 0, length - 1)
    none = jax.tree.map(lambda b: jnp.zeros_like(b[0]), b)
    hs = lax.scan(step, none, (steps, b), reverse=reverse)[1]
    return lax.complex(*hs) if isinstance(hs, tuple) else hs


def _pair_times(a: Pair, x: Pair) -> Pair:
    """Returns a ⊙ x of complex numbers in two parts, as `times` in `_solve` does."""
    zero = (a[0] == 0) & (a[1] == 0) & ~(jnp.isfinite(x[0]) & jnp.isfinite(x[1]))
    real, imaginary = (jnp.where(zero, 0, part) for part in x)
    return a[0] * real - a[1] * imaginary, a[0] * imaginary + a[1] * real
