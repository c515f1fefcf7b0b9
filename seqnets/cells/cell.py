"""The cell contract."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

Params = Any
State = Any
Noise = Any
Projected = Any


class Memory(NamedTuple):
    """What a cell reads beside its inputs, bound by `Cell.bind`; B leads everywhere.

    The outputs of an encoder, the regions of a picture, the window of a text.
    """

    values: Array | None  # [B, S, M]
    mask: Array | None = None  # [B, S] bool, True at real values.
    start: Any = None  # An array [B, M] or a tree of them, read by `initial_state`.


class Cell:
    """A recurrent cell: one step of recurrence, and what is parallel over time.

    A cell is a frozen dataclass of Python scalars that inherits from this class. It
    is hashable, so it can be static under `jax.jit`, and free of arrays, so every
    method is pure. Parameters and states are pytrees of arrays; a state leads with
    [B]. A cell of one's own needs `out_dim` (a field or a property), `init`,
    `initial_state`, `project` and `step`; the other methods have defaults.
    """

    out_dim: int  # Width of the output y.

    def init(self, key: Array, in_dim: int) -> Params:
        """Draws float32 parameters for inputs of width `in_dim`.

        `unroll` and `step` refuse parameters of other names or shapes than these,
        those bound in a field `memory` aside.
        """
        raise NotImplementedError

    def initial_state(self, params: Params, batch_size: int, dtype: Any) -> State:
        """Returns the state before the first step.

        Args:
          params: the cell's parameters (a trainable or a bound start is there).
          batch_size: B.
          dtype: compute dtype; memories are float32 at the least.
        """
        raise NotImplementedError

    def project(self, params: Params, xs: Array, noise: Noise = None) -> Projected:
        """Computes all that does not depend on the state, for all steps at once.

        Args:
          params: the cell's parameters.
          xs: inputs [T, B, D].
          noise: what `noise` drew, or None for evaluation.

        Returns:
          The inputs u of `step`, a pytree with leading [T, B].
        """
        raise NotImplementedError

    def step(self, params: Params, state: State, u: Projected) -> tuple[State, Array]:
        """Computes all that does depend on the state: a `lax.scan` body.

        A cell that has a keyword argument `keep`, [B, out_dim] or None, multiplies
        the recurrent h by it where matrices read it; `VariationalDropout` passes it.
        One that hands it on to cells inside has a `keep_shape` of its own.

        Returns:
          The next state, in the dtypes of `state`, and y [B, out_dim].
        """
        raise NotImplementedError

    def noise(self, key: Array, length: int, batch_size: int, in_dim: int) -> Noise:
        """Draws all that is random in a run over [T, B, D] inputs.

        Returns:
          A pytree of arrays with leading [T, B], which `project` gets; None, the
          default, where a cell draws nothing.
        """
        return None

    def bind(self, params: Params, memory: Memory) -> Params:
        """Returns params that hold a memory; params as they are by default.

        A cell that reads a memory keeps it in a field `memory` of its params, None
        before, and reads it through `checks.require_bound`. What is bound leads with
        [B], takes part in gradients, and is bound once, before time begins.
        """
        return params

    def core(self, params: Params) -> tuple["Cell", Params]:
        """Returns the cell, and its parameters, whose `step` is this cell's `step`.

        A wrapper that changes only what goes into `step` returns the cell inside, so
        that `unroll` finds the fast form of it.
        """
        return self, params

    def output_of(self, state: State, y: Array) -> Array:
        """Returns y for a state that a wrapper changed after `step` gave (state, y).

        By default it is the state's field `h`, where there is one in the shape of
        y, and otherwise y as it was. A cell whose h is not its output, or whose
        output is another part of its state, overrides this. It may take `keep`, as
        `step` does, and then shows h as matrices read it.
        """
        h = getattr(state, "h", None)
        return y if h is None or h.shape != y.shape else h.astype(y.dtype)

    def affine(self, params: Params, u: Projected) -> tuple[State, State] | None:
        """Returns the recurrence, where it is linear in the state given the input.

        state_t = a_t ⊙ state_{t-1} + b_t, as `step` computes it. Such a cell can be run
        in parallel over time; it has `read`, too.

        Args:
          params: the cell's parameters.
          u: of one step, as in `step`, or of all, leading [T, B].

        Returns:
          a and b, trees like the state, of which a may broadcast. Where they are
          complex, the state holds real parts and, behind them on the last axis,
          imaginary ones. None, the default, for a recurrence that is not linear.
        """
        return None

    def read(self, params: Params, state: State, u: Projected) -> Array:
        """Returns the output y of the state after a step, for a cell with `affine`.

        Args:
          params: the cell's parameters.
          state: after the step of u, or after all steps, leading [T, B].
          u: as in `affine`.
        """
        raise NotImplementedError

    def alignment_of(self, params: Params, state: State, u: Projected) -> Array | None:
        """Returns the weights by which `step`, of the same arguments, reads a memory.

        Returns:
          [B, S], float32 or wider; None, the default, for a cell that weighs nothing.
        """
        return None

    def state_shape(self, batch_size: int, in_dim: int) -> State:
        """Returns the shapes of the state, before parameters or a memory exist.

        A cell whose `initial_state` reads a bound memory overrides this.

        Returns:
          A tree of `jax.ShapeDtypeStruct`, as in a run in float32.
        """

        def start(key):
            params = self.init(key, in_dim)
            return self.initial_state(params, batch_size, jnp.float32)

        return jax.eval_shape(start, jax.random.key(0))

    def keep_shape(self, batch_size: int, in_dim: int) -> Any:
        """Returns the shape of the `keep` that `step` takes: [B, out_dim] by default.

        A cell that hands `keep` on to cells inside gives theirs; see
        `seqnets.cells.kept.kept_shapes`.

        Returns:
          A tree of `jax.ShapeDtypeStruct`.
        """
        return jax.ShapeDtypeStruct((batch_size, self.out_dim), jnp.float32)
