"""The digits experiment: every way to scan an image, and what it refuses."""

import importlib
import math
import os
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image

from experiments import digits
from seqnets import cells, feedforward, losses
from seqnets.training import evaluation, loop
from tests import looping

# Configs, and their steps per epoch.
EPOCHS = {"digits": 172, "mnist_softmax": 430, "mnist_mlp": 430, "mnist_rows": 430}
EPOCHS |= {"mnist_pixels": 860, "mnist_permuted": 860}
EPOCHS |= {"mnist_highway": 430, "mnist_plain": 430, "mnist_convolution": 430}


@pytest.fixture(scope="module")
def folder(image_folder):
    return image_folder


def configured(folder, **changes):
    """Returns the default config, made small."""
    config = importlib.import_module("configs.digits").get_config()
    config.corpus = str(folder)
    config.batch_size = 16
    config.hidden_dims = (8,)
    config.cell.dim = config.width = 8
    config.depth = 4
    with config.ignore_type():
        for name, value in changes.items():
            setattr(config, name, value)
    return config


def draw(task):
    """Returns parameters without structure, which need no compiling."""
    shapes = jax.eval_shape(task.init, jax.random.key(0))
    drawn = looping.draw(np.random.default_rng(0), shapes)
    return jax.tree.map(lambda p: 0.3 * p, drawn)


def train(task, steps, rate=0.3):
    """Descends with plain SGD on the first batches; returns parameters and losses."""

    @jax.jit
    def step(params, batch):
        grad = jax.value_and_grad(task.loss, has_aux=True)
        (loss, _), grads = grad(params, (), batch, jax.random.key(0))
        return jax.tree.map(lambda p, g: p - rate * g, params, grads), loss

    params, seen = draw(task), []
    for _, batch in zip(range(steps), task.batches("train", 0), strict=False):
        params, loss = step(params, batch)
        seen.append(float(loss))
    return params, seen


@pytest.mark.parametrize(
    "changes",
    [
        {"net": "mlp"},
        {"net": "mlp", "hidden_dims": (), "loss": "perceptron"},
        {"net": "convolution", "channels": (4,), "strides": (3,)},
        {"net": "plain", "activation": "tanh"},
        {"net": "highway", "gate_update": "old"},
        {"net": "residual", "compute_dtype": "bfloat16"},
        {"scan": "rows"},
        {"scan": "pixels", "permutation": 3},
    ],
    ids=lambda changes: "-".join(map(str, changes.values())),
)
def test_every_option_trains(folder, changes):
    task = digits.build(configured(folder, **changes))
    _, seen = train(task, 48, rate=0.02 if "loss" in changes else 0.3)
    assert np.all(np.isfinite(seen))
    assert np.mean(seen[-16:]) < np.mean(seen[:16])


def test_untrained_loss_is_near_that_of_guessing(folder):
    task = digits.build(configured(folder, hidden_dims=()))
    params = jax.tree.map(lambda p: 0.01 * p, draw(task))
    _, (_, sums) = task.loss(params, (), next(task.batches("valid", 0)), None)
    assert float(sums["loss"][0] / sums["loss"][1]) == pytest.approx(
        math.log(10), abs=0.1
    )


def test_evaluation_counts_every_image_once(folder):
    task = digits.build(configured(folder))
    params = draw(task)
    loss = jax.jit(task.loss)
    for split, count in (("valid", 22), ("test", 40)):
        sums = [loss(params, (), batch, None)[1][1] for batch in task.batches(split, 0)]
        assert sum(float(s["accuracy"][1]) for s in sums) == count


def test_a_run_leaves_pictures_and_ends_above_the_baselines(folder, tmp_path):
    config = configured(folder, hidden_dims=(), epochs=12)
    config.optimizer.learning_rate = 0.01
    task = digits.build(config)
    params = loop.fit(task, config, tmp_path / "run")
    pictures = {path.name for path in (tmp_path / "run" / "samples").iterdir()}
    assert pictures == {
        "digits.png",
        "mistakes.png",
        "confusion.png",
        "weights.png",
    }
    again = digits.build(config, tmp_path / "run")
    scores = evaluation.evaluate(again, params, "valid")
    assert scores["parameters"] == 14 * 14 * 10 + 10
    baselines = task.baselines()
    assert baselines["most frequent class"] < baselines["nearest mean image"]
    assert scores["accuracy"] > baselines["most frequent class"] + 0.2


def test_a_picture_of_a_file_or_of_numbers_is_answered_as_its_batch_is(
    folder, tmp_path
):
    task = digits.build(configured(folder))
    params, images = draw(task), task.dataset.test.columns.image[:2]
    Image.fromarray(images[1]).save(tmp_path / "digit.png")
    lines = [" ".join(map(str, images[0].ravel())), "", str(tmp_path / "digit.png")]
    first, empty, last = task.predict(params, lines)
    p = jax.nn.softmax(task.outputs(params, {"image": images}, None)[0])
    assert (first.label, last.label) == tuple(map(str, p.argmax(1).tolist()))
    found = first.probability, last.probability
    np.testing.assert_allclose(found, p.max(1), rtol=1e-5)
    assert str(empty) == "-\t-\t" and last.text == lines[2]


def classifier(**options):
    """Returns a small scanner of images, whose net is linear."""
    return digits.Classifier(feedforward.MLP((3,)), cells.GRU(5), **options)


def test_rows_and_pixels_are_scanned_from_the_first_to_the_last(key, quickly):
    pixels = np.random.default_rng(0).integers(256, size=(2, 4, 3), dtype=np.uint8)
    cell = cells.GRU(5)
    for scan, shape in (("rows", (2, 4, 3)), ("pixels", (2, 12, 1))):
        model = classifier(scan=scan)
        params = jax.jit(model.init)(key, pixels)["params"]
        (w, b) = params["net"][0]
        own, xs = params["encoder"]["cell"], pixels.reshape(shape) / np.float32(255)

        @jax.jit
        def step(state, x, own=own):
            return cell.step(own, state, cell.project(own, x[None])[0])

        state = cell.initial_state(own, 2, jnp.float32)
        for t in range(shape[1]):
            state, y = step(state, xs[:, t])
        np.testing.assert_allclose(
            jax.jit(model.apply)({"params": params}, pixels),
            y @ w + b,
            rtol=1e-4,
            atol=1e-5,
        )


def test_a_permutation_is_an_order_of_the_pixels_that_a_seed_gives(key, quickly):
    pixels = np.random.default_rng(0).integers(256, size=(2, 4, 3), dtype=np.uint8)
    plain = classifier(scan="pixels")
    params = jax.jit(plain.init)(key, pixels)
    order = np.random.default_rng(7).permutation(12)
    turned = pixels.reshape(2, 12)[:, order].reshape(2, 4, 3)
    permuted = classifier(scan="pixels", permutation=7)
    np.testing.assert_array_equal(
        jax.jit(permuted.apply)(params, pixels), jax.jit(plain.apply)(params, turned)
    )


def test_the_perceptron_loss_is_what_is_descended(folder):
    """The loss of the config replaces cross-entropy, and nothing else."""
    changes = {"hidden_dims": ()}
    own, usual = (
        digits.build(configured(folder, loss=loss, **changes))
        for loss in ("perceptron", "cross_entropy")
    )
    params, batch = draw(own), next(own.batches("valid"))
    value, (_, sums) = own.loss(params, (), batch, None)
    logits, _ = own.outputs(params, batch, None)
    total, count = losses.perceptron(logits, batch["label"], batch["rows"])
    np.testing.assert_allclose(value, total / count, rtol=1e-6)
    _, (_, others) = usual.loss(params, (), batch, None)
    assert sums["accuracy"] == others["accuracy"]


def test_a_moved_run_folder_answers_without_its_data(folder, tmp_path):
    params = draw(task := digits.build(configured(folder, scan="rows")))
    task.assets.save(tmp_path)
    batch = next(task.batches("test"))
    again = digits.build(configured("nowhere", scan="rows"), tmp_path)
    shapes = jax.eval_shape(again.init, jax.random.key(0))
    assert jax.tree.map(lambda a: a.shape, shapes) == jax.tree.map(np.shape, params)
    assert again.classes == task.classes
    ours, theirs = (t.outputs(params, batch, None)[0] for t in (task, again))
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"scan": "row"}, "scan cannot be 'row'; did you mean 'rows'"),
        ({"net": "highways"}, "did you mean 'highway'"),
        ({"loss": "hinge"}, "loss cannot be 'hinge'"),
        ({"activation": "sine"}, "activation cannot be 'sine'; one of"),
        ({"initial": "zeros"}, "initial cannot be 'zeros'; one of"),
        ({"net": "residual", "depth": 1}, "at least 2 layers, not 1"),
        ({"hidden_dims": (0,)}, "hidden_dims must be at least 1"),
        ({"scan": "rows", "permutation": 1}, "permutation is of pixels"),
        ({"chrono": 9}, "an LSTM that scans"),
        ({"net": "convolution", "scan": "rows"}, "needs scan=whole"),
        ({"net": "convolution", "channels": (8,)}, "one of each for every layer"),
    ],
)
def test_options_that_there_are_not_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        digits.build(configured("drawn_digits", **changes))


def test_missing_images_leave_no_run_folder(tmp_path):
    config = configured(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match="nowhere"):
        loop.fit(digits.build(config), config, tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", EPOCHS)
def test_every_config_can_be_trained(name):
    config = importlib.import_module(f"configs.{name}").get_config()
    if config.data_dir is None and "SEQNETS_DATA" not in os.environ:
        shared = Path(__file__).parents[3] / "shared" / "data"
        config.data_dir = str(shared) if shared.is_dir() else None
    task = digits.build(config)
    try:
        assert task.steps_per_epoch == EPOCHS[name]
    except FileNotFoundError as error:
        pytest.skip(str(error))

    def step(key, batch):
        grad = jax.value_and_grad(task.loss, has_aux=True)
        return grad(task.init(key), (), batch, key)

    # Traced, not run: the wiring is what is tested.
    (loss, _), grads = jax.eval_shape(
        step, jax.random.key(0), next(task.batches("train", 0))
    )
    assert loss.shape == () and jax.tree.leaves(grads)
