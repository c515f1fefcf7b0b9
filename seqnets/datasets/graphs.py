"""One graph, of whose nodes some have labels: the kind "graph".

nodes.tsv     id<TAB>label, or -<TAB>features between spaces, or -[<TAB>split, or -]
edges.tsv     id<TAB>id

Edges have no direction, and one that is given twice counts once; an edge from a node to
itself is left out, since all layers read the node itself. The split of a node that has
a label is train, valid or test; without the column it is drawn.
"""

import base64
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np

from seqnets.data import files
from seqnets.data.files import Place, parse_lines, unexpected
from seqnets.datasets.dataset import SPLITS, Dataset

NONE = "-"
LINE = "`id<TAB>label<TAB>features`, or with `<TAB>split` after it"


class Network(NamedTuple):
    """A graph of N nodes."""

    names: tuple[str, ...]
    features: np.ndarray  # float32 [N, D]
    edges: np.ndarray  # int32 [E, 2], the lower number first, each once.

    def to_json(self) -> str:
        """Returns one line, with the arrays compressed."""
        stream = io.BytesIO()
        np.savez_compressed(stream, features=self.features, edges=self.edges)
        arrays = base64.b64encode(stream.getvalue()).decode("ascii")
        return json.dumps({"names": self.names, "npz": arrays}) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Reads what `to_json` returns.

        Raises:
          ValueError: it is something else.
        """
        try:
            fields = json.loads(text)
            arrays = np.load(io.BytesIO(base64.b64decode(fields["npz"])))
            own = arrays["features"], arrays["edges"]
            return cls(tuple(fields["names"]), *own)
        except (KeyError, TypeError, OSError, ValueError):
            raise ValueError("holds no graph") from None


class LabelledNodes(NamedTuple):
    """A graph, and the labels of some of its nodes."""

    network: Network
    nodes: np.ndarray  # int32 [n], numbers of nodes.
    labels: np.ndarray  # int32 [n], their classes.


class _Line(NamedTuple):
    """A line of nodes.tsv; empty texts for what is not given."""

    name: str
    label: str
    features: tuple[float, ...]
    split: str | None


def dataset(
    read: Callable[[], tuple[Network, np.ndarray, dict[str, np.ndarray], Any]],
) -> Dataset:
    """Makes a data set of a graph: each split is one `LabelledNodes`.

    Args:
      read: returns the graph; the classes of all nodes, [N]; by split, the numbers of
        its nodes; and {"classes": names, ...}, to which the width D is added.
    """

    def splits() -> dict[str, Any]:
        network, labels, parts, info = read()
        found = {}
        for split in SPLITS:
            nodes = np.asarray(parts[split], np.int32)
            own = LabelledNodes(network, nodes, labels[nodes].astype(np.int32))
            found[split] = [own] if len(nodes) else []
        return found | {"info": info | {"width": network.features.shape[1]}}

    return Dataset(splits)


def read_own(place: Place, *, seed: int = 0) -> Dataset:
    """Reads a folder with `nodes.tsv` and `edges.tsv`.

    Where all features are "-", each node has one of its own, which is 1.

    Args:
      seed: of the split, where the file has none: of each class 60 % of the nodes
        train, 20 % validate and 20 % test.

    Raises:
      ValueError: for a line that is something else, features of unequal width, an edge
        to a node that is not there, or a class of which no node trains; with file and
        line.
    """

    def read() -> tuple[Network, np.ndarray, dict[str, np.ndarray], Any]:
        path = place.find("nodes.tsv")
        lines = _read_nodes(path)
        labels, parts, classes = _split(path, lines, seed)
        numbers = {line.name: i for i, line in enumerate(lines)}
        edges = _read_edges(place.find("edges.tsv"), numbers)
        features = np.array([line.features for line in lines], np.float32)
        if not features.shape[1]:
            features = np.eye(len(lines), dtype=np.float32)
        network = Network(tuple(numbers), features, edges)
        return network, labels, parts, {"classes": classes}

    return dataset(read)


def read_planetoid(place: Place) -> Dataset:
    """Reads `planetoid_cora.npz`: papers by topic, the split of Yang et al. (2016).

    140 nodes train, 20 of each class, 500 validate and 1,000 test.
    """

    def read() -> tuple[Network, np.ndarray, dict[str, np.ndarray], Any]:
        with np.load(io.BytesIO(files.read_bytes(place.path))) as arrays:
            own = dict(arrays)
        count, width = own["feat_shape"].tolist()
        features = np.zeros((count, width), np.float32)
        rows = np.repeat(np.arange(count), np.diff(own["feat_indptr"]))
        features[rows, own["feat_indices"]] = own["feat_data"]
        names = tuple(map(str, range(count)))
        network = Network(names, features, undirected(own["edges"]))
        keys = ("train_idx", "val_idx", "test_idx")
        parts = {s: own[key] for s, key in zip(SPLITS, keys, strict=True)}
        return network, own["labels"], parts, {"classes": list(CORA)}

    return dataset(read)


CORA = (
    "theory",
    "reinforcement learning",
    "genetic algorithms",
    "neural networks",
    "probabilistic methods",
    "case based",
    "rule learning",
)


def undirected(pairs: Any) -> np.ndarray:
    """Returns pairs of nodes [E, 2] sorted, each once, none with itself; int32."""
    pairs = np.sort(np.asarray(pairs, np.int32).reshape(-1, 2), axis=1)
    return np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)


def _read_nodes(path: Path) -> list[_Line]:
    lines, seen = [], {}
    for number, line in enumerate(parse_lines(path, _parse_node), 1):
        where = f"{path}, line {number}"
        if line.name in seen:
            raise ValueError(
                f"{where}: the node {line.name!r} is in line {seen[line.name]} already"
            )
        seen[line.name] = number
        if lines and len(line.features) != len(lines[0].features):
            raise ValueError(
                f"{where}: {len(line.features)} features, where line 1 has"
                f" {len(lines[0].features)}"
            )
        if lines and (line.split is None) != (lines[0].split is None):
            raise ValueError(f"{where}: all lines have a split, or none has")
        lines.append(line)
    return lines


def _parse_node(line: str) -> _Line:
    cells = [cell.strip() for cell in line.split("\t")]
    if len(cells) not in (3, 4) or not all(cells):
        raise unexpected(line, LINE)
    name, label, numbers, *rest = cells
    try:
        features = () if numbers == NONE else tuple(map(float, numbers.split()))
    except ValueError:
        features = (float("nan"),)
    with np.errstate(over="ignore"):  # It is named below.
        finite = np.isfinite(np.array(features, np.float32)).all()
    if not finite:
        raise unexpected(numbers, "finite numbers with spaces between, or -")
    split = rest[0] if rest else None
    if split not in (None, NONE, *SPLITS):
        raise unexpected(split, "a split, train, valid, test or -")
    if label == NONE and split in SPLITS:
        raise ValueError(f"the node {name!r} is to {split}, but has no label")
    return _Line(name, "" if label == NONE else label, features, split)


def _split(
    path: Path, lines: Sequence[_Line], seed: int
) -> tuple[np.ndarray, dict[str, np.ndarray], list[str]]:
    """Returns the classes of all nodes, the numbers of each split, and the names."""
    classes = sorted({line.label for line in lines} - {""})
    if len(classes) < 2:
        raise ValueError(f"{path}: {len(classes)} classes; there must be two or more")
    ids = {label: k for k, label in enumerate(classes)}
    labels = np.array([ids.get(line.label, -1) for line in lines])
    split = np.array([line.split or NONE for line in lines], object)
    if lines[0].split is None:
        rng = np.random.default_rng(seed)
        for k in range(len(classes)):
            nodes = rng.permutation(np.flatnonzero(labels == k))
            fifth = max(1, len(nodes) // 5)
            split[nodes] = "train"
            split[nodes[1 : fifth + 1]] = "valid"
            split[nodes[fifth + 1 : 2 * fifth + 1]] = "test"
    for k, label in enumerate(classes):
        if not (split[labels == k] == "train").any():
            number = int(np.argmax(labels == k)) + 1
            raise ValueError(
                f"{path}, line {number}: of the class {label!r} no node is to train"
            )
    return labels, {s: np.flatnonzero(split == s) for s in SPLITS}, classes


def _read_edges(path: Path, numbers: dict[str, int]) -> np.ndarray:
    def parse(line: str) -> tuple[int, int]:
        cells = [cell.strip() for cell in files.columns(line)]
        if len(cells) != 2:
            raise unexpected(line, "the ids of two nodes")
        for cell in cells:
            if cell not in numbers:
                raise ValueError(f"no node {cell!r} in nodes.tsv")
        return numbers[cells[0]], numbers[cells[1]]

    return undirected(list(parse_lines(path, parse)))
