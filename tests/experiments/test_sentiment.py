"""The sentiment experiment: what it learns, what it answers, what 004's programs do."""

import importlib
import logging
import pathlib
import pkgutil
import re
import shutil

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import configs
from experiments import build, load, sentiment
from seqnets import cells, convert, modules
from seqnets.training.loop import evaluate, fit

FIXTURES = pathlib.Path(__file__).parents[1] / "fixtures"
LINES = "good ||| i like it\nbad ||| i hate it\n" * 8
NAMES = [name for _, name, _ in pkgutil.iter_modules(configs.__path__)]
NAMES = [n for n in NAMES if n == "sentiment" or n.startswith("sst")]
NAMES = [n for n in NAMES if not re.match("sst_(trees|rntn|recursive)", n)]


pytestmark = pytest.mark.usefixtures("quickly")


def configured(corpus="synthetic_sentiment", **changes):
    config = importlib.import_module("configs.sentiment").get_config()
    config.corpus = str(corpus)
    config.embedding_dim = config.cell.dim = config.attention_dim = 8
    config.buckets = 1
    config.update(changes)
    return config


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    for part in ("train", "dev", "test"):
        (folder / f"{part}.txt").write_text(LINES)
    return folder


@pytest.fixture(scope="module")
def run(own, tmp_path_factory):
    """A run folder of an attention model, trained until it knows its four words."""
    workdir = tmp_path_factory.mktemp("runs") / "own"
    config = configured(own, batch_size=8, epochs=30, eval_every=30)
    config.optimizer.learning_rate = 0.02
    fit(sentiment.build(config, workdir), config, workdir)
    return workdir


def test_every_config_builds_a_net_that_can_be_trained(own):
    for name in NAMES:
        config = importlib.import_module(f"configs.{name}").get_config()
        config.corpus, config.buckets, config.phrases = str(own), 1, None
        task = build(config)
        key = jax.random.key(0)
        params = jax.eval_shape(task.init, key)
        gradient = jax.grad(task.loss, has_aux=True)
        batch = next(task.batches("train", 0))
        grads, (_, sums) = jax.eval_shape(gradient, params, (), batch, key)
        assert jax.tree.structure(grads) == jax.tree.structure(params)
        assert set(sums) == {"loss", "accuracy"}


@pytest.mark.parametrize("model", sentiment.MODELS)
def test_an_untrained_net_is_near_guessing(own, model):
    task = build(configured(own, model=model, pooling="mean"))
    params = jax.jit(task.init)(jax.random.key(0))
    batch = next(task.batches("valid", 0))
    _, (_, sums) = jax.jit(task.loss)(params, (), batch, None)
    assert abs(float(sums["loss"][0] / sums["loss"][1]) - np.log(2)) < 0.1


@pytest.mark.parametrize(
    ("changes", "solved"),
    [({"model": "bow"}, False), ({"pooling": "last", "direction": "forward"}, True)],
    ids=["bag", "LSTM"],
)
def test_mirror_images_defeat_a_bag_and_not_a_recurrent_net(changes, solved):
    """Two sentences of one bag and opposite labels: exactly half, or both."""
    task = sentiment.build(configured(**changes))
    params = jax.jit(task.init)(jax.random.key(0))
    words = [("very good", "i do not hate it , i love it")]
    words += [("very bad", "i do not love it , i hate it")]
    ids = [task.vocabulary.encode(text.split()) for _, text in words]
    labels = np.array([task.classes.index(label) for label, _ in words])
    pair = {"tokens": np.stack(ids), "label": labels}
    batch = pair | {"mask": np.ones((2, 9), bool), "rows": np.ones(2, bool)}

    @jax.jit
    def step(params):
        (_, (_, sums)), grads = jax.value_and_grad(task.loss, has_aux=True)(
            params, (), batch, None
        )
        return jax.tree.map(lambda p, g: p - 0.5 * g, params, grads), sums

    for _ in range(300):
        params, sums = step(params)
    right, count = map(float, sums["accuracy"])
    assert (right == count) == solved
    if not solved:
        assert right == 1


def test_the_baseline_of_bags_is_about_half(own):
    found = sentiment.build(configured()).baselines()
    assert 0.5 < found["any bag of words"] < 0.6
    assert found["majority"] < 0.3
    assert set(sentiment.build(configured(own)).baselines()) == {"majority"}


def test_a_run_answers_lines_and_shows_its_weights(run):
    task, params = load(run)
    assert evaluate(task, params, "test")["accuracy"] == 1.0
    first, empty, last = task.predict(params, ["I like it.", "", "i hate hate it"])
    assert (first.label, first.text) == ("good", "I like it.")
    assert 0.5 < first.probability <= 1.0
    words, weights = zip(*first.weights, strict=True)
    assert words == ("i", "like", "it", ".")
    assert abs(sum(weights) - 1.0) < 1e-5
    pairs = " ".join(f"{word}:{weight:.2f}" for word, weight in first.weights)
    assert str(first) == f"good\t{first.probability:.3f}\tI like it.\t{pairs}"
    assert str(empty) == "-\t-\t"
    assert last.label == "bad"


def test_a_run_leaves_pictures_and_its_answers_to_the_test(run):
    for name in ("confusion.png", "attention.png"):
        assert (run / "samples" / name).read_bytes().startswith(b"\x89PNG")
    table = (run / "samples" / "test.tsv").read_text().splitlines()
    assert table[0].split("\t") == ["label", "prediction", "probability", "text"]
    assert len(table) == 1 + 16
    assert all(line.split("\t")[0] == line.split("\t")[1] for line in table[1:])


def test_longer_texts_are_cut_and_told_of(own, caplog):
    task = sentiment.build(configured(own, limit=2))
    with caplog.at_level(logging.WARNING):
        batch = next(task.batches("train", 0))
    assert batch["tokens"].shape[1] == 2
    assert "16 of 16 train texts are longer than limit = 2" in caplog.text


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"model": "bows"}, "did you mean 'bow'"),
        ({"model": "cbow", "pooling": "last"}, "pooling=last needs the order of words"),
        ({"pooling": "maximum"}, "pooling cannot be 'maximum'"),
        ({"direction": "sideways"}, "direction cannot be 'sideways'"),
        ({"model": "ngrams", "ngrams": 0}, "ngrams must be at least 1"),
        ({"dropout": 1.0}, "dropout must be at least 0 and below 1"),
    ],
    ids=lambda x: "" if isinstance(x, dict) else x,
)
def test_impossible_options_are_refused(changes, reason):
    with pytest.raises((ValueError, FileNotFoundError), match=reason):
        sentiment.build(configured(**changes))


def test_a_run_is_asked_without_its_data(run, own, tmp_path):
    moved = shutil.copytree(run, tmp_path / "moved")
    hidden = own.rename(own.with_name("hidden"))
    try:
        task, params = load(moved)
        assert next(task.predict(params, ["i like it"])).label == "good"
        with pytest.raises(FileNotFoundError):
            task.batches("test")
    finally:
        hidden.rename(own)


def test_building_reads_no_data():
    task = build(configured("nowhere"))
    with pytest.raises(ValueError, match="no data set 'nowhere' of kind labelled"):
        task.batches("train")


@pytest.mark.parametrize("name", ["stacked", "bidirectional"])
def test_the_programs_of_004_are_reproduced(x64, name):
    """Their `outputs[-1]` is our pooling "position", of one-hot words."""
    with np.load(FIXTURES / f"torch_{name}_classifier.npz") as file:
        found = dict(file)
    tokens, labels = found["tokens"], found["labels"]
    classes = len(found["b"])
    both, depth = name == "bidirectional", 2 if name == "stacked" else 1
    cell = cells.Stack((cells.LSTM(5),) * depth)
    model = sentiment.Classifier(
        modules.Embedding(classes, None, dtype=jnp.float64),
        modules.SequenceEncoder(cell, "both" if both else "forward", "position"),
        modules.Readout(classes),
    )
    mask = np.ones(tokens.shape, bool)
    params = jax.eval_shape(model.init, jax.random.key(0), tokens, mask=mask)["params"]

    def filled(prefix):
        weights = {
            key.removeprefix(prefix): value
            for key, value in found.items()
            if key.startswith(prefix)
        }
        return convert.from_torch(cell, weights, bidirectional=both)

    params["readout"] = {"w": found["w"], "b": found["b"]}
    params["encoder"]["cell"] = filled("weights.")

    def loss(params):
        logits, _ = model.apply({"params": params}, tokens, mask=mask)
        nats = jax.nn.logsumexp(logits, -1) - logits[np.arange(len(labels)), labels]
        return nats.mean(), logits

    grads, logits = jax.jit(jax.grad(loss, has_aux=True))(params)
    np.testing.assert_allclose(logits, found["logits"], rtol=1e-6, atol=1e-9)
    for name, own in grads["readout"].items():
        expected = found[f"gradient_{name}"]
        np.testing.assert_allclose(own, expected, rtol=1e-6, atol=1e-9)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-9),
        matrices(grads["encoder"]["cell"]),
        matrices(filled("gradients.")),
    )


def matrices(params):
    """PyTorch has two biases; their gradients are equal, and do not add up to ours."""
    return jax.tree.map(
        lambda cell: (cell.w_x, cell.w_h), params, is_leaf=lambda p: hasattr(p, "w_x")
    )
