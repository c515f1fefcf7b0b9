"""Flax NNX: `nnx.RNN` and `nnx.Bidirectional` over its cells.

Jitted by `jax.jit`, which spares it the dispatch of `nnx.jit`.
"""

from typing import Any

import jax.numpy as jnp
from flax import nnx
from jax import Array

from benchmarks.cases import Case
from benchmarks.contenders.contender import JaxContender, Marks
from benchmarks.contenders.linen import ACTIVATIONS
from seqnets.cells import GRUParams, LSTMParams, SRNParams


class NNX(JaxContender):
    """Gates are packed as ours are; its GRU has no bias inside the reset."""

    module = "flax.nnx"
    forms = {"SRN": ("tanh", "relu"), "LSTM": ("",), "GRU": ("after",)}

    def load(self, case: Case, run: Any) -> Any:
        return {"w_x": run.w_x, "w_h": run.w_h, "b": run.b}

    def save(self, case: Case, gradients: Any) -> Any:
        kinds = {"SRN": SRNParams, "LSTM": LSTMParams, "GRU": GRUParams}
        return kinds[case.cell](**gradients)

    def cell(self, case: Case, run: Any) -> nnx.RNNCellBase:
        dims, rngs = (run["w_x"].shape[0], case.dim), nnx.Rngs(0)
        match case.cell:
            case "SRN":
                activation = ACTIVATIONS[case.form]
                cell = nnx.SimpleCell(*dims, activation_fn=activation, rngs=rngs)
            case "LSTM":
                cell = nnx.OptimizedLSTMCell(*dims, rngs=rngs)
            case _:
                cell = nnx.GRUCell(*dims, rngs=rngs)
        # What was drawn is replaced, and never computed.
        cell.dense_i.kernel = nnx.Param(run["w_x"])
        cell.dense_h.kernel = nnx.Param(run["w_h"])
        biased = cell.dense_h if case.cell == "LSTM" else cell.dense_i
        biased.bias = nnx.Param(run["b"])
        return cell

    def layer(
        self, case: Case, runs: tuple[Any, ...], xs: Array, marks: Marks | None
    ) -> tuple[Array, Array]:
        nets = [nnx.RNN(self.cell(case, run)) for run in runs]
        net = nnx.Bidirectional(*nets) if case.directions == 2 else nets[0]
        carries, ys = net(
            xs,
            seq_lengths=None if marks is None else marks.lengths,
            return_carry=True,
            time_major=True,
        )
        carries = carries if case.directions == 2 else (carries,)
        if case.cell == "LSTM":
            carries = [h for _, h in carries]  # Each is (c, h).
        return ys, jnp.concatenate(carries, -1)
