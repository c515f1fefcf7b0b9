"""Classifiers of texts share a vocabulary, batches, and one way to read a line."""

import jax.numpy as jnp
import pytest
from ml_collections import ConfigDict

from seqnets.data.assets import Assets
from seqnets.tasks.text_classifier import TextClassifier
from seqnets.training.evaluation import evaluate

pytestmark = pytest.mark.usefixtures("quickly")

FIELDS = {
    "corpus": "synthetic_sentiment",
    "data_dir": None,
    "lowercase": True,
    "min_count": 1,
    "limit": 5,
    "buckets": 3,
    "batch_size": 32,
    "eval_batch_size": None,
    "seed": 0,
    "token_dropout": 0.0,
}


class Sums:
    """Adds the scores of words up, which are their weights."""

    def apply(self, tree, tokens, *, mask, key):
        weights = jnp.where(mask, tree["params"][tokens], 0.0)
        return weights.sum(1)[:, None] * jnp.arange(5.0), weights


class Summing(TextClassifier):
    model = Sums()


def build(workdir=None, **fields):
    return Summing(ConfigDict(FIELDS | fields), Assets(workdir))


@pytest.fixture(scope="module")
def task():
    return build()


@pytest.fixture(scope="module")
def params(task):
    return jnp.cos(jnp.arange(len(task.vocabulary)))


def test_an_evaluation_does_not_depend_on_the_batch_size(task, params):
    found = evaluate(task, params, "valid")
    other = evaluate(build(eval_batch_size=50), params, "valid")
    assert found == pytest.approx(other)
    assert found["parameters"] == len(task.vocabulary)


def test_texts_are_cut_before_they_are_encoded(task, caplog):
    batch = next(build().batches("test"))
    assert batch["tokens"].shape == batch["mask"].shape == (32, 5)
    assert "1000 of 1000 test texts are longer than limit = 5" in caplog.text
    words, example = task.read("I really do not like this film!")
    assert list(words) == ["i", "really", "do", "not", "like"]
    assert task.vocabulary.decode(example["tokens"]) == words
    assert "the first 5 of 8 words are read, limit = 5" in caplog.text
    caplog.clear()
    assert task.read("I like this film!") and task.read("  ") is None
    assert not caplog.text


def test_an_answer_has_the_weights_of_the_words_that_were_read(task, params):
    (found,) = task.predict(params, ["I like it , I LIKE it"])
    words, weights = zip(*found.weights, strict=True)
    assert words == ("i", "like", "it", ",", "i")
    assert weights[0] == weights[4] == float(params[task.vocabulary.encode(["i"])[0]])


def test_words_and_classes_outlive_the_data(task, tmp_path):
    expected = task.vocabulary, task.classes
    task.assets.save(tmp_path)
    again = build(tmp_path, corpus="nowhere", min_count=9)
    assert (again.vocabulary, again.classes) == expected
    with pytest.raises(ValueError, match="nowhere"):
        _ = build(corpus="nowhere").vocabulary


def test_the_baseline_is_the_most_frequent_label(task):
    labels = [e.label for e in task.dataset.valid]
    shares = {labels.count(name) / len(labels) for name in task.classes}
    assert task.baselines()["majority"] in shares
