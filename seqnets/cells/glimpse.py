"""A cell that looks at a picture through glimpses (Mnih et al., 2014)."""

import dataclasses
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets import initializers
from seqnets.cells.cell import Memory, Noise, Params, Projected, State
from seqnets.cells.kept import kept_shapes, step_kept
from seqnets.cells.wrappers import Wrapper
from seqnets.checks import require_bound, require_positive
from seqnets.linear import affine, matmul, supported


def sense(pictures: Array, places: Array, *, size: int, scales: int) -> Array:
    """Cuts patches of several scales out of pictures, all brought to one size.

    Patch k is size · 2ᵏ pixels wide and high; each of its values is the mean of the
    picture, zero beyond its border, over a square of 2ᵏ x 2ᵏ pixels, which may begin
    between two pixels: each pixel weighs by what it shares with the square.

    Args:
      pictures: [B, H, W].
      places: y and x of the middle, [B, 2]; -1 and 1 are the borders of the picture.
      size: of a patch.
      scales: K.

    Returns:
      [B, K, size, size].
    """
    found = []
    for k in range(scales):
        down, across = (
            _overlaps(places[:, axis], pictures.shape[1 + axis], size, 2**k)
            for axis in range(2)
        )
        found.append(jnp.einsum("bih,bhw,bjw->bij", down, pictures, across))
    return jnp.stack(found, 1)


def _overlaps(places: Array, length: int, size: int, step: int) -> Array:
    """Returns the share of each square that is in each pixel, [B, size, length]."""
    middle = (places.astype(jnp.float32) + 1) / 2 * length
    begin = middle[:, None] + (jnp.arange(size) - size / 2) * step
    begin, pixel = begin[..., None], jnp.arange(length, dtype=begin.dtype)
    shared = jnp.minimum(begin + step, pixel + 1) - jnp.maximum(begin, pixel)
    return (jnp.maximum(shared, 0) / step).astype(places.dtype)


class GlimpseParams(NamedTuple):
    cell: Params
    what: tuple[Array, Array]  # [K size², P] and [P]
    where: tuple[Array, Array]  # [2, L] and [L]
    join: tuple[Array, Array, Array]  # [P, G], [L, G] and [G]
    place: tuple[Array, Array]  # [H, 2] and [2]
    memory: Array | None = None  # The pictures, [B, height, width].


class GlimpseState(NamedTuple):
    cell: State
    y: Array  # [B, H], what the cell put out before.


@dataclasses.dataclass(frozen=True)
class Glimpse(Wrapper):
    """Looks where it chooses to, and steps on what it sees there.

    μ_t = tanh(W_l s_{t-1} + b_l),   l_t = μ_t + σ ε_t
    g_t = relu(W_1 relu(W_a sense(l_t)) + W_2 relu(W_b l_t) + b),   biases left out
    s_t = cell(s_{t-1}, g_t),   y_t = [s_t; μ_t; l_t]             (Mnih et al., 2014)

    The inputs are ε [T, B, 2], standard normal, or zero to look where it is likeliest.
    What is seen is at l_t clipped to [-1, 1]. The places have no gradient from what is
    seen, nor s from μ: they are learnt by `seqnets.reinforce`. A memory's values are
    the pictures, [B, height, width]. The first place is learnt, too: s_0 is zero.
    Variational dropout masks the s that the cell reads, not the one that W_l reads.

    Attributes:
      cell: any cell or stack.
      size: of a glimpse, in pixels.
      scales: K, patches of it, each twice as wide as the one before.
      deviation: σ.
      what_dim, where_dim, dim: P, L and G.
    """

    size: int
    scales: int = 1
    deviation: float = 0.15
    what_dim: int = 128
    where_dim: int = 128
    dim: int = 256

    def __post_init__(self):
        widths = {n: getattr(self, n) for n in ("what_dim", "where_dim", "dim")}
        require_positive(self, size=self.size, scales=self.scales, **widths)
        if not self.deviation > 0:
            raise ValueError(
                f"Glimpse: deviation must be above 0, not {self.deviation}"
            )

    @property
    def out_dim(self) -> int:
        return self.cell.out_dim + 4

    def inner(self, params: GlimpseParams) -> Params:
        return params.cell

    def init(self, key: Array, in_dim: int) -> GlimpseParams:
        if in_dim != 2:
            raise ValueError(f"Glimpse reads y and x, not inputs of width {in_dim}")
        keys = iter(jax.random.split(key, 6))
        seen = self.scales * self.size**2

        def layer(rows: int, columns: int) -> tuple[Array, Array]:
            shape = rows, columns
            return initializers.glorot(next(keys), shape), jnp.zeros(columns)

        return GlimpseParams(
            self.cell.init(next(keys), self.dim),
            what=layer(seen, self.what_dim),
            where=layer(2, self.where_dim),
            join=(layer(self.what_dim, self.dim)[0], *layer(self.where_dim, self.dim)),
            place=layer(self.cell.out_dim, 2),
        )

    def bind(self, params: GlimpseParams, memory: Memory) -> GlimpseParams:
        shape = getattr(memory.values, "shape", ())
        if len(shape) != 3 or min(shape[1:]) < self.size:
            raise ValueError(
                f"a glimpse of {self.size} x {self.size} pixels needs pictures"
                f" [B, H, W] at least as large, not {shape}"
            )
        return params._replace(memory=memory.values)

    def initial_state(self, params, batch_size: int, dtype: Any) -> GlimpseState:
        state = self.cell.initial_state(params.cell, batch_size, dtype)
        y = jnp.zeros((batch_size, self.cell.out_dim), supported(dtype))
        return GlimpseState(state, y)

    def state_shape(self, batch_size: int, in_dim: int) -> GlimpseState:
        y = jax.ShapeDtypeStruct((batch_size, self.cell.out_dim), jnp.float32)
        return GlimpseState(self.cell.state_shape(batch_size, self.dim), y)

    def keep_shape(self, batch_size: int, in_dim: int) -> Any:
        return kept_shapes(self.cell, batch_size, self.dim)

    def noise(self, key, length, batch_size, in_dim) -> Noise:
        return self.cell.noise(key, length, batch_size, self.dim)

    def project(self, params, xs: Array, noise: Noise = None) -> Projected:
        require_bound(self, params.memory)
        if xs.shape[-1] != 2:
            raise ValueError(
                f"Glimpse reads y and x, not inputs of width {xs.shape[-1]}"
            )
        return xs, noise

    def step(
        self, params, state: GlimpseState, u: Projected, *, keep: Any = None
    ) -> tuple[GlimpseState, Array]:
        u, noise = u
        before = jax.lax.stop_gradient(state.y).astype(u.dtype)
        mean = jnp.tanh(affine(before, *params.place))
        chosen = jax.lax.stop_gradient(mean + self.deviation * u)
        at = jnp.clip(chosen, -1.0, 1.0).astype(u.dtype)
        options = {"size": self.size, "scales": self.scales}
        seen = sense(params.memory, at, **options).reshape(len(u), -1)
        what = jax.nn.relu(affine(seen, *params.what))
        where = jax.nn.relu(affine(at, *params.where))
        w_what, w_where, b = params.join
        g = jax.nn.relu(matmul(what, w_what) + affine(where, w_where, b))
        drawn = jax.tree.map(lambda n: n[None], noise)
        us = self.cell.project(params.cell, g.astype(u.dtype)[None], drawn)
        inner = jax.tree.map(lambda u: u[0], us)
        after, s = step_kept(self.cell, params.cell, state.cell, inner, keep)
        shown = jnp.concatenate([s, mean.astype(s.dtype), chosen.astype(s.dtype)], -1)
        return GlimpseState(after, s.astype(state.y.dtype)), shown

    def alignment_of(self, params, state, u) -> None:
        return None

    def output_of(self, state: GlimpseState, y: Array) -> Array:
        s, places = jnp.split(y, [self.cell.out_dim], -1)
        return jnp.concatenate([self.cell.output_of(state.cell, s), places], -1)
