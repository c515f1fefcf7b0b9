"""Derivatives of states that solve s_t = F_t(s_{t-1}), however they were found.

Of the equations, at the solution (the implicit function theorem):

    forward    ∂s_t = J_t ∂s_{t-1} + ∂F_t               ∂F_t at fixed states
    backward   δ_t = ∂_t + J_{t+1}ᵀ δ_{t+1},   ∂L/∂θ = Σ_t (∂F_t/∂θ)ᵀ δ_t

Both are one linear recurrence with the exact Jacobians J. It is solved in parallel with
A as in `seqnets.kernels.newton`, and corrected by what is left over until that is at
most 4 ε of the largest number of all steps and rows; much smaller ones, such as
gradients that have vanished, are less exact. One turn is enough where A is all of J.
Where turns do not get there, the steps are taken one after the other.
"""

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array, lax

from seqnets.kernels import newton_forms as forms
from seqnets.kernels.chunks import Steps
from seqnets.kernels.newton_forms import Given, Run
from seqnets.varying import vary

TURNS = 100

Map = Callable[[Array], Array]


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def implicit(run: Run, given: Given, marks: Steps, states: Array) -> Array:
    """Returns the states as they are, with the derivatives of a solution.

    They are exact, of every order and mode.

    Args:
      run: the cell.
      given: what the states depend on.
      marks: mask and reset [T, B].
      states: after all steps, [T, B, n]; derivatives by them are not taken.
    """
    return states


@implicit.defjvp
def _implicit_jvp(run, primals, tangents):
    given, marks, states = primals
    states = implicit(run, given, marks, states)  # It has derivatives in its turn.

    def after(given):
        return forms.steps(run, given, marks, forms.befores(given, states))[0]

    _, d_after = jax.jvp(after, (given,), (tangents[0],))
    return states, linear(run, given, marks, states, d_after)


def linear(run: Run, given: Given, marks: Steps, states: Array, b: Array) -> Array:
    """Solves x_t = J_t x_{t-1} + b_t from x_0 = 0.

    Args:
      run, given, marks: as in `implicit`.
      states: after all steps, where J is taken, [T, B, n].
      b: [T, B, n].

    Returns:
      x [T, B, n].
    """
    befores = forms.befores(given, states)

    def system(x: Array) -> Array:
        """Returns x_t - J_t x_{t-1}."""

        def after(befores):
            return forms.steps(run, given, marks, befores)[0]

        before = jnp.concatenate([jnp.zeros_like(x[:1]), x[:-1]])
        return x - jax.jvp(after, (befores,), (before,))[1]

    def forward(system: Map, b: Array) -> Array:
        A = forms.jacobians(run, given, marks, befores)
        return _corrected(system, b, functools.partial(forms.solve, A), in_turn)

    def backward(system_t: Map, b: Array) -> Array:
        A = forms.jacobians(run, given, marks, befores)
        inverse = functools.partial(forms.solve_transposed, A)
        return _corrected(system_t, b, inverse, in_turn_back)

    def in_turn(b: Array) -> Array:
        def body(x, inputs):
            b, before, marked = inputs
            x = b + jax.jvp(functools.partial(one, marked), (before,), (x,))[1]
            return x, x

        return lax.scan(body, nothing, (b, befores, (given.us, marks)))[1]

    def in_turn_back(b: Array) -> Array:
        def body(passed, inputs):
            b, before, marked = inputs
            x = b + passed
            (passed,) = jax.vjp(functools.partial(one, marked), before)[1](x)
            return passed, x

        inputs = b, befores, (given.us, marks)
        return lax.scan(body, nothing, inputs, reverse=True)[1]

    def one(marked, before):
        return forms.step(run, given, before, marked)[0]

    nothing = vary(jnp.zeros_like(states[0]), states)
    return lax.custom_linear_solve(system, b, forward, backward)


def _corrected(system: Map, b: Array, inverse: Map, in_turn: Map) -> Array:
    """Solves system(x) = b by an inverse that may not be exact, or else in turn."""
    tolerance = 4.0 * float(jnp.finfo(b.dtype).eps)

    def solved(x, rest):
        return jnp.abs(rest).max() <= tolerance * jnp.abs(x).max()

    def unsolved(carry):
        x, rest, turns = carry
        # Not "not solved", which NaN would be for ever.
        goes_on = jnp.abs(rest).max() > tolerance * jnp.abs(x).max()
        return goes_on & (turns < TURNS)

    def turn(carry):
        x, rest, turns = carry
        x = x + inverse(rest)
        return x, b - system(x), turns + 1

    carry = *vary((jnp.zeros_like(b), b), b), jnp.int32(0)
    x, rest, _ = lax.while_loop(unsolved, turn, carry)
    return lax.cond(solved(x, rest), lambda: x, lambda: in_turn(b))
