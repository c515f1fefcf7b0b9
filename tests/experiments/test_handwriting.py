"""The handwriting experiment: what it predicts, writes, and refuses."""

import logging

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from experiments import handwriting
from seqnets.datasets import strokes
from seqnets.mixture_density import DRAWS, ENDS, LIFTS
from seqnets.tasks.pen_writer import BEYOND, has_written
from tests.experiments import small
from tests.looping import draw

pytestmark = pytest.mark.usefixtures("quickly")


def configured(folder, **changes):
    config = small.config("handwriting", folder)
    with config.ignore_type():
        for name, value in changes.items():
            setattr(config, name, value)
    return config


def drawn(task):
    shapes = jax.eval_shape(task.init, jax.random.key(0))
    return draw(np.random.default_rng(0), shapes)


@pytest.fixture(scope="module")
def writer(tmp_path_factory):
    task = handwriting.build(configured(tmp_path_factory.mktemp("handwriting")))
    return task, drawn(task)


def test_an_example_predicts_each_point_from_the_one_before(writer):
    task, _ = writer
    line = '{"text": "ab", "strokes": [[[0, 0], [3, 4]], [[5, 5], [6, 5]]]}'
    drawing = strokes.parse(line)
    example, scale = task.encode(drawing), task.info["scale"]
    offsets = np.array([[3, 4], [2, 1], [1, 0]]) / scale
    np.testing.assert_allclose(example["offsets"], offsets, rtol=1e-6)
    assert example["pens"].tolist() == [LIFTS, DRAWS, ENDS]
    expected = [[0, 0, 0], [*offsets[0], 1], [*offsets[1], 0]]
    np.testing.assert_allclose(example["inputs"], expected, rtol=1e-6)
    assert example["text"].tolist() == [0, 1, 2]  # And the end.


def test_a_drawing_that_is_cut_does_not_end(writer):
    task, _ = writer
    points = np.ones((20, 3), np.float32)
    example = task.encode(strokes.Drawing("ab", points))
    assert len(example["pens"]) == 8 and ENDS not in example["pens"]


def test_stretching_scales_inputs_and_targets_alike(writer, key):
    task, _ = writer
    batch = next(task.batches("train"))
    found = task.stretched(key, {n: jnp.asarray(a) for n, a in batch.items()})
    real = batch["mask"]
    ratio = np.asarray(found["offsets"])[real] / batch["offsets"][real]
    assert (np.abs(ratio - 1) <= task.config.stretch + 1e-5).all()
    before = found["offsets"][:, :-1] * batch["mask"][:, 1:, None]
    np.testing.assert_allclose(found["inputs"][:, 1:, :2], before, rtol=1e-5)


def test_a_seed_writes_the_same_and_an_end_ends_it(writer):
    task, params = writer
    one, again, other = (
        task.sample(params, prompt="ba", length=8, seed=seed) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one.points, again.points)
    assert one.points.shape != other.points.shape or (one.points != other.points).any()
    sure = jax.tree.map(jnp.zeros_like, params)
    bias = sure["readout"]["b"].at[ENDS].set(50.0)
    sure = sure | {"readout": sure["readout"] | {"b": bias}}
    # Here the window moves a symbol a point: to "b", and then to the text's end.
    assert len(task.sample(sure, prompt="ab", length=8).points) == 2
    assert len(task.sample(sure, prompt="abab", length=8).points) == 4
    assert len(task.sample(sure, prompt="aaaa", length=8).points) == 4
    assert task.sample(sure, prompt="ab", length=2).ended


@pytest.mark.parametrize("older", [False, True])
def test_no_pen_goes_further_than_in_training(writer, older, tmp_path):
    """What is drawn is fed back: without a bound, it grows at every point here."""
    task, params = writer
    task = handwriting.Handwriting(task.config, task.assets)
    if older:  # A run that has kept no range.
        task.info = {n: v for n, v in task.info.items() if n != "range"}
    readout = jax.tree.map(jnp.zeros_like, params["readout"])
    w, b = readout["w"], readout["b"].at[LIFTS].set(50.0)
    means = slice(3 + task.config.mixtures, 3 + 3 * task.config.mixtures)
    for axis in range(2):
        w = w.at[axis, means.start + axis : means.stop : 2].set(1e3)
    wild = params | {"readout": readout | {"w": w, "b": b}}
    found = task.sample(wild, prompt="ab", length=60, bias=0.0)
    points = found.points[:, :2]
    assert np.isfinite(points).all() and len(points) == 60
    if older:
        far = np.abs(points).max() / task.info["scale"]
        assert far == pytest.approx(BEYOND)
    else:
        low, high = np.array(task.info["range"])
        assert (points >= low - 1e-4).all() and (points <= high + 1e-4).all()
        at = np.minimum(np.abs(points - low), np.abs(points - high))
        assert (at < 1e-4).any()
    assert str(found).startswith("<svg")
    task.written = lambda params, texts, *_, **__: [found] * len(texts)
    task.report(wild, tmp_path)


def test_the_end_of_a_text_is_a_place_and_not_a_symbol():
    """Of "aa", whose weights are .3 and .3, the end shows most with .4 (Graves)."""
    phi = jnp.array([[0.3, 0.3, 0.4], [0.3, 0.4, 0.3], [0.2, 0.3, 0.0], [0.0] * 3])
    mask = jnp.array([[1, 1, 1], [1, 1, 1], [1, 1, 0], [1, 1, 1]], bool)
    assert has_written(phi, mask).tolist() == [True, False, True, False]


def test_what_is_cut_is_said_and_counted(writer, caplog):
    task, params = writer
    way = [[i % 3, i] for i in range(31)]
    lines = [f'{{"text": "ab", "strokes": [{part}]}}' for part in (way, way[:9])]
    with caplog.at_level(logging.WARNING):
        long, short = task.predict(params, lines)
    assert long.points == short.points == task.config.limit == 8
    assert caplog.messages == ["the first 8 of 30 points are read, limit = 8"]
    caplog.clear()
    never = jax.tree.map(jnp.zeros_like, params)
    bias = never["readout"]["b"].at[DRAWS].set(50.0)
    never = never | {"readout": never["readout"] | {"b": bias}}
    with caplog.at_level(logging.WARNING):
        assert not task.sample(never, prompt="ab", length=5).ended
    assert caplog.messages == [
        "cut after 5 points, before its end: give a greater --length"
    ]


def test_samples_go_to_files(writer, tmp_path):
    task, params = writer
    for name, start in (("a.svg", b"<svg"), ("a.png", b"\x89PNG")):
        path = tmp_path / name
        assert task.sample(params, prompt="ab", length=8, out=str(path)) == str(path)
        assert path.read_bytes().startswith(start)


@pytest.mark.parametrize(
    "options, words",
    [
        ({"prompt": "axb"}, "'x' was never written"),
        ({"bias": -1.0}, "bias must be"),
        ({"length": 0}, "length must be at least 1"),
        ({"out": "a.pdf"}, "must end in .svg or .png"),
    ],
)
def test_what_cannot_be_written_is_refused(writer, options, words):
    task, params = writer
    with pytest.raises(ValueError, match=words):
        task.sample(params, **options)


def test_drawings_that_are_asked_for_are_checked(writer):
    task, params = writer
    line = '{"text": "ab", "strokes": [[[0, 0], [1, 2], [2, 2]]]}'
    empty, found = task.predict(params, ["", line])
    assert str(empty).startswith("-\t-") and found.points == 2
    assert np.isfinite(found.nats)
    wrong = (line.replace("ab", "az"), "'z'"), (line.replace("1,", "NaN,"), "nan")
    for bad, words in wrong:
        with pytest.raises(ValueError, match=words):
            list(task.predict(params, [bad]))


def test_baselines_are_of_offsets_and_pens(writer):
    task, _ = writer
    found = task.baselines()
    assert set(found) == {"1 Gaussian", "2 Gaussians"}
    assert all(np.isfinite(value) for value in found.values())


def test_drawings_without_texts_need_no_window(tmp_path):
    config = configured(tmp_path, window=None)
    task = handwriting.build(config)
    assert "text" not in next(task.batches("train"))
    with pytest.raises(ValueError, match="no --prompt"):
        task.sample(drawn(task), prompt="a")
    path = tmp_path / "mixed.jsonl"
    texts = '{"text": "a", "strokes": [[[0, 0], [1, 2]]]}\n' * 5
    path.write_text('{"strokes": [[[0, 0], [1, 2]]]}\n' + texts)
    config.corpus = str(path)
    with config.ignore_type():
        config.window = 1
    with pytest.raises(ValueError, match="example 1 of train: there is no text"):
        next(handwriting.build(config).batches("train"))
    path = tmp_path / "plain.jsonl"
    path.write_text('{"strokes": [[[0, 0], [1, 2]]]}\n' * 5)
    config.corpus = str(path)
    with pytest.raises(ValueError, match="no texts to write"):
        handwriting.build(config).info  # noqa: B018
