"""Batches of nodes of one graph, and of many graphs, lose and add nothing."""

import numpy as np

from seqnets.data.graphs import NodeBatches, both_ways, graph_batches


def test_batches_of_nodes_hold_each_node_once_beside_the_graph():
    graph, nodes = object(), np.array([4, 2, 7, 1, 9], np.int32)
    for size in (2, None, 8):
        batches = NodeBatches(graph, nodes, nodes * 10, size, seed=1)
        assert batches.steps_per_epoch == {2: 3, None: 1, 8: 1}[size]
        found = list(batches.batches(0, 1))
        assert all(batch["graph"] is graph for batch in found)
        seen = np.concatenate([batch["node"][batch["rows"]] for batch in found])
        np.testing.assert_array_equal(np.sort(seen), np.sort(nodes))
        for batch in found:
            np.testing.assert_array_equal(batch["label"], batch["node"] * 10)


def test_batches_of_graphs_keep_nodes_and_edges_under_their_masks():
    rng = np.random.default_rng(0)
    examples = [
        {
            "nodes": rng.normal(size=(n, 2)).astype(np.float32),
            "edges": both_ways(rng.integers(0, n, (e, 2))),
            "label": np.int32(n),
        }
        for n, e in ((1, 0), (3, 4), (5, 2), (2, 1), (4, 4))
    ]
    seen = []
    for batch in graph_batches(examples, 2, buckets=2).batches(0, 1):
        for row in np.flatnonzero(batch["rows"]):
            own = examples[batch["index"][row]]
            seen.append(int(batch["index"][row]))
            for name, mask in (("nodes", "node_mask"), ("edges", "edge_mask")):
                real = batch[name][row][batch[mask][row]]
                np.testing.assert_array_equal(real, own[name])
            assert batch["label"][row] == own["label"]
    assert sorted(seen) == [0, 1, 2, 3, 4]
