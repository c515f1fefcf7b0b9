"""Measurements of gradient flow survive a run folder."""

import jax
import numpy as np

from seqnets.analysis import flow_files
from seqnets.analysis.gradient_flow import Flow

GATED = Flow(
    norms={"state": np.arange(3.0), "0.h": np.ones(3), "0.c": np.zeros(3)},
    bound=None,
    split=np.arange(4.0),
    gates={"0.i": (np.zeros(4), np.ones(4)), "0.f": (np.ones(4), np.zeros(4))},
)
SIMPLE = Flow({"state": np.ones(3)}, np.float32(0.5), np.zeros(4), {})


def test_arrays_of_a_file_give_the_measurements_back(tmp_path):
    flows = {"fresh": {"LSTM": GATED, "SRN, ReLU": SIMPLE}, "trained": {"LSTM": GATED}}
    chains = {1: {("tanh", "glorot"): np.ones(5)}, 32: {("relu", "normal"): np.ones(2)}}
    np.savez(tmp_path / "found.npz", **flow_files.to_arrays(flows, chains))
    with np.load(tmp_path / "found.npz") as arrays:
        again = flow_files.from_arrays(jax.tree.map(np.asarray, dict(arrays)))
    assert jax.tree.structure(again) == jax.tree.structure((flows, chains))
    jax.tree.map(np.testing.assert_array_equal, again, (flows, chains))
    assert list(again[0]["fresh"]) == ["LSTM", "SRN, ReLU"]
    assert list(again[0]["fresh"]["LSTM"].norms) == ["state", "0.h", "0.c"]
