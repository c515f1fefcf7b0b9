"""Flax Linen: `nn.RNN` and `nn.Bidirectional` over its cells."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jax import Array

from benchmarks.cases import Case
from benchmarks.contenders.contender import JaxContender, Marks, columns
from seqnets.cells import GRUParams, LSTMParams, SRNParams

ACTIVATIONS = {"tanh": jnp.tanh, "relu": jax.nn.relu}
GATES = {"SRN": ("",), "LSTM": "ifgo", "GRU": "rzn"}


class Linen(JaxContender):
    """Every gate has a matrix and a name of its own, as "ii" and "hi"."""

    module = "flax.linen"
    forms = {"SRN": ("tanh", "relu"), "LSTM": ("",), "GRU": ("after",)}

    def load(self, case: Case, run: Any) -> Any:
        gates = GATES[case.cell]
        split = [columns(a, len(gates)) for a in (run.w_x, run.w_h, run.b)]
        # The LSTM has its bias beside the state only.
        x_bias = case.cell != "LSTM"
        params = {}
        for gate, w_x, w_h, b in zip(gates, *split, strict=True):
            params[f"i{gate}"] = {"kernel": w_x} | ({"bias": b} if x_bias else {})
            params[f"h{gate}"] = {"kernel": w_h} | ({} if x_bias else {"bias": b})
        if case.cell == "GRU":
            params["hn"]["bias"] = run.b_n
        return params

    def save(self, case: Case, gradients: Any) -> Any:
        def pack(side: str, name: str) -> np.ndarray:
            parts = [gradients[f"{side}{gate}"][name] for gate in GATES[case.cell]]
            return np.concatenate(parts, -1)

        w_x, w_h = pack("i", "kernel"), pack("h", "kernel")
        match case.cell:
            case "SRN":
                return SRNParams(w_x, w_h, pack("i", "bias"))
            case "LSTM":
                return LSTMParams(w_x, w_h, pack("h", "bias"))
            case _:
                b_n = gradients["hn"]["bias"]
                return GRUParams(w_x, w_h, pack("i", "bias"), b_n)

    def cell(self, case: Case) -> nn.RNNCellBase:
        match case.cell:
            case "SRN":
                return nn.SimpleCell(case.dim, activation_fn=ACTIVATIONS[case.form])
            case "LSTM":
                return nn.OptimizedLSTMCell(case.dim)
            case _:
                return nn.GRUCell(case.dim)

    def layer(
        self, case: Case, runs: tuple[Any, ...], xs: Array, marks: Marks | None
    ) -> tuple[Array, Array]:
        names = ("forward_rnn", "backward_rnn")
        nets = [nn.RNN(self.cell(case)) for _ in runs]
        scopes = [{"cell": run} for run in runs]
        net, params = nets[0], scopes[0]
        if case.directions == 2:
            net = nn.Bidirectional(*nets)
            params = dict(zip(names, scopes, strict=True))
        carries, ys = net.apply(
            {"params": params},
            xs,
            seq_lengths=None if marks is None else marks.lengths,
            return_carry=True,
            time_major=True,
        )
        carries = carries if case.directions == 2 else (carries,)
        if case.cell == "LSTM":
            carries = [h for _, h in carries]  # Each is (c, h).
        return ys, jnp.concatenate(carries, -1)
