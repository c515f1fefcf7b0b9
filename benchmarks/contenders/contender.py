"""What a contender is, and what those in JAX have in common."""

import abc
import importlib
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from benchmarks.cases import Case, Inputs, Weights


class Program(NamedTuple):
    """A case, ready to run. What is timed returns when its result is there."""

    forward: Callable[[], Any]  # Outputs, and the state after the last real step.
    training: Callable[[], Any]  # The same, and gradients to weights and inputs.
    read: Callable[[Any], Any]  # Either result as arrays: see `Results`.
    lower: Callable[[], jax.stages.Lowered] | None  # The training step, uncompiled.


class Results(NamedTuple):
    """What contenders must agree on, in float32 and in seqnets' layout."""

    ys: np.ndarray  # [B, T, directions H], zero at padding.
    h: np.ndarray  # [B, directions H], of the last layer.
    d_weights: Weights | None = None
    d_xs: np.ndarray | None = None  # [B, T, I]


class Contender(abc.ABC):
    """A library that runs recurrent networks.

    Attributes:
      module: what to import.
      forms: the forms it has of each cell, as in `cases.FORMS`.
      dtypes: in which it is raced.
    """

    module: str
    forms: dict[str, tuple[str, ...]]
    dtypes: tuple[str, ...] = ("float32",)

    def absent(self) -> str | None:
        """Returns why the library cannot be raced here; None if it can."""
        try:
            importlib.import_module(self.module)
        except Exception as error:  # Whatever a broken installation may raise.
            return f"{type(error).__name__}: {error}".splitlines()[0]
        return None

    def refuses(self, case: Case) -> str | None:
        """Returns why the library does not run in a case; None if it does."""
        if case.form not in self.forms.get(case.cell, ()):
            return f"has no {case.title}"
        return None if case.dtype in self.dtypes else f"not raced in {case.dtype}"

    @abc.abstractmethod
    def build(self, case: Case, weights: Weights, inputs: Inputs) -> Program:
        """Makes a case ready to run, with the weights in the library's own layout."""


class Marks(NamedTuple):
    """Which steps are real, as a mask and as lengths."""

    lengths: Array  # [B]
    mask: Array  # As the inputs lie: [T, B] or [B, T].


class JaxContender(Contender):
    """A library in JAX: the same two jitted functions around its own layers.

    Attributes:
      time_major: whether inputs lie as [T, B, I]; each library gets the layout that
        costs it no transposition.
    """

    time_major = True

    @abc.abstractmethod
    def load(self, case: Case, run: Any) -> Any:
        """Returns the library's parameters of one layer in one direction."""

    @abc.abstractmethod
    def save(self, case: Case, gradients: Any) -> Any:
        """Returns gradients in seqnets' layout; None where there is no such weight."""

    @abc.abstractmethod
    def layer(
        self, case: Case, runs: tuple[Any, ...], xs: Array, marks: Marks | None
    ) -> tuple[Array, Array]:
        """Runs one layer in one direction, or in both.

        Args:
          runs: parameters of each direction.
          xs: inputs, [T, B, D] if `time_major`, else [B, T, D].
          marks: None if all steps are real.

        Returns:
          Outputs that lie as the inputs do, and the final state [B, directions H].
        """

    def apply(self, case: Case, params: Any, xs: Array, marks: Marks | None):
        """Runs all layers."""
        for runs in params:
            xs, h = self.layer(case, runs, xs, marks)
        return xs, h

    def build(self, case: Case, weights: Weights, inputs: Inputs) -> Program:
        def place(a: np.ndarray) -> Array:
            return jnp.asarray(self.turn(a), case.dtype)

        load = [[self.load(case, run) for run in runs] for runs in weights]
        params = jax.tree.map(lambda a: jnp.asarray(a, case.dtype), load)
        xs, d_ys, d_h = map(place, (inputs.xs, inputs.d_ys, inputs.d_h))
        marks = None
        if case.variant == "ragged":
            mask = jnp.asarray(self.turn(inputs.mask))
            marks = Marks(jnp.asarray(inputs.lengths, jnp.int32), mask)

        def run(params, xs, marks):
            return self.apply(case, params, xs, marks)

        def step(params, xs, marks, d_ys, d_h):
            (ys, h), pull = jax.vjp(lambda p, x: run(p, x, marks), params, xs)
            return ys, h, *pull((d_ys.astype(ys.dtype), d_h.astype(h.dtype)))

        forward, training = jax.jit(run), jax.jit(step)
        return Program(
            forward=lambda: jax.block_until_ready(forward(params, xs, marks)),
            training=lambda: jax.block_until_ready(
                training(params, xs, marks, d_ys, d_h)
            ),
            read=lambda result: self._read(case, inputs, *result),
            lower=lambda: training.lower(params, xs, marks, d_ys, d_h),
        )

    def turn(self, a: np.ndarray) -> np.ndarray:
        """Converts [B, T, ...] to the layout of the library, or back; not [B, H]."""
        steps = a.ndim == 3 or a.dtype == bool
        return a.swapaxes(0, 1) if steps and self.time_major else a

    def _read(self, case, inputs, ys, h, d_params=None, d_xs=None) -> Results:
        def read(a: Array) -> np.ndarray:
            return self.turn(np.asarray(a, np.float32))

        ys = np.where(inputs.mask[..., None], read(ys), 0.0)
        if d_params is None:
            return Results(ys, read(h))
        d_params = jax.tree.map(lambda a: np.asarray(a, np.float32), d_params)
        saved = tuple(tuple(self.save(case, r) for r in runs) for runs in d_params)
        return Results(ys, read(h), saved, read(d_xs))


def columns(a: Any, gates: int) -> list[Any]:
    """Splits packed gates [..., gates H] into one array per gate."""
    return np.split(a, gates, -1)


def reorder(a: Any, order: tuple[int, ...]) -> Any:
    """Packs gates [..., gates H] in another order."""
    gates = columns(a, len(order))
    return np.concatenate([gates[gate] for gate in order], -1)
