"""Graphs of a user's own, and generated ones; a bad line is named."""

import json

import numpy as np
import pytest

from seqnets import datasets
from seqnets.datasets import communities, connected
from seqnets.datasets.graphs import Network, undirected

NODES = (
    "a\tx\t1 0\ttrain\nb\ty\t0 1\ttrain\nc\tx\t1 1\tvalid\nd\ty\t0 0\ttest\n"
    "e\t-\t.5 2\t-\n"
)
EDGES = "a\tb\nb\ta\nc d\ne\te\nd\te\n"
GRAPH = '{"label": "yes", "nodes": [[1, 0], [0, 1]], "edges": [[1, 0], [0, 1]]}\n'
OTHER = '{"label": "no", "nodes": [[2, 3]], "edges": []}\n'


def folder(path, nodes=NODES, edges=EDGES):
    (path / "nodes.tsv").write_text(nodes)
    (path / "edges.tsv").write_text(edges)
    return path


def test_a_folder_of_two_files_is_a_graph(tmp_path):
    found = datasets.load(folder(tmp_path), "graph")
    ((network, nodes, labels),) = found.train
    assert network.names == ("a", "b", "c", "d", "e")
    np.testing.assert_array_equal(network.features[-1], [0.5, 2])
    np.testing.assert_array_equal(network.edges, [[0, 1], [2, 3], [3, 4]])
    assert (nodes.tolist(), labels.tolist()) == ([0, 1], [0, 1])
    assert found.test[0].nodes.tolist() == [3]
    assert found.info == {"classes": ["x", "y"], "width": 2}


def test_a_graph_goes_through_text_unchanged(tmp_path):
    network = datasets.load(folder(tmp_path), "graph").train[0].network
    again = Network.from_json(network.to_json())
    assert again.names == network.names
    np.testing.assert_array_equal(again.features, network.features)
    np.testing.assert_array_equal(again.edges, network.edges)
    for text in ("[]", "{}", '{"names": [], "npz": "AAAA"}', "no"):
        with pytest.raises(ValueError, match="holds no graph"):
            Network.from_json(text)


def test_a_split_is_drawn_of_every_class_where_the_file_has_none(tmp_path):
    lines = [f"{i}\t{'xyz'[i % 3]}\t-" for i in range(60)]
    own = folder(tmp_path, "\n".join([*lines, "u\t-\t-"]) + "\n", "0 1\n")
    found, other = (datasets.load(own, "graph", seed=s) for s in (0, 1))
    assert [len(found[s][0].nodes) for s in datasets.SPLITS] == [36, 12, 12]
    for split in datasets.SPLITS:
        counts = np.bincount(found[split][0].labels)
        assert len(counts) == 3 and (counts == counts[0]).all()
    every = np.concatenate([found[s][0].nodes for s in datasets.SPLITS])
    assert sorted(every.tolist()) == list(range(60))
    assert found.train[0].nodes.tolist() != other.train[0].nodes.tolist()
    np.testing.assert_array_equal(found.train[0].network.features, np.eye(61))


@pytest.mark.parametrize(
    ("nodes", "edges", "words"),
    [
        (NODES, EDGES + "a\tq\n", ("edges.tsv, line 6", "no node 'q'")),
        (NODES, "a b c\n", ("edges.tsv, line 1", "ids of two nodes")),
        (NODES + "f\tx\t1\ttrain\n", EDGES, ("nodes.tsv, line 6", "1 features")),
        (NODES + "f\tz\t1 1\ttest\n", EDGES, ("line 6", "class 'z'", "train")),
        (NODES + "a\tx\t1 1\ttrain\n", EDGES, ("line 6", "'a'", "line 1 already")),
        (NODES + "f\tx\t1 inf\ttrain\n", EDGES, ("line 6", "finite")),
        (NODES + "f\tx\t1 1e39\ttrain\n", EDGES, ("line 6", "finite")),
        (NODES + "f\tx\t1 1\tdev\n", EDGES, ("line 6", "a split")),
        (NODES + "f\tx\t1 1\n", EDGES, ("line 6", "all lines have a split")),
        (NODES + "f\t-\t1 1\ttrain\n", EDGES, ("line 6", "no label")),
        (NODES + "f x\n", EDGES, ("line 6", "id<TAB>label<TAB>features")),
        ("a\tx\t1\ttrain\n", EDGES, ("nodes.tsv", "1 classes")),
        (NODES.replace("test", "-"), EDGES, ("test split has no examples",)),
    ],
    ids=lambda x: "-".join(x) if isinstance(x, tuple) else "",
)
def test_a_bad_graph_is_named(tmp_path, nodes, edges, words):
    refused(datasets.load(folder(tmp_path, nodes, edges), "graph"), words)


def refused(found, words):
    with pytest.raises(ValueError) as caught:
        _ = found.train
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def test_many_graphs_are_read_from_a_file_or_a_folder(tmp_path):
    path = tmp_path / "own.jsonl"
    path.write_text((GRAPH + OTHER) * 10)
    found = datasets.load(path, "graphs")
    assert [len(found[s]) for s in datasets.SPLITS] == [16, 2, 2]
    assert found.info == {"classes": ["no", "yes"], "width": 2}
    np.testing.assert_array_equal(found.train[0].edges, [[0, 1]])
    assert found.train[1].edges.shape == (0, 2)
    for split in ("train", "dev", "test"):
        (tmp_path / f"{split}.jsonl").write_text(GRAPH + OTHER)
    assert datasets.load(tmp_path, "graphs").valid[0].label == "yes"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (GRAPH.replace("[0, 1]]}", "[0, 2]]}"), ("line 21", "node 2", "0 to 1")),
        ('{"label": "no", "nodes": [[2]], "edges": []}', ("line 21", "1 numbers")),
        ('{"label": "no", "nodes": [[2], []], "edges": []}', ("line 21", "as long")),
        ('{"label": "no", "nodes": [[2, 1e39]], "edges": []}', ("line 21", "numbers")),
        (OTHER.replace("3", "3" * 400).strip(), ("line 21", "numbers")),
        ('{"label": "no", "nodes": [[2, 3]], "edges": [[0]]}', ("line 21", "pairs")),
        ('{"label": "so", "nodes": [[2, 3]], "edges": []}', ("line 21", "'so'")),
        ('{"nodes": [[2, 3]], "edges": []}', ("line 21", "no label")),
        ('{"label": "no", "edges": []}', ("line 21", "a JSON object")),
        ("graph", ("line 21", "a JSON object")),
    ],
    ids=lambda x: x[-1] if isinstance(x, tuple) else "",
)
def test_a_bad_line_of_graphs_is_named(tmp_path, line, words):
    path = tmp_path / "own.jsonl"
    path.write_text((GRAPH + OTHER) * 10 + line + "\n")
    refused(datasets.load(path, "graphs"), ("own.jsonl", *words))


def test_a_class_that_never_trains_is_named_by_its_line(tmp_path):
    for split, lines in (("train", GRAPH * 2), ("valid", GRAPH), ("test", GRAPH)):
        (tmp_path / f"{split}.jsonl").write_text(lines)
    refused(datasets.load(tmp_path, "graphs"), ("train.jsonl", "one label"))
    (tmp_path / "train.jsonl").write_text(GRAPH + OTHER)
    (tmp_path / "test.jsonl").write_text(GRAPH + OTHER.replace('"no"', '"so"'))
    refused(datasets.load(tmp_path, "graphs"), ("test.jsonl, line 2", "'so'"))


def test_communities_have_the_edges_and_features_of_their_model():
    network, labels, parts, info = communities.draw(0)
    affinity = np.asarray(info["model"]["affinity"])
    counts = np.zeros((4, 4))
    np.add.at(counts, tuple(labels[network.edges].T), 1)
    counts += counts.T  # Within a community, twice the edges.
    np.testing.assert_allclose(counts / 500**2, affinity, rtol=0.1)
    for k, mean in enumerate(np.asarray(info["model"]["means"])):
        own = network.features[labels == k]
        np.testing.assert_allclose(own.mean(0), mean, atol=0.2)
    assert sorted(np.concatenate(list(parts.values()))) == list(range(2000))
    assert len(undirected(network.edges)) == len(network.edges)


def test_marked_nodes_are_joined_where_the_answer_is_yes():
    """By brute force: a mark is spread along edges until nothing changes."""
    rng = np.random.default_rng(3)
    for i in range(40):
        graph = connected.draw(rng, bool(i % 2))
        count = len(graph.features)
        first, second = np.flatnonzero(graph.features[:, 1])
        reached = {int(first)}
        for _ in range(count):
            for u, v in graph.edges.tolist():
                reached |= {u, v} if reached & {u, v} else set()
        assert graph.label == ("yes" if second in reached else "no")
        assert len(graph.edges) == count - 2


def test_a_line_of_graphs_goes_through_json(tmp_path):
    graph = connected.draw(np.random.default_rng(0), True)
    fields = {"label": graph.label, "nodes": graph.features.tolist()}
    line = json.dumps(fields | {"edges": graph.edges.tolist()})
    own = tmp_path / "own.jsonl"
    own.write_text(f"{line}\n" * 2 + line.replace("yes", "no") + f"\n{line}" * 7)
    found = datasets.load(own, "graphs").train[0]
    np.testing.assert_array_equal(found.features, graph.features)
    np.testing.assert_array_equal(found.edges, graph.edges)
