"""The Grid LSTM: recurrences along any number of dimensions, run by fronts (A13).

Kalchbrenner et al. (2016). Along time and depth it is a deep net whose layers also have
memories; along the rows and columns of a picture it scans it. Cells whose neighbours
are done are computed at once: T + L - 1 steps for T times L layers, not T L.
"""

import dataclasses
import itertools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from seqnets import initializers
from seqnets.cells.simple import ACTIVATIONS
from seqnets.checks import require_choice, require_positive
from seqnets.linear import affine, memory_dtype
from seqnets.varying import vary

COPY = "copy"
ALONG = ("lstm", COPY, *ACTIVATIONS)


class GridParams(NamedTuple):
    """N dimensions; leaves of layers lead with L, or with 1 where they are tied."""

    w_x: Array  # [D, H], from an input to what enters along depth.
    b_x: Array  # [H]
    w: tuple[Array, ...]  # Of each dimension [L, N H, GH], gate order i f g o.
    b: tuple[Array, ...]  # [L, GH]


class GridState(NamedTuple):
    """What a cell hands on along each dimension; zeros where there is no memory."""

    h: tuple[Array, ...]  # N of [..., H]
    m: tuple[Array, ...]  # N of [..., H], float32 or wider.


@dataclasses.dataclass(frozen=True)
class GridLSTM:
    """N recurrences that read each other; the last dimension is depth.

    H = [h_1; ...; h_N];   along each dimension d with an LSTM, with weights of its own,

        i, f, g, o = split(W_d H + b_d)
        m'_d = σ(f) m_d + σ(i) tanh(g),   h'_d = σ(o) tanh(m'_d)

    and along one with an activation a, h'_d = a(W_d H + b_d)  (Kalchbrenner et al.,
    2016). A dimension with priority is computed after the others, and reads their new
    h'; "copy" hands on the h' of the first dimension. An input enters along depth, as
    h_N = W_x x + b_x of the first layer with m_N = 0, and the h'_N of the last layer is
    the output.

    Attributes:
      dim: H.
      along: of each dimension "lstm", "copy", or an activation.
      depth: L, the number of layers.
      tied: whether all layers have the same weights.
      priority: numbers of dimensions, from 0; those with "copy" need not be named.
      shared: whether the dimensions with an LSTM have one memory, the multidimensional
        LSTM of Graves et al. (2007): i, f_1 ... f_K, g, o = split(W H + b),
        m' = Σ_d σ(f_d) m_d + σ(i) tanh(g), h' = σ(o) tanh(m').
      output: "tanh_of_gated" is h'_d = tanh(σ(o) m'_d), as the paper has it.
      forget_bias: of every f at first.
    """

    dim: int
    along: tuple[str, ...] = ("lstm", "lstm")
    depth: int = 1
    tied: bool = False
    priority: tuple[int, ...] = ()
    shared: bool = False
    output: str = "gated_tanh"
    forget_bias: float = 1.0

    def __post_init__(self):
        require_positive(self, dim=self.dim, depth=self.depth)
        require_choice(self, "output", self.output, ("gated_tanh", "tanh_of_gated"))
        for kind in self.along:
            require_choice(self, "along", kind, ALONG)
        if not self.along or self.along[0] == COPY:
            raise ValueError(
                "GridLSTM: along needs one dimension or more, and the first hands on"
                f" an h of its own, unlike {self.along}"
            )
        wrong = [d for d in self.priority if not 0 <= d < len(self.along)]
        if wrong or set(self.priority) >= set(range(len(self.along))):
            raise ValueError(
                f"GridLSTM: of {len(self.along)} dimensions, priority is for some but"
                f" not all of 0 ... {len(self.along) - 1}, not for {self.priority}"
            )

    @property
    def out_dim(self) -> int:
        """H, the width of the output."""
        return self.dim

    @property
    def memories(self) -> tuple[int, ...]:
        """The dimensions with an LSTM."""
        return tuple(d for d, kind in enumerate(self.along) if kind == "lstm")

    def gates(self, d: int) -> int:
        """Returns how many blocks of H columns the weights of a dimension have."""
        if self.along[d] == "lstm" and self.shared:
            return 3 + len(self.memories) if d == self.memories[0] else 0
        return {"lstm": 4, COPY: 0}.get(self.along[d], 1)

    def init(self, key: Array, in_dim: int) -> GridParams:
        """Draws parameters for inputs of width D."""
        N, H, layers = len(self.along), self.dim, 1 if self.tied else self.depth
        keys, key_x = jax.random.split(key, (N, layers)), jax.random.fold_in(key, 1)
        w, b = [], []
        for d in range(N):
            blocks = self.gates(d)
            draw = jax.vmap(lambda k, n=blocks: initializers.glorot(k, (N * H, H), n))
            w.append(draw(keys[d]) if blocks else jnp.zeros((layers, N * H, 0)))
            offset = jnp.zeros((layers, blocks, H))
            if blocks > 1:
                offset = offset.at[:, 1 : blocks - 2].set(self.forget_bias)
            b.append(offset.reshape(layers, -1))
        w_x = initializers.glorot(key_x, (in_dim, H))
        return GridParams(w_x, jnp.zeros(H), tuple(w), tuple(b))

    def block(self, params: GridParams, state: GridState) -> GridState:
        """Computes what a cell hands on from what it is handed.

        Args:
          params: leaves of one layer, [N H, GH], or of all, [L, N H, GH].
          state: leaves [..., B, H]; with weights of all layers, [..., L, B, H].
        """
        late = {d for d, kind in enumerate(self.along) if kind == COPY}
        late |= set(self.priority)
        h, m = list(state.h), list(state.m)
        for turn in ([d for d in range(len(h)) if d not in late], sorted(late)):
            read, new = jnp.concatenate(h, -1), {}
            for d in turn:
                if self.along[d] == COPY:
                    new[d] = h[0], m[d]
                elif self.gates(d):
                    z = _affine(read, params.w[d], params.b[d])
                    new |= self._along(d, z, m)
            for d, (h_d, m_d) in new.items():
                h[d], m[d] = h_d.astype(state.h[d].dtype), m_d
        return GridState(tuple(h), tuple(m))

    def _along(self, d: int, z: Array, m: list[Array]) -> dict:
        """Returns (h', m') of a dimension, or of all that share its memory."""
        if self.along[d] != "lstm":
            return {d: (ACTIVATIONS[self.along[d]](z), m[d])}
        own = self.memories if self.shared else (d,)
        i, *f, g, o = jnp.split(z, 3 + len(own), -1)
        new = jax.nn.sigmoid(i) * jnp.tanh(g)
        for forget, k in zip(f, own, strict=True):
            new = new + jax.nn.sigmoid(forget) * m[k]
        if self.output == "gated_tanh":
            h = jax.nn.sigmoid(o) * jnp.tanh(new)
        else:
            h = jnp.tanh(jax.nn.sigmoid(o) * new)
        return {k: (h, new) for k in own}


def unroll(
    grid: GridLSTM, params: GridParams, xs: Array, *, mask: Array | None = None
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

    Returns:
      What the last cells along the first dimension hand on, leaves [B, S_2, ...,
      S_{N-1}, L, H], [B, H] where there is only depth; and the outputs [B, S_1, ...,
      S_{N-1}, H].

    Raises:
      ValueError: for inputs of another number of dimensions.
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
    params = jax.tree.map(lambda p: p.astype(xs.dtype), params)
    xs = affine(jnp.where(mask[..., None], xs, 0.0), params.w_x, params.b_x)
    xs = jnp.where(mask[..., None], xs, 0.0).astype(params.w_x.dtype)
    if N == 1:
        return _through_layers(grid, params, xs, mask)
    return _by_fronts(grid, params, xs, mask)


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
    grid: GridLSTM, params: GridParams, xs: Array, mask: Array
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

    def step(state: GridState, inputs: tuple[Array, Array]) -> tuple[GridState, Array]:
        x, real = inputs
        h = (state.h[0], *(_shift(h, d - 1) for d, h in enumerate(state.h) if d))
        m = (state.m[0], *(_shift(m, d - 1) for d, m in enumerate(state.m) if d))
        h = (*h[:-1], h[-1].at[..., 0, :, :].set(x))
        handed = GridState(h, m)
        new = grid.block(own, handed)
        real = real[..., None]
        state = jax.tree.map(lambda n, s: jnp.where(real, n, s), new, handed)
        return state, state.h[-1][..., -1, :, :]

    zeros = jnp.zeros((*shape, batch_size, dim), xs.dtype)
    start = (zeros,) * len(grid.along), (zeros.astype(wide),) * len(grid.along)
    state, ys = jax.lax.scan(step, vary(GridState(*start), xs), (entering, real))
    # The step at which the last layer has the output of each cell.
    done = np.arange(length).reshape(-1, *(1,) * len(sides)) + offset[..., -1]
    ys = ys[(done, *cell)]
    ys = jnp.moveaxis(jnp.where(mask[..., None], ys, 0.0), -2, 0)
    return jax.tree.map(lambda s: jnp.moveaxis(s, -2, 0), state), ys


def _shift(a: Array, axis: int) -> Array:
    """Hands each cell what the one before it along an axis had; zeros to the first."""
    zeros = jnp.zeros_like(jax.lax.slice_in_dim(a, 0, 1, axis=axis))
    return jnp.concatenate([zeros, jax.lax.slice_in_dim(a, 0, -1, axis=axis)], axis)


def _affine(x: Array, w: Array, b: Array) -> Array:
    """Computes x W + b; weights [L, D, H] multiply inputs [..., L, B, D]."""
    z = jnp.matmul(x, w, preferred_element_type=memory_dtype(w.dtype))
    return z + (b if w.ndim == 2 else b[:, None])


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
