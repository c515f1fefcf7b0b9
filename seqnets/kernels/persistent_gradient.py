"""The recurrence of `seqnets.kernels.persistent`, and its gradient.

Both are Triton kernels (`seqnets.kernels.persistent_triton`), which write what they
find for all steps. The gradients of weights are JAX's products over all of them, and
derivatives of the gradient are those of the plain scan.
"""

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax

from seqnets.cells.cell import Cell, Params, State
from seqnets.cells.gru import GRU
from seqnets.cells.lstm import LSTM
from seqnets.cells.simple import SRN
from seqnets.kernels import chunks, persistent_launch
from seqnets.kernels.chunks import Steps, select
from seqnets.kernels.kernel import weight_gradient

UNWRITTEN = 0x7FEDCBA9  # As in `persistent_parts`, which Triton alone can read.
GATES = {SRN: 1, LSTM: 4, GRU: 3}


class How(NamedTuple):
    """What is run; hashable."""

    cell: Cell  # Without wrappers.
    reverse: bool


class Given(NamedTuple):
    """What has a gradient."""

    params: Params  # Of which W_h and b_n are read.
    us: Array  # [T, B, GH]
    state: State
    start: State | None  # What a reset puts in place.


class Kept(NamedTuple):
    """What the forward pass wrote, float32; time in slots, of which one is first."""

    hs: Array  # [T + 1, B, H]
    cs: Array  # [T + 1, B, H], of an LSTM.
    saved: Array  # [T, B, 4H], of gated cells.


def name_of(cell: Cell) -> str:
    """Returns what the kernels call a cell."""
    before = type(cell) is GRU and cell.reset == "before"
    return type(cell).__name__.lower() + ("_before" if before else "")


def tiles_of(cell: Cell, batch_size: int) -> persistent_launch.Tiles:
    return persistent_launch.choose_tiles(GATES[type(cell)], cell.dim, batch_size)


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def sequence(how: How, given: Given, steps: Steps) -> tuple[State, Array]:
    """Runs the recurrence; a reset is one before its step, whichever way time runs.

    Returns:
      The last state, and h [T, B, H] float32.
    """
    return _run(how, given, steps, keep=False)[:2]


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def recorded(how: How, given: Given, steps: Steps) -> tuple[State, Array, Kept]:
    """Does what `sequence` does, and returns what the backward pass reads, too."""
    return _run(how, given, steps, keep=True)


@recorded.defjvp
def _recorded_jvp(how: How, primals, tangents):
    given, steps = primals
    found = recorded(how, given, steps)
    plain = functools.partial(reference, how, steps=steps)
    _, (d_state, d_hs) = jax.jvp(plain, (given,), tangents[:1])
    # `gradient` alone reads what was kept, and knows that it follows from `given`.
    return found, (d_state, d_hs, jax.tree.map(jnp.zeros_like, found[2]))


def _run(how: How, given: Given, steps: Steps, keep: bool):
    (T, B, _), H = given.us.shape, how.cell.dim
    tiles = tiles_of(how.cell, B)
    h0, c0 = _pair(given.state)
    h_start, c_start = _pair(given.start)
    slots, none = _shape(T + 1, B, H), _shape(1)
    gated, lstm = type(how.cell) is not SRN, type(how.cell) is LSTM
    hs: Any = slots
    if tiles.parts > 1:
        hs = _unwritten(slots.shape).at[T if how.reverse else 0].set(h0)
    inputs = {
        "us": given.us.astype(jnp.float32),
        "w": given.params.w_h,
        "b_n": _bias(given.params, H),
        "h0": h0,
        "c0": c0,
        "h_start": h_start,
        "c_start": c_start,
        "marks": _marks(steps),
    }
    outputs = {
        "hs": hs,
        "cs": slots if lstm else none,
        "saved": _shape(T, B, 4 * H) if gated and keep else none,
    }
    constants = _constants(how, given, steps) | {
        "SAVE": keep,
        "HALF_STATE": given.state.h.dtype == jnp.bfloat16,
    }
    found = persistent_launch.launch(
        "forward", inputs, outputs, (T, B, H), tiles, constants
    )
    kept = Kept(found["hs"], found["cs"], found["saved"])
    at = 0 if how.reverse else T
    last = [kept.hs[at], kept.cs[at]] if lstm else [kept.hs[at]]
    state = type(given.state)(
        *(a.astype(s.dtype) for a, s in zip(last, given.state, strict=True))
    )
    return state, kept.hs[:-1] if how.reverse else kept.hs[1:], kept


def _forward(how: How, given: Given, steps: Steps):
    state, hs, kept = recorded(how, given, steps)
    return (state, hs), (given, steps, kept)


def _backward(how: How, residuals, cotangents):
    given, steps, kept = residuals
    d_given = gradient(how, given, steps, kept, cotangents)
    return d_given, jax.tree.map(lambda _: None, steps)


sequence.defvjp(_forward, _backward)


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def gradient(how: How, given: Given, steps: Steps, kept: Kept, cotangents) -> Given:
    """Returns ∂ of what was given, from ∂ of the last state and of all h."""
    d_state, d_hs = cotangents
    (T, B, _), H = given.us.shape, how.cell.dim
    tiles = tiles_of(how.cell, B)
    d_h, d_c = _pair(d_state)
    h_start, c_start = _pair(given.start)
    lstm, name = type(how.cell) is LSTM, name_of(how.cell)
    row, none = _shape(B, H), _shape(1)
    deltas: Any = _shape(T, B, H * (4 if name == "gru" else GATES[type(how.cell)]))
    if tiles.parts > 1:
        deltas = _unwritten(deltas.shape)
    inputs = {
        "w": given.params.w_h,
        "hs": kept.hs,
        "cs": kept.cs,
        "h_start": h_start,
        "c_start": c_start,
        "saved": kept.saved,
        "marks": _marks(steps),
        "d_ys": d_hs.astype(jnp.float32),
        "d_h_last": d_h,
        "d_c_last": d_c,
    }
    outputs = {"deltas": deltas, "d_h0": row, "d_h_start": row}
    outputs |= {n: row if lstm else none for n in ("d_c0", "d_c_start")}
    constants = _constants(how, given, steps)
    found = persistent_launch.launch(
        "backward", inputs, outputs, (T, B, H), tiles, constants
    )
    before = kept.hs[1:] if how.reverse else kept.hs[:-1]
    if steps.reset is not None:
        before = select(steps.reset, given.start.h.astype(jnp.float32), before)
    names = ("d_h0", "d_c0") if lstm else ("d_h0",)
    starts = ("d_h_start", "d_c_start") if lstm else ("d_h_start",)
    kind = type(given.state)
    us, params = _by_weights(how.cell, given.params, before, kept, found["deltas"])
    d_given = Given(
        params=params,
        us=us,
        state=kind(*(found[n] for n in names)),
        start=None if given.start is None else kind(*(found[n] for n in starts)),
    )
    return jax.tree.map(lambda d, like: d.astype(like.dtype), d_given, given)


def _by_weights(cell: Cell, params: Params, before: Array, kept: Kept, deltas: Array):
    """Returns ∂us, and ∂ of the parameters: zero for those that only `project` reads.

    Of a GRU, δ holds the errors of r, z and n; where it resets after its product, of r,
    z, W_n h' + b_n and n.
    """
    H = cell.dim
    zeros = jax.tree.map(jnp.zeros_like, params)
    if type(cell) is not GRU:
        d_w = weight_gradient(before, deltas, params.w_h)
        return deltas, zeros._replace(w_h=d_w)
    gates, inside = deltas[..., : 2 * H], deltas[..., 2 * H : 3 * H]
    reads = before if cell.reset == "after" else kept.saved[..., 3 * H :]
    pairs = (before, gates), (reads, inside)
    d_w = [weight_gradient(*pair, params.w_h) for pair in pairs]
    found = zeros._replace(w_h=jnp.concatenate(d_w, -1))
    if cell.reset == "before":
        return deltas, found
    if params.b_n is not None:
        found = found._replace(b_n=inside.sum((0, 1)))
    return jnp.concatenate([gates, deltas[..., 3 * H :]], -1), found


def reference(how: How, given: Given, steps: Steps) -> tuple[State, Array]:
    """Computes what `sequence` does, by a scan."""

    def step(state: State, u: Array):
        state, _ = how.cell.step(given.params, state, u)
        return state, None

    body = chunks.masked_step(step, given.start, reverse=False)
    state, (after, _) = lax.scan(
        body, given.state, (given.us, steps), reverse=how.reverse
    )
    return state, after.h.astype(jnp.float32)


@gradient.defjvp
def _gradient_jvp(how: How, primals, tangents):
    given, steps, _, cotangents = primals
    d_given, _, _, d_cotangents = tangents

    def plain(given, cotangents):
        _, pull = jax.vjp(functools.partial(reference, how, steps=steps), given)
        return pull(cotangents)[0]

    _, d_found = jax.jvp(plain, (given, cotangents), (d_given, d_cotangents))
    return gradient(how, *primals), d_found


def _shape(*shape: int) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(shape, jnp.float32)


def _pair(state: State | None) -> list[Array]:
    """Returns h and c, float32; an array that is not read for one that is not there."""
    parts = [] if state is None else [s.astype(jnp.float32) for s in state]
    return parts + [jnp.zeros(1, jnp.float32)] * (2 - len(parts))


def _bias(params: Params, dim: int) -> Array:
    b_n = getattr(params, "b_n", None)
    return jnp.zeros(dim, jnp.float32) if b_n is None else b_n.astype(jnp.float32)


def _marks(steps: Steps) -> Array:
    """Returns int8 [T, B]: 1 at real steps, and 2 where the state starts afresh."""
    like = steps.mask if steps.reset is None else steps.reset
    if like is None:
        return jnp.zeros(1, jnp.int8)
    real = jnp.ones_like(like) if steps.mask is None else steps.mask
    afresh = jnp.zeros_like(like) if steps.reset is None else steps.reset
    return real.astype(jnp.int8) + 2 * afresh.astype(jnp.int8)


def _unwritten(shape: tuple[int, ...]) -> Array:
    words = jnp.full(shape, UNWRITTEN, jnp.int32)
    return lax.bitcast_convert_type(words, jnp.float32)


def _constants(how: How, given: Given, steps: Steps) -> dict[str, Any]:
    cell = how.cell
    option = getattr(cell, "activation", getattr(cell, "update", ""))
    return {
        "CELL": name_of(cell),
        "OPTION": option,
        "MARKED": steps.mask is not None or steps.reset is not None,
        "RESETS": steps.reset is not None,
        "REVERSE": how.reverse,
        "HALF": given.params.w_h.dtype == jnp.bfloat16,
    }
