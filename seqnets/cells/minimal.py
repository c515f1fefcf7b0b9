"""Gated cells whose gates do not read the state: minGRU and minLSTM.

Feng et al. (2024), "Were RNNs all we needed?". Given the inputs their recurrence is
linear, with factors between 0 and 1.

The paper's stable parallel form computes in logarithms, with A_t = Σ ln a:
h_t = exp(A_t + ln Σ_s exp(ln b_s - A_s)), since exp(-A_s) alone overflows. ln b needs
b > 0, and hence its candidate g. Here pairs (a, b) are put together instead (see
`seqnets.kernels.linear_scan`), which divides by nothing: what stands in between are
products of factors below 1, and weighted sums of candidates. Nothing overflows, b may
have any sign, and both candidates of the paper are there, "linear" and "positive".
"""

import dataclasses
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets import initializers
from seqnets.cells.affine import AffineCell
from seqnets.checks import require_choice, require_positive
from seqnets.linear import affine, memory_dtype, supported

CANDIDATES = {
    "linear": lambda x: x,
    "positive": lambda x: jnp.where(x >= 0.0, x + 0.5, jax.nn.sigmoid(x)),
}


class MinGRUParams(NamedTuple):
    w_x: Array  # [D, 2H], order z n.
    b: Array | None  # [2H]


class MinGRUState(NamedTuple):
    h: Array  # [B, H], float32 or wider: it is the memory.


class MinLSTMParams(NamedTuple):
    w_x: Array  # [D, 3H], order i f g.
    b: Array | None  # [3H]


class MinLSTMState(NamedTuple):
    h: Array  # [B, H], float32 or wider: it is the memory.


@dataclasses.dataclass(frozen=True)
class MinGRU(AffineCell):
    """Minimal gated recurrent unit (Feng et al., 2024, section 3.1).

    z, n = split(W_x x_t + b)
    h_t = (1 - σ(z)) ⊙ h_{t-1} + σ(z) ⊙ n

    candidate="positive"    n becomes g(n):  n + ½ where n ≥ 0, else σ(n)
    """

    dim: int
    candidate: str = "linear"
    bias: bool = True

    def __post_init__(self):
        require_positive(self, dim=self.dim)
        require_choice(self, "candidate", self.candidate, CANDIDATES)

    @property
    def out_dim(self) -> int:
        return self.dim

    @property
    def gates(self) -> str:
        """The blocks of the matrix, in the order in which it packs them."""
        return "zn"

    def init(self, key: Array, in_dim: int) -> MinGRUParams:
        return MinGRUParams(
            w_x=initializers.glorot(key, (in_dim, self.dim), blocks=2),
            b=jnp.zeros(2 * self.dim) if self.bias else None,
        )

    def initial_state(self, params, batch_size: int, dtype: Any) -> MinGRUState:
        memory = memory_dtype(supported(dtype))
        return MinGRUState(jnp.zeros((batch_size, self.dim), memory))

    def project(self, params: MinGRUParams, xs: Array, noise: None = None) -> Array:
        return affine(xs, params.w_x, params.b)  # [T, B, 2H]

    def affine(self, params, u: Array) -> tuple[MinGRUState, MinGRUState]:
        z, n = jnp.split(u, 2, -1)
        a, b = _keep_and_write(-z, CANDIDATES[self.candidate](n))
        return MinGRUState(a), MinGRUState(b)

    def read(self, params: MinGRUParams, state: MinGRUState, u: Array) -> Array:
        return state.h.astype(params.w_x.dtype)


@dataclasses.dataclass(frozen=True)
class MinLSTM(AffineCell):
    """Minimal long short-term memory (Feng et al., 2024, section 3.2).

    i, f, g = split(W_x x_t + b)
    f' = σ(f) / (σ(f) + σ(i)),  i' = σ(i) / (σ(f) + σ(i))
    h_t = f' ⊙ h_{t-1} + i' ⊙ g

    candidate="positive"    g becomes g + ½ where g ≥ 0, else σ(g)

    Without the division h would grow with the length. It is computed as
    f' = σ(ln σ(f) - ln σ(i)), which holds for gates that are both shut.
    """

    dim: int
    candidate: str = "linear"
    forget_bias: float = 1.0
    bias: bool = True

    def __post_init__(self):
        require_positive(self, dim=self.dim)
        require_choice(self, "candidate", self.candidate, CANDIDATES)

    @property
    def out_dim(self) -> int:
        return self.dim

    @property
    def gates(self) -> str:
        """The blocks of the matrix, in the order in which it packs them."""
        return "ifg"

    def init(self, key: Array, in_dim: int) -> MinLSTMParams:
        b = jnp.zeros((3, self.dim)).at[1].set(self.forget_bias).reshape(-1)
        return MinLSTMParams(
            w_x=initializers.glorot(key, (in_dim, self.dim), blocks=3),
            b=b if self.bias else None,
        )

    def initial_state(self, params, batch_size: int, dtype: Any) -> MinLSTMState:
        memory = memory_dtype(supported(dtype))
        return MinLSTMState(jnp.zeros((batch_size, self.dim), memory))

    def project(self, params: MinLSTMParams, xs: Array, noise: None = None) -> Array:
        return affine(xs, params.w_x, params.b)  # [T, B, 3H]

    def affine(self, params, u: Array) -> tuple[MinLSTMState, MinLSTMState]:
        i, f, g = jnp.split(u, 3, -1)
        odds = jax.nn.log_sigmoid(f) - jax.nn.log_sigmoid(i)
        a, b = _keep_and_write(odds, CANDIDATES[self.candidate](g))
        return MinLSTMState(a), MinLSTMState(b)

    def read(self, params: MinLSTMParams, state: MinLSTMState, u: Array) -> Array:
        return state.h.astype(params.w_x.dtype)


def _keep_and_write(odds: Array, candidate: Array) -> tuple[Array, Array]:
    """Returns σ(odds) and (1 - σ(odds)) ⊙ candidate; 1 - σ would round to 0."""
    return jax.nn.sigmoid(odds), jax.nn.sigmoid(-odds) * candidate
