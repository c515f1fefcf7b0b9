"""The documents experiment: it finds the sentence that matters, and shows it."""

import importlib
import logging

import jax
import numpy as np
import pytest

from experiments import build, documents, load
from seqnets.training.loop import evaluate, fit


def configured(corpus="opinions", **changes):
    config = importlib.import_module("configs.documents").get_config()
    config.corpus = str(corpus)
    config.embedding_dim = config.cell.dim = config.attention_dim = 6
    config.sentences, config.words, config.buckets = 3, 4, 1
    with config.ignore_type():
        for name, value in changes.items():
            setattr(config, name, value)
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
    config = configured(own, batch_size=8, epochs=25)
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
    answers = [line.split("\t") for line in task.predict(params, lines)]
    assert [answer[0] for answer in answers] == ["pro", "-", "con"]
    weights = list(map(float, answers[0][2].split()))
    assert len(weights) == 2 and abs(sum(weights) - 1.0) < 0.02
    assert answers[0][3] == lines[0]


def test_a_run_leaves_pictures(run):
    for name in ("attention.png", "confusion.png"):
        assert (run / "samples" / name).read_bytes().startswith(b"\x89PNG")


def test_the_seed_turns_the_folds_unless_one_is_named(own):
    def tested(**changes):
        batch = next(documents.build(configured(own, **changes)).batches("test", 0))
        return batch["words"].sum()

    task = documents.build(configured(own, seed=13))
    assert task.steps_per_epoch() == documents.build(configured(own)).steps_per_epoch()
    assert tested(seed=3) == tested(seed=13) == tested(seed=5, fold=3)
    assert tested(seed=3) != tested(seed=2)
    with pytest.raises(ValueError, match="fold must be 0 to 9, not 10"):
        documents.build(configured(own, fold=10))


def test_what_is_cut_is_told(own, caplog):
    task = documents.build(configured(own, sentences=1, words=2))
    with caplog.at_level(logging.WARNING):
        batch = next(task.batches("valid", 0))
    assert batch["tokens"].shape[1:] == (1, 2)
    assert "valid: cut" in caplog.text


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
    config.pooling = "max"
    with pytest.raises(ValueError, match="attention or mean"):
        build(config)
