"""The handwriting experiment: what it predicts, writes, and refuses."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from experiments import handwriting
from seqnets.datasets import strokes
from seqnets.mixture_density import DRAWS, ENDS, LIFTS
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
