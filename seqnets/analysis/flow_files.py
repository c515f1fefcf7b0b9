"""Measurements of `gradient_flow`: arrays of a run folder, and a table."""

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from seqnets.analysis.gradient_flow import COLUMNS, Chains, Flow, Flows, records


def to_arrays(flows: Flows, chains: Mapping[int, Chains]) -> dict[str, np.ndarray]:
    """Names each array of some measurements.

    Args:
      flows: by what the weights are and by the name of the cell, neither with a slash.
      chains: of deep nets, by width.

    Returns:
      Arrays by path: "flow/weights/cell/quantity/part" and
      "depth/width/activation/initial"; and "order", these paths, as a tree of JAX
      sorts its keys.
    """
    found = {}
    for weights, by_name in flows.items():
        for name, flow in by_name.items():
            parts = {"split/": flow.split}
            parts |= {f"norms/{part}": norms for part, norms in flow.norms.items()}
            parts |= {} if flow.bound is None else {"bound/": flow.bound}
            for gate, (closed, opened) in flow.gates.items():
                parts |= {f"closed/{gate}": closed, f"open/{gate}": opened}
            found |= {f"flow/{weights}/{name}/{p}": array for p, array in parts.items()}
    for width, by_kind in chains.items():
        for (activation, initial), norms in by_kind.items():
            found[f"depth/{width}/{activation}/{initial}"] = norms
    found = {path: np.asarray(array) for path, array in found.items()}
    return found | {"order": np.array(list(found))}


def from_arrays(arrays: Mapping[str, np.ndarray]) -> tuple[Flows, dict[int, Chains]]:
    """Returns the flows and chains of which `to_arrays` made arrays."""
    found, chains = {}, {}
    for path in arrays["order"].tolist():
        array, (kind, *rest) = arrays[path], path.split("/")
        if kind == "depth":
            width, activation, initial = rest
            chains.setdefault(int(width), {})[activation, initial] = array
        else:
            weights, name, quantity, part = rest
            parts = found.setdefault(weights, {}).setdefault(name, {})
            parts.setdefault(quantity, {})[part] = array
    flows = {
        weights: {name: _flow(parts) for name, parts in by_name.items()}
        for weights, by_name in found.items()
    }
    return flows, chains


def write_table(
    path: Path,
    flows: Flows,
    chains: Mapping[int, Chains],
    right: Mapping[str, float],
) -> None:
    """Writes a CSV with a line for each number; see `gradient_flow.records`.

    Args:
      path: the file.
      flows, chains: as `to_arrays` takes them.
      right: accuracies after the training, by the name of the cell; may be empty.
    """
    with open(path, "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        rows.writerows(records(flows, chains))
        rows.writerows(("trained", n, "accuracy", "", "", a) for n, a in right.items())


def _flow(parts: Mapping[str, Mapping[str, np.ndarray]]) -> Flow:
    closed, opened = parts.get("closed", {}), parts.get("open", {})
    return Flow(
        norms=dict(parts["norms"]),
        bound=parts.get("bound", {}).get(""),
        split=parts["split"][""],
        gates={gate: (closed[gate], opened[gate]) for gate in closed},
    )
