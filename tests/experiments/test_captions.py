"""The captions experiment: its options, what it learns, and bad pictures."""

import importlib
import itertools

import jax
import numpy as np
import pytest
from PIL import Image

import experiments
from experiments import captions
from seqnets.training.evaluation import evaluate
from seqnets.training.loop import fit
from tests.experiments import small

pytestmark = pytest.mark.usefixtures("quickly")
NAMES = ("captions", "captions_plain", "flickr8k", "mnist_captions")


def configured(name="captions", **changes):
    config = importlib.import_module(f"configs.{name}").get_config()
    with config.ignore_type():
        config.update_from_flattened_dict(changes)
    return config


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A short training on pictures whose ink is above or below."""
    folder = tmp_path_factory.mktemp("captions")
    config = small.config("captions", folder)
    config.steps = config.eval_every = 150
    config.cell.dim, config.optimizer.learning_rate = 6, 0.02
    task = captions.build(config, folder / "run")
    return task, fit(task, config, folder / "run"), folder


def test_a_run_says_where_the_ink_is_in_pictures_of_any_size(run):
    task, params, folder = run
    assert task.scores(params, "test", None)["accuracy"] == 1
    with_accuracy = captions.Captions(task.config, task.assets)
    with_accuracy.goal = ("valid", "accuracy", "max")
    baseline = with_accuracy.baselines()["most frequent caption"]
    assert 0.4 < baseline < 0.6
    pixels = np.full((30, 30), 255, np.uint8)
    pixels[15:, 1:29] = 0
    Image.fromarray(pixels).save(folder / "own.png")
    path = str(folder / "own.png")
    found = list(task.predict(params, [path, "", path], beam=3, nbest=2))
    assert found[0].text == found[2].text == "ink is below" and found[1].text == ""
    assert len(found[0].others) == 1 and found[0].score > found[0].others[0][1]


def test_what_is_no_picture_is_named(run):
    task, params, folder = run
    text = folder / "text.png"
    text.write_text("no picture")
    with pytest.raises(ValueError, match=r"text.png: not an image file"):
        list(task.predict(params, [str(text)]))
    with pytest.raises(FileNotFoundError, match="nowhere.png"):
        list(task.predict(params, ["nowhere.png"]))


def test_each_word_looks_at_the_whole_picture_once(run):
    task, params, _ = run
    words, weights = task.look(params, task.captioned.test[0].picture, "ink is above")
    assert words == ["ink", "is", "above"] and weights.shape == (3, 2, 2)
    np.testing.assert_allclose(weights.sum((1, 2)), 1, rtol=1e-5)


def test_the_loss_of_attention_is_that_of_regions_looked_at_unevenly(run):
    task, params, _ = run
    batch = next(task.batches("train"))

    @jax.jit
    def measure(params, key):
        plain, _ = task.loss(params, (), batch, key)
        task.config.doubly_stochastic = 0.5
        found, _ = task.loss(params, (), batch, key)
        same, _ = task.loss(params, (), batch, None)
        task.config.doubly_stochastic = 0.0
        return plain, found, same, task.attended(params, batch)

    with task.config.unlocked():
        *losses, alpha = measure(params, jax.random.key(0))
    plain, found, same = map(float, losses)
    expected = ((1 - np.asarray(alpha).sum(1)) ** 2).sum(-1)[batch["rows"]].mean()
    np.testing.assert_allclose(found - plain, 0.5 * expected, rtol=1e-3)
    np.testing.assert_allclose(same, plain, rtol=1e-6)  # Evaluations leave it out.


def test_a_caption_is_right_that_any_reference_has():
    references = [["a dog", "the dog"], ["a cat"]]
    found = captions.compare(["the dog", "a dog"], references)
    assert found["accuracy"] == 0.5
    assert captions.exact(["a cat"], references) == 0.5


def test_pictures_with_several_captions_are_written_about_once(tmp_path):
    config = small.config("captions", tmp_path)
    for split in ("train", "valid", "test"):
        path = tmp_path / "captioned" / f"{split}.tsv"
        lines = path.read_text()
        path.write_text(lines + lines.replace("ink", "paper"))
    task = captions.build(config)
    assert len(task.dataset.test) == 2 * len(task.captioned.test) == 10
    rows = sum(int(b["rows"].sum()) for b in task._in_order("test", None))
    assert rows == 5 and len(task.references("test")[0]) == 2


def test_what_is_kept_fits_how_many_captions_are_right(run, tmp_path):
    task, params, _ = run
    assert task.goal == ("valid", "loss", "min")
    assert captions.build(configured()).goal == ("valid", "accuracy", "max")
    mnist, photographs = map(configured, ("mnist_captions", "flickr8k"))
    assert captions.build(mnist).goal == ("valid", "accuracy", "max")
    assert captions.build(photographs).goal == ("valid", "loss", "min")
    # "ink is", and the end, are certain but for one in four; "above" or "below" less.
    (found,) = task.baselines().values()
    assert found == pytest.approx((3 * np.log(4) + np.log(8)) / 4)
    assert evaluate(task, params, "valid")["loss"] < found


@pytest.mark.parametrize("name", NAMES)
def test_every_config_builds(name, tmp_path):
    own = small.config("captions", tmp_path).corpus
    task = captions.build(configured(name, corpus=own, shape=(28, 40, 1)))
    assert jax.eval_shape(task.init, jax.random.key(0))


@pytest.mark.parametrize(
    "changes",
    [
        {"attention": "General", "attend": "above", "bridge": "zero", "unit": "char"},
        {"attention": None, "dropout": 0.2, "tied": True},
    ],
    ids=lambda changes: str(changes["attention"]),
)
def test_every_kind_of_decoder_has_gradients(changes, tmp_path):
    config = small.config("captions", tmp_path)
    changes = {"readout_dim": 4, "limit": 14} | changes
    with config.ignore_type():
        config.update_from_flattened_dict(changes)
    task = captions.build(config)
    key, batch = jax.random.key(0), next(task.batches("train"))

    @jax.jit
    def gradients():
        params = task.init(key)
        return jax.grad(lambda p: task.loss(p, (), batch, key)[0])(params)

    for path, leaf in jax.tree_util.tree_leaves_with_path(gradients()):
        assert np.isfinite(leaf).all() and np.any(leaf), path


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"attention": "Dot"}, "make them equal, or choose General"),
        ({"attention": None, "doubly_stochastic": 1.0}, "is of attention"),
        ({"attention": None, "bridge": "zero"}, "sees nothing of the picture"),
        ({"strides": (2,)}, "one of each for every layer"),
        ({"shape": (8, 8, 2)}, "height, width, and 1 or 3 channels"),
        ({"tied": True}, "tied embeddings need embedding_dim"),
        ({"bridge": "copy"}, "bridge cannot be 'copy'"),
    ],
)
def test_options_that_do_not_go_together_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        experiments.build(configured(**changes))


def test_batches_have_pictures_and_one_caption_each(run):
    task, _, _ = run
    (batch,) = itertools.islice(task.batches("train"), 1)
    assert batch["source"].shape == (4, 8, 8, 1) and batch["source"].dtype == np.uint8
    assert batch["inputs"].shape == batch["targets"].shape == (4, 4)
