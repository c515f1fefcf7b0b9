"""The linear recurrent unit (Orvieto et al., 2023)."""

import dataclasses
import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax

from seqnets import initializers
from seqnets.cells.affine import AffineCell, as_factor
from seqnets.cells.simple import ACTIVATIONS
from seqnets.checks import require_choice, require_positive
from seqnets.linear import affine, matmul, memory_dtype, supported


class LRUParams(NamedTuple):
    """N complex numbers; a real matrix has their real parts, then the imaginary ones.

    Columns of `w_x` are [Re B; Im B], rows of `w_y` are [Re C; -Im C], so that
    Re(C s) is one real product.
    """

    w_x: Array  # [D, 2N]
    w_y: Array  # [2N, H]
    w_d: Array  # [D, H]
    nu: Array  # [N], of |λ| = exp(-exp(ν))
    theta: Array  # [N], of arg λ = exp(θ)
    gamma: Array  # [N], ln γ


class LRUState(NamedTuple):
    s: Array  # [B, 2N], float32 or wider: real parts, then imaginary ones.


@dataclasses.dataclass(frozen=True)
class LRU(AffineCell):
    """Linear recurrent unit (Orvieto et al., 2023, section 3).

    λ = exp(-exp(ν) + i exp(θ)),  so that |λ| < 1
    s_t = λ ⊙ s_{t-1} + exp(γ) ⊙ (B x_t),  N complex numbers
    y_t = f(Re(C s_t) + D x_t)

    It begins with λ drawn evenly from the ring r_min ≤ |λ| ≤ r_max, with angles of at
    most max_phase, and γ = ln √(1 - |λ|²), with which s has the size of B x. N is
    `state_dim`, or `dim` where that is None. The paper has f(x) = x, and nonlinear
    layers between several of these. The state is pairs of real numbers, which casts,
    checkpoints and wrappers treat as any other; between steps they are complex64, or
    complex128 for float64.
    """

    dim: int
    state_dim: int | None = None
    activation: str = "identity"
    r_min: float = 0.0
    r_max: float = 1.0
    max_phase: float = 2.0 * math.pi

    def __post_init__(self):
        require_positive(self, dim=self.dim, state_dim=self.state_dim)
        require_choice(self, "activation", self.activation, ACTIVATIONS)
        if not 0.0 <= self.r_min < self.r_max <= 1.0:
            raise ValueError(
                f"LRU: 0 <= r_min < r_max <= 1 must hold, not r_min={self.r_min!r},"
                f" r_max={self.r_max!r}"
            )
        if not 0.0 < self.max_phase <= 2.0 * math.pi:
            raise ValueError(
                f"LRU: max_phase must be in (0, 2π], not {self.max_phase!r}"
            )

    @property
    def out_dim(self) -> int:
        return self.dim

    @property
    def numbers(self) -> int:
        """N, how many complex numbers the state holds."""
        return self.state_dim or self.dim

    def init(self, key: Array, in_dim: int) -> LRUParams:
        H, N = self.dim, self.numbers
        keys = jax.random.split(key, 5)
        # Never at the ends, where the logarithms are infinite.
        u, v = jax.random.uniform(keys[0], (2, N), minval=1e-6, maxval=1.0 - 1e-6)
        squared = self.r_min**2 + u * (self.r_max**2 - self.r_min**2)  # |λ|²
        nu = jnp.log(-0.5 * jnp.log(squared))
        return LRUParams(
            w_x=jax.random.normal(keys[1], (in_dim, 2 * N)) / math.sqrt(2 * in_dim),
            w_y=jax.random.normal(keys[2], (2 * N, H)) / math.sqrt(N),
            w_d=initializers.glorot(keys[3], (in_dim, H)),
            nu=nu,
            theta=jnp.log(self.max_phase * v),
            # 1 - |λ|², which 1 - exp would round for |λ| near 1.
            gamma=0.5 * jnp.log(-jnp.expm1(-2.0 * jnp.exp(nu))),
        )

    def initial_state(self, params, batch_size: int, dtype: Any) -> LRUState:
        memory = memory_dtype(supported(dtype))
        return LRUState(jnp.zeros((batch_size, 2 * self.numbers), memory))

    def project(
        self, params: LRUParams, xs: Array, noise: None = None
    ) -> tuple[Array, Array]:
        wide = memory_dtype(params.gamma.dtype)
        gain = jnp.tile(jnp.exp(params.gamma.astype(wide)), 2)
        # [T, B, 2N], [T, B, H]
        return gain * affine(xs, params.w_x, None), affine(xs, params.w_d, None)

    def affine(self, params: LRUParams, u: Any) -> tuple[LRUState, LRUState]:
        wide = memory_dtype(params.nu.dtype)
        radius = jnp.exp(-jnp.exp(params.nu.astype(wide)))
        angle = jnp.exp(params.theta.astype(wide))
        a = lax.complex(radius * jnp.cos(angle), radius * jnp.sin(angle))
        b = as_factor(u[0], a)
        return LRUState(a.reshape(*(1,) * (b.ndim - 1), -1)), LRUState(b)

    def read(self, params: LRUParams, state: LRUState, u: Any) -> Array:
        y = ACTIVATIONS[self.activation](matmul(state.s, params.w_y) + u[1])
        return y.astype(params.w_y.dtype)
