"""Haiku: `hk.dynamic_unroll` over its cores.

It has no lengths: a masked step holds the state by hand, the idiom of its own
`hk.ResetCore`. Two directions are two unrolls.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from benchmarks.cases import Case
from benchmarks.contenders.contender import JaxContender, Marks, reorder
from seqnets.cells import GRUParams, LSTMParams, SRNParams

LSTM_ORDER = (0, 2, 1, 3)  # i g f o from i f g o, and back.
GRU_ORDER = (1, 0, 2)  # z r a from r z n, and back.


class Haiku(JaxContender):
    """Its SRN is of rectifiers, its GRU resets before the product."""

    module = "haiku"
    forms = {"SRN": ("relu",), "LSTM": ("",), "GRU": ("before",)}

    def load(self, case: Case, run: Any) -> Any:
        match case.cell:
            case "SRN":
                return {
                    "core/linear": {"w": run.w_x, "b": run.b},
                    "core/linear_1": {"w": run.w_h},
                }
            case "LSTM":
                # The core adds 1 to the forget gate, and reads [x; h] at once.
                b = run.b - np.repeat([0.0, 1.0, 0.0, 0.0], case.dim)
                w = np.concatenate([run.w_x, run.w_h])
                b, w = reorder(b, LSTM_ORDER), reorder(w, LSTM_ORDER)
                return {"core/linear": {"w": w, "b": b}}
            case _:
                parts = {"w_i": run.w_x, "w_h": run.w_h, "b": run.b}
                return {"core": {n: reorder(a, GRU_ORDER) for n, a in parts.items()}}

    def save(self, case: Case, gradients: Any) -> Any:
        match case.cell:
            case "SRN":
                first, second = gradients["core/linear"], gradients["core/linear_1"]
                return SRNParams(first["w"], second["w"], first["b"])
            case "LSTM":
                packed = gradients["core/linear"]
                w, b = (reorder(packed[n], LSTM_ORDER) for n in ("w", "b"))
                return LSTMParams(w[: -case.dim], w[-case.dim :], b)
            case _:
                parts = gradients["core"]
                parts = [reorder(parts[n], GRU_ORDER) for n in ("w_i", "w_h", "b")]
                return GRUParams(*parts)

    def layer(
        self, case: Case, runs: tuple[Any, ...], xs: Array, marks: Marks | None
    ) -> tuple[Array, Array]:
        import haiku as hk

        def core() -> hk.RNNCore:
            match case.cell:
                case "SRN":
                    return hk.VanillaRNN(case.dim, double_bias=False, name="core")
                case "LSTM":
                    return hk.LSTM(case.dim, name="core")
                case _:
                    return hk.GRU(case.dim, name="core")

        def run(xs: Array, reverse: bool) -> tuple[Array, Array]:
            step = own = core()
            start = own.initial_state(xs.shape[1])
            if marks is not None:
                step, xs = _held(own), (xs, marks.mask)
            ys, state = hk.dynamic_unroll(step, xs, start, reverse=reverse)
            return ys, state.hidden if case.cell == "LSTM" else state

        apply = hk.without_apply_rng(hk.transform(run)).apply
        results = [apply(p, xs, bool(i)) for i, p in enumerate(runs)]
        ys, h = zip(*results, strict=True)
        return jnp.concatenate(ys, -1), jnp.concatenate(h, -1)


def _held(core: Any) -> Any:
    def step(inputs, state):
        x, real = inputs
        y, new = core(x, state)
        state = jax.tree.map(lambda n, o: jnp.where(real[:, None], n, o), new, state)
        return y, state

    return step
