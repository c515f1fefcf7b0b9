"""Which kernel runs a cell: what its type has, what is asked for, and what pays."""

import jax
from jax import Array

from seqnets import device_memory
from seqnets import plan as plans
from seqnets.cells import GRU, LSTM, SRN
from seqnets.cells.cell import Cell, Params, Projected, State
from seqnets.kernels import (
    affine,
    attention,
    bptt,
    cudnn,
    forward_mode,
    gru,
    lstm,
    newton,
    parts,
    persistent,
    plain,
    srn,
)
from seqnets.kernels.chunks import Inputs
from seqnets.kernels.kernel import Kernel
from seqnets.linear import floating
from seqnets.plan import Plan

KERNELS = {SRN: srn.KERNEL, LSTM: lstm.KERNEL, GRU: gru.KERNEL}


def run(
    cell: Cell,
    params: Params,
    inputs: Inputs,
    state: State,
    start: State | None,
    reverse: bool,
    plan: Plan,
) -> tuple[State, Array]:
    """Runs a cell over a sequence by the kernel that `plan` and the table choose.

    A cell that has no kernel is run all the same where "custom_vjp" is asked for.

    Args:
      cell: any cell but a `Stack`, which `unroll` runs layer by layer.
      params: its parameters.
      inputs: their values, noise and marks.
      state: the state to begin with.
      start: the state that a reset puts in place; None without resets.
      reverse: whether time runs from the last step to the first.
      plan: as the caller of `unroll` gave it.

    Returns:
      The last state, and the outputs [B, T, H].

    Raises:
      ValueError: for a plan that is not for this cell, or not on this machine;
        parameters of another width; or a forward derivative of a custom gradient.
    """
    us = _project_one(cell, params, inputs)
    kernel, attending = _kernels_of(cell, params, us)
    plan = _choose(cell, params, inputs, plan, us, state, bool(kernel or attending))
    given = params, inputs, state, start
    if plan.gradient == "cudnn":
        cudnn.check(cell, inputs.xs, inputs.steps)
        return cudnn.run(cell, params, inputs.xs, state, reverse)
    if plan.gradient == "persistent":
        persistent.check(cell, params, inputs.xs, us, state)
        with forward_mode.advice('plan=Plan(gradient="automatic")'):
            return persistent.run(cell, *given, reverse)
    if affine.is_linear(*cell.core(params), us):
        return affine.run(cell, *given, reverse, plan)
    if plan.time == "parallel":
        return newton.run(cell, *given, reverse)
    if plan.gradient == "custom_vjp" and attending and not plan.recompute:
        with forward_mode.advice('plan=Plan(gradient="automatic")'):
            return attention.unroll(attending, cell, *given, reverse)
    if plan.gradient == "custom_vjp" and kernel is not None:
        if plan.parts > 1:
            parts.check(cell, params, inputs)
        _check_axes(inputs.xs)
        how = bptt.Run(kernel, cell, reverse, plan)
        with forward_mode.advice('plan=Plan(gradient="automatic")'):
            return bptt.run(how, *given)
    return plain.run(cell, *given, reverse, plan)


def _check_axes(xs: Array) -> None:
    """Raises ValueError for inputs over explicit axes, which kernels do not follow."""
    if any(axis is not None for axis in jax.typeof(xs).sharding.spec):
        raise ValueError(
            f"xs are sharded over explicit axes, {jax.typeof(xs).sharding.spec}: run"
            " this inside jax.sharding.auto_axes or jax.shard_map, or make the mesh"
            " with axis_types=AxisType.Auto"
        )


def _project_one(cell: Cell, params: Params, inputs: Inputs) -> Projected:
    """Returns the shapes of what a cell projects of one step."""
    first = inputs.chunk(0, min(1, inputs.xs.shape[1]))
    return jax.eval_shape(cell.project, params, first.xs, first.noise)


def _kernels_of(
    cell: Cell, params: Params, us: Projected
) -> tuple[Kernel | None, Kernel | None]:
    """Returns the kernel of a cell, and that of the cell inside of an attention."""
    core, _ = cell.core(params)
    kernel = KERNELS.get(type(core))
    if not all(floating(p) for p in jax.tree.leaves(params)):
        # JAX has no cotangents for a bound mask that a custom gradient could give.
        kernel = None
    return kernel, attention.kernel_of(core, us, KERNELS)


def _choose(
    cell: Cell,
    params: Params,
    inputs: Inputs,
    plan: Plan,
    us: Projected,
    state: State,
    fast: bool,
) -> Plan:
    """Returns the plan of the table, of what is known of the cell and the machine."""
    core, _ = cell.core(params)
    rows, length, _ = inputs.xs.shape
    backend = jax.default_backend()
    return plans.choose(
        plan,
        backend=backend,
        fast=fast,
        # Among several devices XLA could not divide it.
        persistent=backend == "gpu"
        and jax.device_count() == 1
        and not persistent.why_not(core, inputs.xs.dtype, us, state)
        and persistent.pays(core, rows),
        parts=parts.that_pay(cell, params, inputs),
        length=length,
        rows=rows,
        width=sum(u.shape[-1] for u in jax.tree.leaves(us)),
        memory=device_memory.total(backend),
    )
