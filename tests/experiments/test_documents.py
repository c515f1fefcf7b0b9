"""The documents experiment: it finds the sentence that matters, and shows it."""

import importlib
import logging

import jax
import numpy as np
import pytest

from experiments import build, documents, load
from seqnets.training.loop import evaluate, fit

pytestmark = pytest.mark.usefixtures("quickly")


def configured(corpus="synthetic_sentiment", **changes):
    config = importlib.import_module("configs.documents").get_config()
    config.corpus = str(corpus)
    config.embedding_dim = config.cell.dim = config.attention_dim = 6
    config.sentences, config.words, config.buckets = 3, 4, 1
    config.update(changes)
    return config


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    for label, word in (("con", "hate"), ("pro", "like")):
        (folder / label).mkdir()
        for i in range(20):
            text = f"it is long\ni {word} it\n" if i % 2 else f"i {word} it\n"
            (folder / label / f"{i:02}.txt").write_text(text)
    return folder


@pytest.fixture(scope="module")
def run(own, tmp_path_factory):
    workdir = tmp_path_factory.mktemp("runs") / "own"
    config = configured(own, batch_size=8, epochs=25, eval_every=25)
    config.optimizer.learning_rate = 0.02
    fit(documents.build(config, workdir), config, workdir)
    return workdir


def test_padding_and_empty_rows_leave_a_document_alone(own):
    task = documents.build(configured(own, batch_size=4))
    loss = jax.jit(task.loss)
    params = jax.jit(task.init)(jax.random.key(0))
    batch = next(task.batches("test", 0))
    _, (_, sums) = loss(params, (), batch, None)
    rubbish = np.where(batch["words"], batch["tokens"], 2)
    longer = {
        "tokens": np.pad(rubbish, ((0, 2), (0, 1), (0, 0)), constant_values=3),
        "words": np.pad(batch["words"], ((0, 2), (0, 1), (0, 0))),
        "mask": np.pad(batch["mask"], ((0, 2), (0, 1))),
        "rows": np.pad(batch["rows"], (0, 2)),
        "label": np.pad(batch["label"], (0, 2)),
    }
    _, (_, padded) = loss(params, (), longer, None)
    for name in sums:
        np.testing.assert_allclose(sums[name], padded[name], rtol=1e-5)


def test_a_run_answers_a_text_and_weighs_its_sentences(run):
    task, params = load(run)
    assert evaluate(task, params, "test")["accuracy"] == 1.0
    lines = ["It is long. I like it.", "", "I hate it."]
    first, empty, last = task.predict(params, lines)
    assert (first.label, last.label) == ("pro", "con")
    sentences, weights = zip(*first.weights, strict=True)
    assert sentences == ("It is long.", "I like it.")
    assert abs(sum(weights) - 1.0) < 1e-5
    shown = " ".join(f"{weight:.2f}" for weight in weights)
    assert str(first) == f"pro\t{first.probability:.3f}\t{shown}\t{lines[0]}"
    assert str(empty) == "-\t-\t"


def test_a_run_leaves_pictures_and_its_answers_to_the_test(run):
    for name in ("attention.png", "confusion.png"):
        assert (run / "samples" / name).read_bytes().startswith(b"\x89PNG")
    table = (run / "samples" / "test.tsv").read_text().splitlines()
    assert len(table) == 1 + 4
    assert "con\tcon" in table[1] and table[1].endswith("\ti hate it")


def test_the_seed_turns_the_folds_unless_one_is_named(own):
    def tested(**changes):
        batch = next(documents.build(configured(own, **changes)).batches("test", 0))
        return batch["words"].sum()

    task = documents.build(configured(own, seed=13))
    assert task.steps_per_epoch == documents.build(configured(own)).steps_per_epoch
    assert tested(seed=3) == tested(seed=13) == tested(seed=5, fold=3)
    assert tested(seed=3) != tested(seed=2)
    with pytest.raises(ValueError, match="fold must be 0 to 9, not 10"):
        documents.build(configured(own, fold=10))


def test_what_is_cut_is_told(own, caplog):
    task = documents.build(configured(own, sentences=1, words=2))
    assert task.read("I like. It is") and task.read("Good")
    assert "the first 1 of 2 sentences are read, limit = 1" in caplog.text
    assert "the first 2 of 3 words of a sentence are read, limit = 2" in caplog.text
    assert caplog.text.count("are read") == 2
    with caplog.at_level(logging.WARNING):
        batch = next(task.batches("valid", 0))
    assert batch["tokens"].shape[1:] == (1, 2)
    assert "valid documents are longer than limit = 1" in caplog.text
    assert "valid sentences are longer than limit = 2" in caplog.text


def test_reviews_config_builds_without_attention(own):
    config = importlib.import_module("configs.reviews").get_config()
    config.corpus, config.buckets = str(own), 1
    config.sentences, config.words = 3, 4
    config.pooling = "mean"
    task = build(config)
    params = jax.jit(task.init)(jax.random.key(0))
    batch = next(task.batches("train", 0))
    loss, _ = jax.jit(task.loss)(params, (), batch, jax.random.key(1))
    assert abs(float(loss) - np.log(2)) < 0.2
    answered = jax.eval_shape(lambda: task.outputs(params, batch, None))
    assert answered[1] is None
    config.pooling = "max"
    with pytest.raises(ValueError, match="pooling cannot be 'max'"):
        build(config)
