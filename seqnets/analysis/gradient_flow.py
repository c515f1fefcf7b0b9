"""Gradient flow of a cell over time: what `jacobians` and `gates` measure (C6)."""

import functools
import operator
from collections.abc import Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.analysis import gates, jacobians, through_time
from seqnets.cells import NTM, SRN, Stack
from seqnets.cells.cell import Cell, Params, State
from seqnets.cells.wrappers import Wrapper
from seqnets.feedforward import INITIAL, Deep, Layer, LayerParams

DRAWS = 64  # Least number of deep nets whose chains are averaged.
NEURONS = 1024  # Least number of neurons in a layer of all nets together.
COLUMNS = ("weights", "of", "quantity", "part", "at", "value")  # Of `records`.


class Flow(NamedTuple):
    """Measurements of a cell over T steps; means are over the rows of a batch."""

    norms: dict[str, Array]  # log10 of the mean ‖∂s_T/∂s_{T-lag}‖, [T - 1].
    bound: Array | None  # log10 η, where 001's bound applies.
    split: Array  # log10 ‖∂L/∂W⁽ᵏ⁾‖, [T], L the loss of the whole batch.
    gates: dict[str, tuple[Array, Array]]  # Shares closed and open, [T] each.


Flows = dict[str, dict[str, Flow]]
Chains = dict[tuple[str, str], Array]  # By activation and initial weights.


def measure(
    cell: Cell,
    params: Params,
    xs: Array,
    d_y: Array,
    *,
    state: State | None = None,
    mask: Array | None = None,
    reset: Array | None = None,
) -> Flow:
    """Measures how gradients flow from the last step of a cell to the first.

    Args:
      cell: any cell, as it is in evaluation: without dropout.
      params: its parameters, fresh or trained.
      xs: inputs [B, T, D].
      d_y: ∂L/∂y [B, H], the error at each row's last real step.
      state, mask, reset: as in `unroll`.
    """
    marks = {"state": state, "mask": mask, "reset": reset}
    last = jnp.full(len(xs), xs.shape[1] - 1)
    if mask is not None:
        last -= jnp.argmax(mask[:, ::-1], 1)
    at_last = jnp.arange(xs.shape[1]) == last[:, None]  # [B, T]
    d_ys = jnp.where(at_last[..., None], d_y[:, None], 0.0)  # [B, T, H]
    norms = jacobians.jacobian_norms(cell, params, xs, **marks)
    values = gates.gate_values(cell, params, xs, **marks)
    inner, own = cell.core(params)
    bound = jacobians.jacobian_bound(inner, own) if isinstance(inner, SRN) else None
    return Flow(
        norms={name: jacobians.log10_mean(rows) for name, rows in norms.items()},
        bound=None if bound is None else jnp.log10(bound),
        split=jacobians.step_norms(
            through_time.untied(cell, params, xs, d_ys, **marks)
        ),
        gates={name: gates.saturation(value, mask) for name, value in values.items()},
    )


def redraw(cell: Cell, params: Params, key: Array, draw: Any) -> Params:
    """Draws new recurrent matrices W_h of a cell; other parameters stay.

    Args:
      cell: any cell.
      params: its parameters.
      key: random key.
      draw: an initialiser, as those of `initializers`: (key, shape, blocks) -> W.

    Returns:
      Parameters like `params`.
    """
    if isinstance(cell, Stack):
        keys = jax.random.split(key, len(params))
        layers = zip(cell.cells, params, keys, strict=True)
        return tuple(redraw(layer, own, k, draw) for layer, own, k in layers)
    if isinstance(cell, Wrapper):
        inner = cell.inner(params)
        own = redraw(cell.cell, inner, key, draw)
        held = functools.partial(operator.is_, inner)
        return jax.tree.map(lambda p: own if held(p) else p, params, is_leaf=held)
    if isinstance(cell, NTM):
        own = redraw(cell.controller, params.controller, key, draw)
        return params._replace(controller=own)
    w_h = getattr(params, "w_h", None)
    # Of a diagonal recurrence, and of one that convolves, it is no matrix.
    if getattr(w_h, "ndim", None) != 2:
        return params
    rows, columns = w_h.shape
    # A cell of one's own need not say how wide the block of a gate is.
    width = getattr(cell, "dim", rows)
    width = columns if columns % width else width
    return params._replace(w_h=draw(key, (rows, width), columns // width))


def depth_chains(key: Array, width: int, depth: int) -> Chains:
    """Measures 001 eq 19 for three activations and three ways to draw the weights.

    Args:
      key: random key.
      width: H, neurons in a layer; one in 001.
      depth: L, layers.

    Returns:
      log10 of the mean ‖∂a⁽ᴸ⁾/∂b⁽ˡ⁾‖ over many nets, [L], by (activation, initial).
    """

    def nets(key: Array) -> LayerParams:
        layers = (Layer(width, initial=initial) for initial in INITIAL)
        drawn = [Deep(layer, depth).init(key, width) for layer in layers]
        return jax.tree.map(lambda *a: jnp.stack(a), *drawn)  # One of each kind.

    @functools.partial(jax.jit, static_argnums=0)
    def means(activation: str, params: LayerParams, xs: Array) -> Array:
        chain = functools.partial(jacobians.depth_chain, Layer(width, activation))
        of_kinds = jax.vmap(chain, in_axes=(0, None))
        return jacobians.log10_mean(jax.vmap(of_kinds)(params, xs))  # [kinds, L]

    key, key_x = jax.random.split(key)
    draws = max(DRAWS, NEURONS // width)
    params = jax.jit(jax.vmap(nets))(jax.random.split(key, draws))
    xs = jax.random.normal(key_x, (draws, width))
    chains = {}
    for activation in ("logistic", "tanh", "relu"):
        kinds = zip(INITIAL, means(activation, params, xs), strict=True)
        chains |= {(activation, initial): norms for initial, norms in kinds}
    return chains


def records(flows: Flows, chains: dict[int, Chains]) -> Iterator[tuple[Any, ...]]:
    """Yields rows of a table with `COLUMNS`, one for each number.

    Args:
      flows: measurements, by what the weights are and by the name of the cell.
      chains: those of depth, by width.
    """
    for weights, by_name in flows.items():
        for name, found in by_name.items():
            for part, norms in found.norms.items():
                word = jacobians.verdict(norms)
                yield weights, name, "verdict", part, len(norms), word
            if found.bound is not None:
                eta = 10.0 ** float(found.bound)
                yield weights, name, "bound_eta", "", "", f"{eta:.6g}"
            for (quantity, part), values in _series(found).items():
                for at, value in enumerate(values, 1):
                    yield weights, name, quantity, part, at, f"{value:.6g}"
    for width, by_kind in chains.items():
        for (activation, initial), norms in by_kind.items():
            name, part = f"{activation} net", f"width {width}"
            for at, value in enumerate(norms, 1):
                yield initial, name, "log10_bias_norm", part, at, f"{value:.6g}"


def _series(found: Flow) -> dict[tuple[str, str], Array]:
    """Returns the values at every step, or at every lag, by (quantity, part)."""
    series = {("log10_jacobian", part): norms for part, norms in found.norms.items()}
    series["log10_gradient_by_step", ""] = found.split
    for gate, (closed, opened) in found.gates.items():
        series["share_closed", gate], series["share_open", gate] = closed, opened
    return series
