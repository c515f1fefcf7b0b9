"""Classifiers share one loss, one test and one way to answer a line."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets.training.supervised import Supervised, Verdict
from tests.looping import like_init
from tests.training.side import Points

pytestmark = pytest.mark.usefixtures("quickly")


class Words(Supervised):
    """Counts of three words decide; 0 is unknown."""

    classes = ("bad", "good")
    token_dropout = 0.5

    def outputs(self, params, batch, key):
        weights = params["w"][batch["tokens"]]  # [B, T]
        scores = weights.sum(-1)
        return jnp.stack([-scores, scores], -1), weights

    def read(self, line):
        words = line.split()
        ids = np.array([["?", "awful", "fine"].index(word) for word in words], np.int32)
        return (words, {"tokens": ids}) if words else None

    def collate(self, example):
        return {"tokens": example["tokens"][None]}


PARAMS = {"w": np.float32([0.0, -1.0, 2.0])}


def test_rows_that_are_filling_count_zero():
    task = Points()
    params = like_init(np.random.default_rng(0), task.init)
    *_, last = task.batches("valid")
    assert not last["rows"].all()
    short = {n: a[last["rows"]] for n, a in last.items() if n != "graph"}
    short["graph"] = last["graph"]
    measure = jax.jit(lambda *args: task.loss(params, (), *args))
    for key in (None, jax.random.key(1)):
        loss, (_, sums) = measure(last, key)
        expected, (_, expected_sums) = measure(short, key)
        assert loss == pytest.approx(expected)
        for name in ("loss", "accuracy"):
            np.testing.assert_allclose(sums[name], expected_sums[name], rtol=1e-6)
        assert sums["accuracy"][1] == 30 % 8


def test_tokens_are_dropped_in_training_only():
    batch = {"tokens": np.full((1, 64), 2), "label": np.ones(1, int)}
    batch["rows"] = np.ones(1, bool)
    seen = []

    class Watched(Words):
        def outputs(self, params, batch, key):
            seen.append(batch["tokens"])
            return super().outputs(params, batch, key)

    @jax.jit
    def read(params, key):
        Watched().loss(params, (), batch, None)
        Watched().loss(params, (), batch, key)
        return list(seen)

    evaluated, trained = map(np.asarray, read(PARAMS, jax.random.key(0)))
    assert (evaluated == 2).all() and 0 < (trained == 0).sum() < 64


def test_each_line_has_a_verdict_with_the_weights_of_its_words():
    found = list(Words().predict(PARAMS, ["fine awful", "", "awful"]))
    assert [verdict.label for verdict in found] == ["good", "", "bad"]
    assert found[0].weights == (("fine", 2.0), ("awful", -1.0))
    p = 1 / (1 + np.exp(-2.0))
    assert found[0].probability == pytest.approx(p)
    assert str(found[0]) == f"good\t{p:.3f}\tfine awful\tfine:2.00 awful:-1.00"
    assert str(found[1]) == "-\t-\t"
    assert str(Verdict("good", 0.5, "fine")) == "good\t0.500\tfine"


def test_a_test_is_written_and_counted_in_the_order_of_the_examples(tmp_path):
    task = Points()
    params = {"w": np.float32([[-1.0, 1.0], [0.0, 0.0], [0.0, 0.0]])}
    tested = task.test(params)
    labels = task.splits["test"]["label"]
    assert tested.targets.tolist() == labels.tolist()
    counts = tested.confusion(2)
    assert counts.sum() == len(labels) and counts.sum(1).tolist() == [
        *(np.sum(labels == k) for k in (0, 1))
    ]
    texts = [f"{x:.3f}" for x in task.splits["test"]["x"][:, 0]]
    task.write_test(tmp_path / "test.tsv", tested, texts)
    head, *lines = (tmp_path / "test.tsv").read_text().splitlines()
    assert head.split("\t") == ["label", "prediction", "probability", "text"]
    assert [line.split("\t")[3] for line in lines] == texts
    assert [line.split("\t")[0] for line in lines] == [
        Points.classes[k] for k in labels
    ]


def test_the_majority_is_of_the_training_split():
    found = Points().majority(["b", "a", "b"], ["a", "b", "a", "c"])
    assert found == {"majority": 0.25}
