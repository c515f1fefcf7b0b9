"""Runs a Grid LSTM by fronts: cells whose neighbours are done, at once.

T + L - 1 steps for T times L layers, not T L; see `seqnets.structures.grid`.
"""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from seqnets.kernels import forward_mode
from seqnets.linear import affine, cast, memory_dtype
from seqnets.structures import grid_gradient
from seqnets.structures.grid import GridLSTM, GridParams, GridState
from seqnets.varying import vary


def unroll(
    grid: GridLSTM,
    params: GridParams,
    xs: Array,
    *,
    mask: Array | None = None,
    plain: bool = False,
) -> tuple[GridState, Array]:
    """Runs a grid over inputs that stand along its dimensions but depth.

    A masked cell hands on what it is handed, and its output is zero.

    Args:
      grid: of N dimensions.
      params: its parameters, cast to the dtype of `xs`, the compute dtype.
      xs: [B, S_1, ..., S_{N-1}, D]: [B, T, D] of a sequence, where time and depth are
        the dimensions; [B, rows, columns, D] of a picture; [B, D] where there is only
        depth.
      mask: [B, S_1, ..., S_{N-1}] bool, True at real cells.
      plain: whether the gradient is JAX's, which has forward derivatives (`jax.jvp`)
        too; the other is faster, see `seqnets.structures.grid_gradient`.

    Returns:
      What the last cells along the first dimension hand on along every dimension,
      leaves [B, S_2, ..., S_{N-1}, L, H], [B, H] where there is only depth; and the
      outputs [B, S_1, ..., S_{N-1}, H].

    Raises:
      ValueError: for inputs of another number of dimensions, or that are not floating;
        or a forward derivative without `plain`.
    """
    N = len(grid.along)
    if xs.ndim != N + 1 or (mask is not None and mask.shape != xs.shape[:-1]):
        shapes = f"{xs.shape}" + ("" if mask is None else f" and a mask {mask.shape}")
        raise ValueError(
            f"a grid of {N} dimensions, depth among them, reads [B, S_1 ..."
            f" S_{N - 1}, D] with a mask [B, S_1 ... S_{N - 1}], not {shapes}"
        )
    mask = jnp.ones(xs.shape[:-1], bool) if mask is None else mask
    (params, xs), mask = vary(((params, xs), mask), xs)
    params, xs = cast(params, xs)
    xs = affine(jnp.where(mask[..., None], xs, 0.0), params.w_x, params.b_x)
    xs = jnp.where(mask[..., None], xs, 0.0).astype(params.w_x.dtype)
    if N == 1:
        return _through_layers(grid, params, xs, mask)
    return _by_fronts(grid, params, xs, mask, plain)


def _through_layers(
    grid: GridLSTM, params: GridParams, xs: Array, mask: Array
) -> tuple[GridState, Array]:
    """Runs a grid with no dimension but depth, layer by layer."""
    start = GridState((xs,), (jnp.zeros(xs.shape, memory_dtype(xs.dtype)),))

    def layer(state: GridState, own: GridParams | None) -> tuple[GridState, None]:
        own = jax.tree.map(lambda p: p[0], weights) if own is None else own
        new = grid.block(params._replace(w=own[0], b=own[1]), state)
        return jax.tree.map(
            lambda n, s: jnp.where(mask[:, None], n, s), new, state
        ), None

    weights = params.w, params.b
    options = {"length": grid.depth} if grid.tied else {}
    state, _ = jax.lax.scan(layer, start, None if grid.tied else weights, **options)
    return state, jnp.where(mask[:, None], state.h[0], 0.0)


def _by_fronts(
    grid: GridLSTM, params: GridParams, xs: Array, mask: Array, plain: bool
) -> tuple[GridState, Array]:
    """Runs a grid along its first dimension, all its cells of one front at a time.

    At step s the cell (t, i_2, ..., i_N) is computed for which t + i_2 + ... + i_N = s:
    what its neighbours hand on was computed at step s - 1.
    """
    xs, mask = jnp.moveaxis(xs, 0, -2), jnp.moveaxis(mask, 0, -1)
    length, *sides, batch_size, dim = xs.shape
    shape = (*sides, grid.depth)  # Of the cells of a step.
    offset = sum(np.indices(shape))  # [S_2, ..., S_{N-1}, L], i_2 + ... + i_N.
    steps = length + int(offset.max())
    time = np.arange(steps).reshape(-1, *(1,) * len(shape)) - offset  # t of each cell.
    inside = (time >= 0) & (time < length)
    place = np.clip(time, 0, length - 1)
    cell = tuple(np.indices(tuple(sides)))
    real = mask[(place, *(i[..., None] for i in cell))]  # [steps, ..., L, B]
    real &= inside[..., None]
    entering = xs[(place[..., 0], *cell)]  # [steps, ..., B, H]
    w, b = (
        tuple(p[0] if grid.tied else p for p in own) for own in (params.w, params.b)
    )
    own, wide = params._replace(w=w, b=b), memory_dtype(xs.dtype)
    zeros = jnp.zeros((*shape, batch_size, dim), xs.dtype)
    start = (zeros,) * len(grid.along), (zeros.astype(wide),) * len(grid.along)
    fronts = grid_gradient.Front(entering, real, jnp.asarray(inside))
    args = grid, grid.join(own), vary(GridState(*start), xs), vary(fronts, xs)
    with forward_mode.advice("plain=True"):
        state, ys = (grid_gradient.forward if plain else grid_gradient.run)(*args)
    # The step at which the last layer has the output of each cell.
    done = np.arange(length).reshape(-1, *(1,) * len(sides)) + offset[..., -1]
    ys = ys[(done, *cell)]
    ys = jnp.moveaxis(jnp.where(mask[..., None], ys, 0.0), -2, 0)
    return jax.tree.map(lambda s: jnp.moveaxis(s, -2, 0), state), ys


def scan_all_ways(
    grid: GridLSTM, params: list[GridParams], xs: Array, *, mask: Array | None = None
) -> Array:
    """Runs a grid over inputs from every corner, each with parameters of its own.

    Args:
      grid: of N dimensions.
      params: 2^(N-1) of them; that of number Σ_d 2^d runs dimensions d backwards.
      xs, mask: as in `unroll`.

    Returns:
      The outputs of all, side by side, [B, S_1, ..., S_{N-1}, 2^(N-1) H].

    Raises:
      ValueError: for another number of parameters.
    """
    axes = range(1, len(grid.along))
    ways = [c for n in range(len(axes) + 1) for c in itertools.combinations(axes, n)]
    ways.sort(key=lambda way: sum(2 ** (d - 1) for d in way))
    if len(params) != len(ways):
        raise ValueError(f"there are {len(ways)} corners, and {len(params)} parameters")
    turned = [a if a is None else [jnp.flip(a, w) for w in ways] for a in (xs, mask)]
    # All corners at once: one loop to compile, and fewer and larger products.
    xs, mask, params = (
        jax.tree.map(lambda *a: jnp.stack(a), *each) if each else None
        for each in (*turned, params)
    )
    run = jax.vmap(lambda p, x, m: unroll(grid, p, x, mask=m)[1])
    ys = run(params, xs, mask)  # [2^(N-1), B, S_1, ..., S_{N-1}, H]
    return jnp.concatenate([jnp.flip(y, w) for y, w in zip(ys, ways, strict=True)], -1)
