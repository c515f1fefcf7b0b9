"""Graphs with a label each: the kind "graphs".

{"label": "yes", "nodes": [[1, 0], [0, 1]], "edges": [[0, 1]]}        a line, a graph

The nodes are lists of numbers, all as long; edges are pairs of places in that list, the
first of which is 0, and have no direction.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from seqnets.data.files import Place, parse_lines, unexpected
from seqnets.datasets.dataset import Dataset, Splits, cut
from seqnets.datasets.graphs import undirected

# Names of the file of a split, without ".jsonl"; the first one there is is read.
PARTS = {"train": ("train",), "valid": ("valid", "dev", "val"), "test": ("test",)}
EXPECTED = 'a JSON object with "label", "nodes" and "edges"'


class LabelledGraph(NamedTuple):
    """A graph and its class."""

    label: str
    features: np.ndarray  # float32 [n, D]
    edges: np.ndarray  # int32 [e, 2], as of `graphs.Network`.


def read_own(place: Place) -> Dataset:
    """Reads graphs in the plain format.

    Args:
      place: a file, 80 % of whose lines are to train, 10 % to validate and 10 % to
        test, in this order; or a folder with `train.jsonl`, `valid.jsonl` (or `dev`,
        `val`) and `test.jsonl`.

    Raises:
      ValueError: for a line that is no graph, an edge to a node that is not there,
        features of unequal width, or a class that no graph of the training has; with
        file and line.
    """

    def read() -> Splits:
        path = place.path
        if path.is_dir():
            names = {s: [f"{p}.jsonl" for p in own] for s, own in PARTS.items()}
            paths = {s: place.find(*own) for s, own in names.items()}
            splits = {s: list(parse_lines(own, parse)) for s, own in paths.items()}
            starts = dict.fromkeys(paths, 0)
        else:
            found = list(parse_lines(path, parse))
            if len(found) < 3:
                raise ValueError(f"{path}: {len(found)} lines are too few for 3 parts")
            part = max(1, len(found) // 10)
            splits, paths = cut(found, -2 * part, -part), dict.fromkeys(PARTS, path)
            ends = len(found) - 2 * part, len(found) - part
            starts = {"train": 0, "valid": ends[0], "test": ends[1]}
        _check(splits, paths, starts)
        return splits

    return Dataset(read, info)


def info(dataset: Dataset) -> dict[str, Any]:
    """Returns {"classes": names, "width": D} of the training graphs."""
    train = dataset.train
    classes = sorted({graph.label for graph in train})
    return {"classes": classes, "width": train[0].features.shape[1]}


def parse(line: str) -> LabelledGraph:
    """Reads a line of the plain format; without a label it is empty.

    Raises:
      ValueError: it is something else.
    """
    try:
        fields = json.loads(line)
        nodes, edges = fields["nodes"], fields["edges"]
        label = fields.get("label", "")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise unexpected(line, EXPECTED) from None
    if not isinstance(label, str | int) or isinstance(label, bool):
        raise ValueError('the "label" must be a text')
    try:
        with np.errstate(over="ignore"):  # It is named below.
            features = np.array(nodes, np.float32)
    except (ValueError, TypeError, OverflowError):
        features = np.array(np.nan)
    if features.ndim != 2 or not features.size or not np.isfinite(features).all():
        raise ValueError('the "nodes" must be lists of numbers, all as long')
    try:
        pairs = np.array(edges if edges else np.zeros((0, 2), int))
    except ValueError:
        pairs = np.array(np.nan)
    if pairs.ndim != 2 or pairs.shape[1] != 2 or pairs.dtype.kind != "i":
        raise ValueError('the "edges" must be pairs of places of nodes')
    outside = pairs[(pairs < 0) | (pairs >= len(features))]
    if len(outside):
        raise ValueError(
            f"an edge to node {outside[0]}, but the nodes are 0 to {len(features) - 1}"
        )
    return LabelledGraph(str(label), features, undirected(pairs))


def _check(splits: Splits, paths: dict[str, Path], starts: dict[str, int]) -> None:
    classes = {graph.label for graph in splits["train"]}
    if len(classes) < 2:
        raise ValueError(f"{paths['train']}: all training graphs have one label")
    width = splits["train"][0].features.shape[1]
    for split, graphs in splits.items():
        for number, graph in enumerate(graphs, starts[split] + 1):
            where = f"{paths[split]}, line {number}"
            if graph.features.shape[1] != width:
                raise ValueError(
                    f"{where}: nodes of {graph.features.shape[1]} numbers, where the"
                    f" first graph has {width}"
                )
            if graph.label not in classes or not graph.label:
                raise ValueError(
                    f"{where}: the label {graph.label!r} is of no training graph"
                    if graph.label
                    else f"{where}: the graph has no label"
                )
