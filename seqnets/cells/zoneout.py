"""Zoneout: units that keep their state at random."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.cells.cell import Noise, Projected, State
from seqnets.cells.kept import field_name, step_kept
from seqnets.cells.stack import shows_sum
from seqnets.cells.wrappers import Wrapper
from seqnets.checks import require_rate
from seqnets.linear import floating


@dataclasses.dataclass(frozen=True)
class Zoneout(Wrapper):
    """Keeps random units of the state as they were (Krueger et al., 2017).

    h_t = m_t ⊙ h_{t-1} + (1 - m_t) ⊙ h̃_t,  m_t ~ Bernoulli(rate);
    in evaluation m_t is its mean. This holds for every floating array of the state;
    those named `c`, such as the LSTM's, have a rate of their own, which is that of h
    where `memory_rate` is None. The output is that of the new state; see
    `Cell.output_of`. A residual stack, whose output no state shows, is refused.
    """

    rate: float = 0.1
    memory_rate: float | None = None

    def __post_init__(self):
        require_rate(self, rate=self.rate, memory_rate=self.memory_rate or 0.0)
        if shows_sum(self.cell):
            raise ValueError(
                "Zoneout: wrap the layers of a residual stack, not the stack"
            )

    def rates(self, state: State) -> State:
        """Returns the rate of every array of a state; None where it has none."""
        memory_rate = self.rate if self.memory_rate is None else self.memory_rate

        def rate(path, leaf):
            if not floating(leaf):
                return None
            return memory_rate if field_name(path) == "c" else self.rate

        return jax.tree_util.tree_map_with_path(rate, state)

    def noise(self, key, length, batch_size, in_dim) -> Noise:
        key, inner = jax.random.split(key)
        state = self.cell.state_shape(batch_size, in_dim)
        leaves, treedef = jax.tree.flatten(state)
        keys = treedef.unflatten(list(jax.random.split(key, len(leaves))))

        def draw(leaf, key, rate):
            if rate is None:
                return None
            return jax.random.bernoulli(key, rate, (length, *leaf.shape))

        m = jax.tree.map(draw, state, keys, self.rates(state))
        return m, self.cell.noise(inner, length, batch_size, in_dim)

    def project(self, params, xs: Array, noise: Noise = None) -> Projected:
        m, inner = (None, None) if noise is None else noise
        return self.cell.project(params, xs, inner), m

    def step(
        self, params, state: State, u: Projected, *, keep: Any = None
    ) -> tuple[State, Array]:
        u, m = u
        m = self.rates(state) if m is None else m
        proposed, y = step_kept(self.cell, params, state, u, keep)
        state = jax.tree.map(blend, state, proposed, m)
        return state, self.cell.output_of(state, y)

    def affine(self, params, u: Projected) -> tuple[State, State] | None:
        """As the cell inside, with a' = m + (1 - m) ⊙ a and b' = (1 - m) ⊙ b.

        None where the output is not the state's `h`: it would be that of h̃_t.
        """
        cell, own = self.cell.core(params)
        u, m = u
        found = cell.affine(own, u)
        if found is None or getattr(found[0], "h", None) is None:
            return None
        a, b = found
        m = self.rates(b) if m is None else m
        ones, zeros = jnp.ones(()), jnp.zeros(())
        a = jax.tree.map(lambda a, m: blend(ones, a, m), a, m)
        return a, jax.tree.map(lambda b, m: blend(zeros, b, m), b, m)

    def read(self, params, state: State, u: Projected) -> Array:
        cell, own = self.cell.core(params)
        return self.cell.output_of(state, cell.read(own, state, u[0]))

    def alignment_of(self, params, state: State, u: Projected) -> Array | None:
        return self.cell.alignment_of(params, state, u[0])


def blend(old: Array, new: Array, m: Array | float | None) -> Array:
    """Returns m ⊙ old + (1 - m) ⊙ new for a mask m or its mean; new for None."""
    if m is None:
        return new
    if jnp.ndim(m) == 0:
        return (m * old + (1.0 - m) * new).astype(new.dtype)
    return jnp.where(m, old, new)
