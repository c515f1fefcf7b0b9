"""Equinox: its cells, mapped over the rows of a batch, in a `lax.scan`.

It has cells only, so this is what its documentation tells users to write. A masked
step holds the state; two directions are two scans.
"""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from benchmarks.cases import Case
from benchmarks.contenders.contender import JaxContender, Marks
from seqnets.cells import GRUParams, LSTMParams


class Equinox(JaxContender):
    """Matrices lie as [gates H, D]; there is no SRN."""

    module = "equinox"
    forms = {"LSTM": ("",), "GRU": ("after",)}

    def load(self, case: Case, run: Any) -> Any:
        params = {"weight_ih": run.w_x.T, "weight_hh": run.w_h.T, "bias": run.b}
        return params | ({"bias_n": run.b_n} if case.cell == "GRU" else {})

    def save(self, case: Case, gradients: Any) -> Any:
        w_x, w_h = gradients["weight_ih"].T, gradients["weight_hh"].T
        if case.cell == "LSTM":
            return LSTMParams(w_x, w_h, gradients["bias"])
        return GRUParams(w_x, w_h, gradients["bias"], gradients["bias_n"])

    def layer(
        self, case: Case, runs: tuple[Any, ...], xs: Array, marks: Marks | None
    ) -> tuple[Array, Array]:
        results = [
            self._run(case, run, xs, marks, reverse=bool(i))
            for i, run in enumerate(runs)
        ]
        ys, h = zip(*results, strict=True)
        return jnp.concatenate(ys, -1), jnp.concatenate(h, -1)

    def _run(self, case, params, xs, marks, *, reverse: bool) -> tuple[Array, Array]:
        import equinox as eqx

        kind = eqx.nn.LSTMCell if case.cell == "LSTM" else eqx.nn.GRUCell
        cell = kind(xs.shape[-1], case.dim, key=jax.random.key(0))
        cell = eqx.tree_at(
            lambda c: [getattr(c, name) for name in params],
            cell,
            list(params.values()),
        )

        def step(state, inputs):
            x, real = inputs
            new = jax.vmap(cell)(x, state)
            y = new[0] if case.cell == "LSTM" else new
            if real is not None:
                new = jax.tree.map(
                    lambda n, o: jnp.where(real[:, None], n, o), new, state
                )
            return new, y

        zeros = jnp.zeros((xs.shape[1], case.dim))
        start = (zeros, zeros) if case.cell == "LSTM" else zeros
        mask = None if marks is None else marks.mask
        state, ys = jax.lax.scan(step, start, (xs, mask), reverse=reverse)
        return ys, state[0] if case.cell == "LSTM" else state
