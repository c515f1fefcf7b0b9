"""The glimpses experiment: what it averages, moves and refuses."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
from PIL import Image

from experiments import glimpses
from tests.experiments import small
from tests.looping import draw

pytestmark = pytest.mark.usefixtures("quickly")


def configured(folder, **changes):
    config = small.config("glimpses", folder)
    with config.ignore_type():
        for name, value in changes.items():
            setattr(config, name, value)
    return config


@pytest.fixture(scope="module")
def looker(tmp_path_factory):
    task = glimpses.build(configured(tmp_path_factory.mktemp("glimpses")))
    shapes = jax.eval_shape(task.init, jax.random.key(0))
    return task, draw(np.random.default_rng(0), shapes)


def test_images_stand_whole_somewhere_on_the_canvas(looker, key):
    task, _ = looker
    batch = next(task.batches("train"))
    images = jax.jit(lambda key: task.images(batch, task.keys(batch, key)))
    found = np.asarray(images(key))
    assert found.shape == (8, 7, 7)
    np.testing.assert_allclose(
        found.sum((1, 2)), batch["image"].sum((1, 2)) / 255, rtol=1e-5
    )
    middle = np.asarray(task.images(batch, None))
    np.testing.assert_allclose(middle[:, 1:6, 1:5] * 255, batch["image"], rtol=1e-5)
    assert (found != middle).any()


def test_an_evaluation_averages_the_probabilities_of_its_paths(looker):
    task, params = looker
    batch = next(task.batches("valid"))

    @jax.jit
    def both(params):
        return task.looks(params, batch, None), task.outputs(params, batch, None)

    found, (mean, _) = jax.tree.map(np.asarray, both(params))
    assert found.places.shape[1:] == (2, 2, 2)  # Paths, glimpses, y and x.
    expected = scipy.special.softmax(found.logits, -1).mean(1)
    np.testing.assert_allclose(np.exp(mean), expected, rtol=1e-4)
    np.testing.assert_allclose(np.exp(mean).sum(-1), 1.0, rtol=1e-5)
    assert (found.places[:, 0] != found.places[:, 1]).any()


def test_training_teaches_the_class_the_places_and_the_baseline(looker, key):
    task, params = looker
    batch = next(task.batches("train"))
    run = jax.jit(jax.grad(lambda p: task.loss(p, (), batch, key)[0]))
    gradient = run(params)
    cell = gradient["recurrent"]["cell"]
    for own in (cell.what, cell.where, cell.join, cell.place, gradient["expected"]):
        assert all(np.any(a) for a in jax.tree.leaves(own))


def test_without_a_weight_no_place_is_learnt(looker, key):
    task, params = looker
    batch = next(task.batches("train"))
    task.config.unlock()
    task.config.policy_weight = 0.0
    try:
        found = jax.jit(jax.grad(lambda p: task.loss(p, (), batch, key)[0]))(params)
    finally:
        task.config.policy_weight = 1.0
    assert not any(np.any(a) for a in found["recurrent"]["cell"].place)


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"canvas": 4}, "canvas = 4 is smaller than images of 5 x 4"),
        ({"canvas": None, "size": 5}, "smaller than a glimpse of 5 x 5"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(tmp_path, changes, words):
    with pytest.raises(ValueError, match=words):
        glimpses.build(configured(tmp_path, **changes)).shape  # noqa: B018


def test_pictures_that_are_asked_for_are_checked(looker, tmp_path):
    task, params = looker
    bad, tiny, good = (tmp_path / f"{n}.png" for n in ("bad", "tiny", "good"))
    bad.write_text("no picture")
    pixels = np.full((9, 9), 255, np.uint8)
    pixels[3:6, 4] = 0
    Image.fromarray(pixels).save(good)
    Image.fromarray(np.array([[0, 255, 0]], np.uint8)).save(tiny)
    blank = tmp_path / "blank.png"
    Image.fromarray(np.full((1, 3), 255, np.uint8)).save(blank)
    small = "a picture of 1 x 3 pixels is smaller than a glimpse of 2 x 2"
    for path, words in ((bad, "bad.png: not an image"), (tiny, small), (blank, small)):
        with pytest.raises(ValueError, match=words):
            list(task.predict(params, [str(path)]))
    (found,) = task.predict(params, [str(good)])
    assert found.text == str(good) and found.label in task.classes
    assert jnp.isfinite(found.probability)


def test_a_page_as_large_as_the_canvas_is_taken_as_it_is(looker, tmp_path):
    task, params = looker
    ink = np.zeros((7, 7), np.uint8)
    ink[5:, 4:6] = 200
    path = tmp_path / "page.png"
    Image.fromarray(255 - ink).save(path)
    _, example = task.read(str(path))
    found = task.images(task.collate(example), None)[0]
    np.testing.assert_allclose(found * 255, ink, rtol=1e-5)
    (answer,) = task.predict(params, [str(path)])
    assert answer.label in task.classes
    numbers = " ".join(["0", "255", "100", "7"] * 5)  # As large as the images.
    _, example = task.read(numbers)
    assert example["image"].shape == (5, 4)
    long = numbers.replace("7", f"7.{'0' * 60}")  # No path: its name were too long.
    np.testing.assert_array_equal(task.read(long)[1]["image"], example["image"])
