"""Keras on its JAX backend: its layers, called without state of their own."""

import os
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array

from benchmarks.cases import FORMS, Case
from benchmarks.contenders.contender import JaxContender, Marks, reorder
from seqnets.cells import GRUParams, LSTMParams, SRNParams

GRU_ORDER = (1, 0, 2)  # z r h from r z n, and back.


class Keras(JaxContender):
    """Its GRU has two biases if the reset comes after, of which we use one and b_n.

    If the reset comes before, its update gate is one minus ours, σ(-s) = 1 - σ(s).
    """

    module = "keras"
    forms = FORMS
    time_major = False  # Its layers know no other.

    def absent(self) -> str | None:
        os.environ["KERAS_BACKEND"] = "jax"  # Read once, when Keras is imported.
        return super().absent()

    def load(self, case: Case, run: Any) -> Any:
        if case.cell != "GRU":
            return [run.w_x, run.w_h, run.b]
        signs = _signs(case)
        parts = (signs * a for a in (run.w_x, run.w_h, run.b))
        w_x, w_h, b = (reorder(a, GRU_ORDER) for a in parts)
        if case.form == "before":
            return [w_x, w_h, b]
        second = jnp.zeros_like(b).at[-case.dim :].set(run.b_n)
        return [w_x, w_h, jnp.stack([b, second])]

    def save(self, case: Case, gradients: Any) -> Any:
        w_x, w_h, b = gradients
        match case.cell:
            case "SRN":
                return SRNParams(w_x, w_h, b)
            case "LSTM":
                return LSTMParams(w_x, w_h, b)
            case _:
                b, second = (b, None) if case.form == "before" else b
                parts = (reorder(a, GRU_ORDER) for a in (w_x, w_h, b))
                parts = (_signs(case) * a for a in parts)
                return GRUParams(
                    *parts, None if second is None else second[-case.dim :]
                )

    def layer(
        self, case: Case, runs: tuple[Any, ...], xs: Array, marks: Marks | None
    ) -> tuple[Array, Array]:
        from keras import layers

        options = {"return_sequences": True, "return_state": True}
        match case.cell:
            case "SRN":
                net = layers.SimpleRNN(case.dim, activation=case.form, **options)
            case "LSTM":
                net = layers.LSTM(case.dim, **options)
            case _:
                net = layers.GRU(case.dim, reset_after=case.form == "after", **options)
        if case.directions == 2:
            net = layers.Bidirectional(net)
        net.build(xs.shape)
        (ys, *states), _ = net.stateless_call(
            [array for run in runs for array in run],
            net.non_trainable_variables,
            xs,
            mask=None if marks is None else marks.mask,
        )
        # Of each direction h, and c after it.
        h = states[:: len(states) // case.directions]
        return ys, jnp.concatenate(h, -1)


def _signs(case: Case) -> np.ndarray:
    """Returns -1 at the columns that Keras has the other way round, else 1."""
    z = -1.0 if case.form == "before" else 1.0
    return np.repeat(np.float32([1.0, z, 1.0]), case.dim)
