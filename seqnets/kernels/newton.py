"""A nonlinear cell in parallel over time: Newton iterations over linear recurrences.

The states of a run solve s_t = F_t(s_{t-1}) for all t. A sweep linearises every step at
the present guess s and solves the linear recurrence of the corrections d, which takes
O(log T) operations on whole arrays (DEER, Lim et al., 2024):

    r_t = F_t(s_{t-1}) - s_t,    d_t = r_t + A_t d_{t-1},    s_t becomes s_t + d_t

A_t is the Jacobian ∂F_t/∂s, or the part of it within each unit (quasi-DEER, Gonzalez et
al., 2024); see `seqnets.kernels.newton_forms`. Sweeps end where every |r_t| is at most
4 ε max(1, |s_t|), what rounding leaves of a step; |s_t| is the largest number that an
array of the state has in this step and row. Where weights are coarser than the state
(bfloat16 and float32), so many r_t could add up to much, and |d_t| must be as small.

Whatever A is, the first k steps are exact after k sweeps, so that they cannot end
elsewhere; but corrections can grow from step to step until they overflow. Damped, a
sweep trusts them within a box (ρ = 1):

    s_t becomes s_t + r_t + clip(d_t - r_t, -ρ, ρ)

Gonzalez et al. (2024) damp by a Kalman smoother in the place of the recurrence (ELK).
The box costs a comparison instead of n³ for an inverse at every step, and leaves the
steps that are exact as they are, where a smoother moves them for the sake of later
ones. Where the sequence is chaotic neither helps, and a scan takes over.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax

from seqnets.cells.cell import Cell, Params, State
from seqnets.checks import require_positive
from seqnets.kernels import newton_forms as forms
from seqnets.kernels import plain
from seqnets.kernels.chunks import Inputs, Steps, select, zero_masked
from seqnets.kernels.newton_forms import Given, Run
from seqnets.kernels.newton_gradient import implicit
from seqnets.linear import floating
from seqnets.plan import Plan
from seqnets.varying import vary

RADIUS = 1.0  # ρ: units move within [-1, 1].


class Method(NamedTuple):
    """How the equations are solved.

    form: "dense", "units", or None: by the width; see `newton_forms.choose`.
    damped: whether corrections are trusted within a box alone.
    sweeps: how many are taken before a scan takes over.
    tolerance: of |r_t|, relative to max(1, |s_t|); None is 4 ε of the coarsest numbers
      that a step computes with.
    """

    form: str | None = None
    damped: bool = True
    sweeps: int = 100
    tolerance: float | None = None


class Report(NamedTuple):
    """How the equations of a run were solved."""

    sweeps: Array  # How many were taken.
    converged: Array  # Whether they were enough; if not, the states are a scan's.
    # [sweeps + 1] of the method: max |r_t| / max(1, |s_t|) of the first guess and after
    # each sweep; NaN for those not taken.
    residuals: Array


DEFAULT = Method()


def run(
    cell: Cell,
    params: Params,
    inputs: Inputs,
    state: State,
    start: State | None,
    reverse: bool,
) -> tuple[State, Array]:
    """Runs a cell over a sequence; see `seqnets.unroll`.

    Args:
      cell: a cell whose state holds floating-point numbers alone.
      params: its parameters.
      inputs: their values, noise and marks.
      state: the state to begin with.
      start: the state that a reset puts in place; None without resets.
      reverse: whether time runs from the last step to the first.

    Returns:
      The last state, and the outputs [B, T, H].

    Raises:
      ValueError: for a state of other numbers.
    """
    return solve(cell, params, inputs, state, start, reverse)[:2]


def solve(
    cell: Cell,
    params: Params,
    inputs: Inputs,
    state: State,
    start: State | None,
    reverse: bool,
    method: Method = DEFAULT,
) -> tuple[State, Array, Report]:
    """As `run`, by a method of one's own; returns the report beside the results.

    Raises:
      ValueError: as `run`; for a method that is not possible.
    """
    check(cell, state, method)
    batch_size, length, _ = inputs.xs.shape
    if not batch_size * length or not jax.tree.leaves(state):
        # No step waits for another one.
        found = plain.run(cell, params, inputs, state, start, reverse, Plan())
        residuals = jnp.full(method.sweeps + 1, jnp.nan).at[0].set(0.0)
        return *found, Report(jnp.int32(0), jnp.array(True), residuals)

    part = inputs.chunk(0, length)
    given = Given(params, cell.project(params, part.xs, part.noise), state, start)
    given, marks = _forwards(given, part.steps, reverse)
    own = Run(cell, forms.choose(method.form, cell, length, state))
    fixed = lax.stop_gradient(given)
    states, report = _sweeps(own, method, fixed, marks, length)
    states = implicit(own, given, marks, states)
    befores = forms.befores(given, states)
    afters, ys = forms.steps(own, given, marks, befores)

    last = forms.unpack(afters[-1], state)
    if part.steps.reset is not None and reverse:
        last = select(part.steps.reset[0], start, last)
    ys = jnp.flip(ys, 0) if reverse else ys
    ys = zero_masked(part.steps.mask, ys.astype(inputs.xs.dtype))
    return last, ys.swapaxes(0, 1), report  # [B, T, H]


def check(cell: Cell, state: State, method: Method) -> None:
    """Raises ValueError for a state that cannot be found so, or a wrong method."""
    require_positive(method, sweeps=method.sweeps)
    if method.tolerance is not None and not method.tolerance >= 0.0:
        raise ValueError(
            f"Method: tolerance must be at least 0, not {method.tolerance}"
        )
    others = [str(s.dtype) for s in jax.tree.leaves(state) if not floating(s)]
    if others:
        raise ValueError(
            f"{cell} cannot run in parallel over time: its state holds {others[0]}, and"
            ' Newton iterations find floating-point numbers; pass Plan(time="scan")'
        )


def _forwards(given: Given, steps: Steps, reverse: bool) -> tuple[Given, Steps]:
    """Returns a run whose time runs forward, and whose resets act before their step."""
    if not reverse:
        return given, steps
    us, (mask, reset) = jax.tree.map(lambda a: jnp.flip(a, 0), (given.us, steps))
    if reset is not None:  # In reverse it acts after its step, before the next one.
        reset = jnp.concatenate([jnp.zeros_like(reset[:1]), reset[:-1]])
    return given._replace(us=us), Steps(mask, reset)


class _Guess(NamedTuple):
    states: Array  # s [T, B, n]
    r: Array  # [T, B, n]
    residuals: Array  # As in `Report`.
    sweeps: Array
    moved: Array  # max |d_t| / max(1, |s_t|) of the last sweep, where it counts; or 0.


def _sweeps(
    run: Run, method: Method, given: Given, marks: Steps, length: int
) -> tuple[Array, Report]:
    """Returns the states after all steps, [T, B, n], and the report."""
    first = forms.pack(given.state)
    epsilon = _epsilon(given)
    tolerance = 4.0 * epsilon if method.tolerance is None else method.tolerance
    coarse = epsilon > float(jnp.finfo(first.dtype).eps)

    def relative(x: Array, states: Array) -> Array:
        size = jnp.maximum(1.0, forms.sizes(states, given.state))
        largest = (jnp.abs(x) / size).max()
        return jnp.where(jnp.isfinite(largest), largest, jnp.inf).astype(first.dtype)

    def measured(
        states: Array, residuals: Array, sweeps: Array, moved: Array
    ) -> _Guess:
        before = forms.befores(given, states)
        r = forms.steps(run, given, marks, before)[0] - states
        residuals = residuals.at[sweeps].set(relative(r, states))
        return _Guess(states, r, residuals, sweeps, moved)

    def solved(guess: _Guess) -> Array:
        return jnp.maximum(guess.residuals[guess.sweeps], guess.moved) <= tolerance

    def unsolved(guess: _Guess) -> Array:
        return (guess.sweeps < method.sweeps) & ~solved(guess)

    def sweep(guess: _Guess) -> _Guess:
        before = forms.befores(given, guess.states)
        d = forms.solve(forms.jacobians(run, given, marks, before), guess.r)
        if method.damped:
            extra = jnp.nan_to_num(d - guess.r, nan=0.0)
            d = guess.r + jnp.clip(extra, -RADIUS, RADIUS)
        states = guess.states + d
        moved = relative(d, states) if coarse else guess.moved
        return measured(states, guess.residuals, guess.sweeps + 1, moved)

    states = jnp.broadcast_to(first, (length, *first.shape))
    residuals = jnp.full(method.sweeps + 1, jnp.nan, first.dtype)
    moved = jnp.full((), jnp.inf if coarse else 0.0, first.dtype)
    states, residuals, moved = vary((states, residuals, moved), states)
    guess = measured(states, residuals, jnp.int32(0), moved)
    guess = lax.while_loop(unsolved, sweep, guess)
    converged = solved(guess)
    states = lax.cond(
        converged, lambda: guess.states, lambda: forms.in_turn(run, given, marks)
    )
    return states, Report(guess.sweeps, converged, guess.residuals)


def _epsilon(given: Given) -> float:
    """Returns the rounding of the coarsest numbers that a step computes with."""
    leaves = jax.tree.leaves((given.state, given.params))
    return max(float(jnp.finfo(a.dtype).eps) for a in leaves if floating(a))
