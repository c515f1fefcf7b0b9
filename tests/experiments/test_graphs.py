"""The graphs experiment: what its nets must tell apart, and what a run writes."""

import importlib
import json

import jax
import numpy as np
import pytest

import experiments
from experiments import graphs
from seqnets import datasets
from seqnets.analysis import projection
from seqnets.baselines import node_labels
from seqnets.sparse import sparse
from seqnets.training.evaluation import evaluate
from seqnets.training.loop import fit
from tests.experiments import small

pytestmark = pytest.mark.usefixtures("quickly")


def configured(name="graphs", **changes):
    config = importlib.import_module(f"configs.{name}").get_config()
    with config.ignore_type():
        config.update(changes)
    return config


def own(folder, **changes):
    """A task on the small graph, the config of which is changed."""
    config = small.config("graphs", folder)
    with config.ignore_type():
        config.update(changes)
    return graphs.build(config), config


@pytest.mark.parametrize("net", ["attention", "mlp"])
def test_sparse_inputs_score_as_whole_ones(tmp_path, net):
    task, _ = own(tmp_path, net=net, heads=2)
    graph, features = task.graph.tree
    assert isinstance(features, np.ndarray)

    @jax.jit
    def both():
        params = {"params": task.init(jax.random.key(0))}
        inputs = features, sparse(features)
        return [task.model.apply(params, graph, xs, None, 1) for xs in inputs]

    whole, found = both()
    for expected, own_array in zip(whole, found, strict=True):
        np.testing.assert_allclose(own_array, expected, atol=1e-5)


def test_only_the_first_layer_decays_and_only_in_training(tmp_path):
    task, _ = own(tmp_path, first_decay=0.5, dropout=0.0)
    batch = next(task.batches("train"))

    @jax.jit
    def both():
        params = task.init(jax.random.key(0))
        keys = jax.random.key(0), None
        found = [task.loss(params, (), batch, key)[0] for key in keys]
        return *found, 0.25 * (params["layer_0"].w ** 2).sum()

    trained, evaluated, expected = both()
    np.testing.assert_allclose(trained - evaluated, expected, rtol=1e-4)


def test_a_node_is_answered_by_name_and_an_unknown_one_is_refused(tmp_path):
    task, _ = own(tmp_path)
    params = jax.jit(task.init)(jax.random.key(0))
    found = list(task.predict(params, ["n3", " n3\t", ""]))
    assert found[0] == found[1] and found[0].label in task.classes
    assert found[2].label == ""
    with pytest.raises(ValueError, match="the graph has no node 'n99'"):
        list(task.predict(params, ["n99"]))
    with pytest.raises(ValueError, match="no node 'x{40}'$"):
        list(task.predict(params, ["x" * 8000]))


def test_the_baselines_of_communities_are_ordered_as_what_they_know():
    network, train, valid, info = communities()
    found = node_labels.accuracies(network, train, valid, info)
    majority, features, edges, both = found.values()
    assert majority < min(features, edges) and max(features, edges) + 0.2 < both < 1


def communities():
    data = datasets.load("communities", "graph")
    return data.train[0].network, data.train[0], data.valid[0], data.info


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A short training on whole graphs of a user's own."""
    folder = tmp_path_factory.mktemp("whole")
    lines = []
    for i in range(40):
        nodes = [[1.0, float(j == 0 and i % 2)] for j in range(1 + i % 3)]
        edges = [[j, j + 1] for j in range(i % 3)]
        fields = {"label": "marked" if i % 2 else "plain", "nodes": nodes}
        lines.append(json.dumps(fields | {"edges": edges}))
    (folder / "own.jsonl").write_text("\n".join(lines) + "\n")
    config = configured("graphs_whole", corpus=str(folder / "own.jsonl"), rounds=2)
    config.cell.dim, config.batch_size, config.buckets = 4, 16, 1
    config.epochs, config.steps, config.eval_every = None, 60, 60
    config.optimizer.learning_rate = 0.05
    task = graphs.build(config, folder / "run")
    return task, fit(task, config, folder / "run"), folder, lines


def test_whole_graphs_are_learned_and_reported(whole):
    task, params, folder, _ = whole
    assert evaluate(task, params, "train", batches=one_pass(task))["accuracy"] == 1
    names = {path.name for path in (folder / "run" / "samples").iterdir()}
    assert {"test.tsv", "confusion.png", "sizes.png"} <= names


def one_pass(task):
    return task.make_batches("train").batches(0, 1)


def test_a_graph_is_answered_as_in_a_batch(whole):
    task, params, _, lines = whole
    found = [verdict.label for verdict in task.predict(params, ["", *lines[:4]])]
    assert found == ["", "plain", "marked", "plain", "marked"]
    for line, words in (("x", "a JSON object"), (wide(lines[0]), "nodes of 3 numbers")):
        with pytest.raises(ValueError, match=words):
            list(task.predict(params, [line]))


def wide(line):
    fields = json.loads(line)
    return json.dumps(fields | {"nodes": [[1, 2, 3]], "edges": []})


def test_tsne_without_its_package_is_refused_before_anything(monkeypatch):
    monkeypatch.setattr(projection.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match="pip install scikit-learn"):
        experiments.build(configured(tsne=True))
