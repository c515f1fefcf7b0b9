"""The trees experiment: what it learns, what it answers, and bad input."""

import importlib
import itertools
import pkgutil

import jax
import numpy as np
import pytest

import configs
from experiments import build, load, trees
from seqnets.datasets import python_stdlib
from seqnets.datasets.dataset import SPLITS, Dataset
from seqnets.datasets.text import Text
from seqnets.training.loop import evaluate, fit

pytestmark = pytest.mark.usefixtures("quickly")

# A word says one thing, and the opposite below "not".
LINES = (
    "(good (good like) (_ it))\n(bad (_ not) (good (good like) (_ it)))\n"
    "(bad (bad hate) (_ it))\n(good (_ not) (bad (bad hate) (_ it)))\n"
) * 4
NAMES = [name for _, name, _ in pkgutil.iter_modules(configs.__path__)]
NAMES = [
    n for n in NAMES if n == "trees" or n.startswith(("sst_tr", "sst_rn", "sst_rec"))
]


def configured(corpus, name="trees", **changes):
    config = importlib.import_module(f"configs.{name}").get_config()
    config.corpus, config.min_count, config.classes = str(corpus), 1, None
    config.dim = config.embedding_dim = 6
    config.width, config.rows, config.batch_size, config.buckets = 4, 2, 8, 1
    config.dropout = config.token_dropout = 0.0
    config.update(changes)
    return config


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    for part in SPLITS:
        (folder / f"{part}.txt").write_text(LINES)
    return folder


@pytest.fixture(scope="module")
def run(own, tmp_path_factory):
    """A run folder of a Tree-LSTM, trained until it knows what "not" does."""
    workdir = tmp_path_factory.mktemp("runs") / "own"
    config = configured(own, composition="TreeLSTM", epochs=40, eval_every=40)
    config.optimizer.learning_rate = 0.03
    fit(build(config, workdir), config, workdir)
    return workdir


def test_every_config_builds_a_net_that_can_be_trained(own):
    assert len(NAMES) == 7
    for name in ("trees", "sst_trees", "sst_rntn"):  # One of each composition.
        task, key = build(configured(own, name)), jax.random.key(0)
        params = jax.eval_shape(task.init, key)
        batch = next(task.batches("train"))
        gradient = jax.grad(task.loss, has_aux=True)
        grads, (_, sums) = jax.eval_shape(gradient, params, (), batch, key)
        assert jax.tree.structure(grads) == jax.tree.structure(params)
        assert set(sums) == {"loss", "accuracy", "node_accuracy"}


def test_a_tree_tells_what_not_turns_round(run):
    task, params = load(run)
    found = evaluate(task, params, "test")
    assert found["accuracy"] == found["node_accuracy"] == 1.0
    assert task.baselines()["majority"] == 0.5
    lines = ["(_ (_ not) (_ (_ like) (_ it)))", "", "(_ (_ like)\t(_ it))"]
    first, empty, last = task.predict(params, lines)
    assert (first.label, empty.label, last.label) == ("bad", "", "good")
    assert str(first).split("\t")[1:] == [f"{first.probability:.3f}", lines[0]]


def test_every_node_is_answered_as_the_tree_below_it_would_be(run):
    task, params = load(run)
    whole = task.read_tree("(_ (_ not) (_ (_ hate) (_ it)))")
    below = task.read_tree("(_ (_ hate) (_ it))")
    p, part = task.ask_nodes(params, whole), task.ask_nodes(params, below)
    np.testing.assert_allclose(p[1:4], part, rtol=1e-5)
    np.testing.assert_allclose(p.sum(1), 1.0, rtol=1e-5)


def test_roots_are_answered_in_the_order_of_the_split(run):
    task, params = load(run)
    tested = task.test(params)
    labels = [task.classes.index(tree.labels[-1]) for tree in task.dataset.test]
    np.testing.assert_array_equal(tested.targets, labels)
    table = (run / "samples" / "test.tsv").read_text().splitlines()
    assert table[2].split("\t")[0] == "bad" and table[2].endswith("\tnot like it")
    for name in ("confusion.png", "trees.png"):
        assert (run / "samples" / name).read_bytes().startswith(b"\x89PNG")


def test_a_run_of_python_reads_conditions(monkeypatch, tmp_path):
    sides = itertools.permutations(("a", "b or c", "not a", "b and c", "not a or b"), 2)
    source = "".join(f"x = ({a}) and not (x or ({b}) and y)\n" for a, b in sides)
    files = Text(source), Text("y = 0"), Text("z = 0")
    parts = {split: [own] for split, own in zip(SPLITS, files, strict=True)}
    monkeypatch.setattr(python_stdlib, "read", lambda place: Dataset(lambda: parts))
    task = build(configured("python_stdlib", edges=12))
    params = jax.jit(task.init)(jax.random.key(0))
    assert task.baselines() == {"majority": 0.5, "bag of nodes": 0.5}
    line = "(_ or (_ not (_ True)) (_ False))"
    first, again = task.predict(params, ["not True or False", line])
    assert first.label == again.label and first.label in task.classes
    assert first.probability == again.probability
    for bad in ("not True or", "not True or x"):
        asked = task.predict(params, ["False", bad])
        assert next(asked).label in task.classes
        with pytest.raises(ValueError, match=f"'{bad}' is no"):
            next(asked)
    task.write_answers(tmp_path, task.test(params))
    text = (tmp_path / "test.tsv").read_text().splitlines()[1].split("\t")
    assert text[0] == str(eval(text[3]))
    with pytest.raises(ValueError, match="it has 14 children, and a front takes 12"):
        next(task.predict(params, [" or ".join(["True"] * 14)]))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"composition": "TreeLSTMs"}, "did you mean 'TreeLSTM'"),
        ({"tensor": True}, "tensor=True is a form of RecursiveNet"),
        ({"composition": "RecursiveNet", "dim": 5}, "embedding_dim = 6 must be dim"),
        ({"rows": 0}, "rows must be at least 1"),
    ],
    ids=lambda x: "" if isinstance(x, dict) else x,
)
def test_impossible_options_are_refused(own, changes, reason):
    with pytest.raises(ValueError, match=reason):
        trees.build(configured(own, **changes))


@pytest.mark.parametrize(
    "changes", [{"composition": "TreeLSTM"}, {"edges": 2}], ids=str
)
def test_more_children_than_are_read_are_refused_before_the_training(changes, tmp_path):
    """With the number of the tree in its file, not in its batch."""
    text = "(good (_ a) (bad b))\n(bad b)\n"
    for part, more in zip(SPLITS, ("", "(bad (_ a) (_ b) (_ c))\n", ""), strict=True):
        (tmp_path / f"{part}.txt").write_text(text + more)
    task = build(configured(tmp_path, **changes))
    with pytest.raises(ValueError, match="tree 3 of the valid split .* 3 children"):
        task.batches("train")


def test_words_that_would_not_be_read_are_refused(run, tmp_path):
    """Those of nodes with children: by a net, and in a run whose trees have none."""
    for part in SPLITS:
        (tmp_path / f"{part}.txt").write_text("(good or (_ a) (bad b))\n(bad b)\n")
    task = build(configured(tmp_path, composition="RecursiveNet"))
    with pytest.raises(ValueError, match="which a RecursiveNet does not read"):
        task.batches("train")
    task, params = load(run)
    with pytest.raises(ValueError, match="has the word 'or'.* only leaves have words"):
        next(task.predict(params, ["(_ or (_ a) (_ fine))"]))
