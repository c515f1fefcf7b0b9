"""Cells over time: `unroll`, `bidirectional`, and one `step`.

Every shape of input and output (B1), with `run` for `unroll(cell, params, ...)`; each
is tested in `tests/test_unroll.py`:

    one to one         _, ys = run(x[:, None]); y = ys[:, 0]
    one to many        xs is x at the first step and zero after it; ys
    many to one        state, ys = run(xs, mask=mask); state.h, or the mean
                       ys.sum(1) / mask.sum(1, keepdims=True)
    many to many       ys, a step each
    encode and decode  state, _ = run(xs, mask=mask); _, ys = unroll(decoder,
                       other_params, targets, state=state)
"""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from seqnets import plan as plans
from seqnets.cells import inputs as cell_inputs
from seqnets.cells.cell import Cell, Memory, Params, State
from seqnets.cells.inputs import Directions, check_directions
from seqnets.cells.stack import Stack
from seqnets.kernels import chunks, dispatch
from seqnets.linear import cast, floating
from seqnets.plan import Plan
from seqnets.varying import vary


def unroll(
    cell: Cell,
    params: Params,
    xs: Array,
    *,
    state: State | None = None,
    mask: Array | None = None,
    reset: Array | None = None,
    reverse: bool = False,
    key: Array | None = None,
    plan: Plan | None = None,
) -> tuple[State, Array]:
    """Runs a cell over the time axis of `xs`.

    state_t, y_t = step(state_{t-1}, x_t)  for t = 1 ... T, or T ... 1 in reverse

    A masked step carries the state through unchanged and outputs zero; its input, NaN
    included, does not matter. A reset marks the first step of a sequence in forward
    time: the state there starts afresh; in reverse it does so after that step.

    Args:
      cell: any cell; a `Stack` is run layer by layer.
      params: its parameters, cast to the dtype of `xs`, the compute dtype.
      xs: inputs [B, T, D].
      state: the state to begin with; the cell's initial state by default.
      mask: [B, T] bool, True at real steps.
      reset: [B, T] bool, True at the first step of each sequence in a row.
      reverse: whether time runs from the last step to the first.
      key: draws dropout and zoneout; None for evaluation.
      plan: how it is computed; by default the table of `seqnets.plan` chooses.

    Returns:
      The state after the last step run, and the outputs [B, T, H].

    Raises:
      ValueError: for inputs, masks or resets of another shape; parameters of another
        width or cell; a plan that is not possible, or not for this cell or on this
        machine; or a forward derivative (`jax.jvp`) with the plan "custom_vjp".
    """
    plan = Plan() if plan is None else plan
    xs, mask, reset = cell_inputs.arrays(xs, mask, reset)
    plans.check(plan)
    params, xs = cast(params, xs)
    batch_size, length, in_dim = xs.shape
    cell_inputs.check_params(cell, params, in_dim)
    noise = None if key is None else cell.noise(key, length, batch_size, in_dim)
    if state is None:
        state = cell.initial_state(params, batch_size, xs.dtype)
    else:
        cell_inputs.check_state(cell, params, state, xs)
    steps = chunks.Steps(*(None if m is None else m.T for m in (mask, reset)))
    given = params, xs, noise, state, steps
    return _unroll(cell, *vary(given, given), reverse, plan)


def step(
    cell: Cell, params: Params, state: State | None, x: Array
) -> tuple[State, Array]:
    """Takes one step as `unroll` does in evaluation, for sampling and beam search.

    Args:
      cell: any cell; a `Stack` is stepped layer by layer.
      params: its parameters, cast to the dtype of `x`, the compute dtype.
      state: the state before; None for the cell's initial state.
      x: inputs [B, D].

    Returns:
      The next state, and y [B, H] in the dtype of `x`.

    Raises:
      ValueError: for inputs that are not floating [B, D]; parameters of another width
        or cell; or a state of another number of rows.
    """
    x = jnp.asarray(x)
    cell_inputs.check_step(x)
    params, x = cast(params, x)
    cell_inputs.check_params(cell, params, x.shape[-1])
    if state is None:
        state = cell.initial_state(params, len(x), x.dtype)
    elif not all(_fits(leaf, x) for leaf in jax.tree.leaves(state)):
        cell_inputs.check_state(cell, params, state, x)
    us = cell.project(params, x[None])
    state, y = cell.step(params, state, jax.tree.map(lambda u: u[0], us))
    return state, y.astype(x.dtype)


def bind(cell: Cell, params: Params, memory: Memory) -> Params:
    """Binds a memory to the parameters of a cell, once, before time begins.

    Args:
      cell: any cell; those that read no memory are left as they are.
      params: its parameters, or those of `init_bidirectional`.
      memory: what it reads, leading with [B].

    Returns:
      Parameters for `unroll`, `bidirectional` and `step`, on batches of B rows.

    Raises:
      ValueError: for parameters of a stack of another number of layers.
    """
    if isinstance(params, Directions):
        return Directions(*(cell.bind(p, memory) for p in params))
    if isinstance(cell, Stack):
        check_directions(cell, params=params)
        pairs = zip(cell.cells, params, strict=True)
        return tuple(bind(layer, p, memory) for layer, p in pairs)
    return cell.bind(params, memory)


def init_bidirectional(cell: Cell, key: Array, in_dim: int) -> Any:
    """Draws parameters for `bidirectional`.

    Args:
      cell: any cell, or a `Stack`.
      key: random key.
      in_dim: D, width of the inputs.

    Returns:
      `Directions` of parameters; for a stack, a tuple of them, one per layer, in
      which each layer reads both halves of the one below.
    """
    if isinstance(cell, Stack):
        keys = jax.random.split(key, len(cell.cells))
        *dims, _ = _widths(cell, in_dim)
        return tuple(
            init_bidirectional(layer, k, dim)
            for layer, k, dim in zip(cell.cells, keys, dims, strict=True)
        )
    return Directions(*(cell.init(k, in_dim) for k in jax.random.split(key)))


def bidirectional(
    cell: Cell,
    params: Any,
    xs: Array,
    *,
    state: Any = None,
    mask: Array | None = None,
    reset: Array | None = None,
    key: Array | None = None,
    plan: Plan | None = None,
) -> tuple[Any, Array]:
    """Runs a cell in both directions; a stack becomes a deep bidirectional net.

    y_t = [y→_t; y←_t], and in a stack both directions of a layer read the
    concatenation below them (001 eq 31-38). The two final states are [y→_T; y←_1].

    Args:
      cell: used in each direction with parameters of its own.
      params: as `init_bidirectional` makes them.
      xs, mask, reset, key, plan: as in `unroll`.
      state: `Directions` of states; a tuple of them for a stack.

    Returns:
      The final states, as `state` is made of them, and the outputs [B, T, 2H].

    Raises:
      ValueError: for params or a state that are not made of `Directions`, or as
        `unroll`.
    """
    xs, mask, reset = cell_inputs.arrays(xs, mask, reset)
    check_directions(cell, params=params, state=state)
    options = {"mask": mask, "reset": reset, "plan": plan}
    if isinstance(cell, Stack):
        if cell.passes_inputs:
            xs = chunks.zero_masked(mask, xs)  # It is part of outputs.
        count = len(cell.cells)
        keys = (None,) * count if key is None else jax.random.split(key, count)
        before = (None,) * count if state is None else state
        after = []
        for layer, p, s, k in zip(cell.cells, params, before, keys, strict=True):
            s, ys = bidirectional(layer, p, xs, state=s, key=k, **options)
            after.append(s)
            xs = cell.join(xs, ys)
        return tuple(after), xs

    keys = (None, None) if key is None else jax.random.split(key)
    before = Directions(None, None) if state is None else state
    directions = zip(params, before, keys, (False, True), strict=True)
    runs = [
        unroll(cell, p, xs, state=s, key=k, reverse=reverse, **options)
        for p, s, k, reverse in directions
    ]
    states, ys = zip(*runs, strict=True)
    return Directions(*states), jnp.concatenate(ys, -1)  # [B, T, 2H]


def _fits(state: Array, x: Array) -> bool:
    """Whether an array of a state may be right for inputs [B, D]: a quick check."""
    return jnp.shape(state)[:1] == x.shape[:1] and floating(jnp.asarray(state))


def _widths(cell: Stack, in_dim: int) -> list[int]:
    """Returns what the layers of a bidirectional stack read, and its own width."""
    dims = [in_dim]
    for layer in cell.cells:
        nested = isinstance(layer, Stack)
        own = _widths(layer, dims[-1])[-1] if nested else 2 * layer.out_dim
        shapes = (1, 1, dims[-1]), (1, 1, own)
        xs, ys = (jax.ShapeDtypeStruct(shape, jnp.float32) for shape in shapes)
        dims.append(jax.eval_shape(cell.join, xs, ys).shape[-1])
    return dims


def _unroll(cell, params, xs, noise, state, steps, reverse, plan):
    """As `unroll`, with noise already drawn, and marks that lie as [T, B]."""
    if isinstance(cell, Stack):
        if cell.passes_inputs and steps.mask is not None:
            xs = chunks.zero_masked(steps.mask.T, xs)  # It is part of outputs.
        drawn = (None,) * len(cell.cells) if noise is None else noise
        states = []
        for layer, *own in zip(cell.cells, params, drawn, state, strict=True):
            p, n, s = own
            s, ys = _unroll(layer, p, xs, n, s, steps, reverse, plan)
            states.append(s)
            xs = cell.join(xs, ys)
        return tuple(states), xs

    start = None
    if steps.reset is not None:
        start = cell.initial_state(params, xs.shape[0], xs.dtype)
        start = jax.tree.map(lambda a, held: a.astype(held.dtype), start, state)
        start = vary(start, xs)
    inputs = chunks.Inputs(xs, noise, steps)
    return dispatch.run(cell, params, inputs, state, start, reverse, plan)
