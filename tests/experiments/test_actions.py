"""The actions experiment: its nets, its two kinds of answers, and what it refuses."""

import json
import logging

import jax
import numpy as np
import pytest

from configs import actions as default
from experiments import actions
from tests.experiments import small
from tests.looping import draw

pytestmark = pytest.mark.usefixtures("quickly")


def configured(folder, **changes):
    config = small.config("actions", folder)
    with config.ignore_type():
        for name, value in changes.items():
            setattr(config, name, value)
    return config


def drawn(task):
    shapes = jax.eval_shape(task.init, jax.random.key(0))
    return draw(np.random.default_rng(0), shapes)


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    """A file of small pictures with a label for each frame."""
    rng, lines = np.random.default_rng(0), []
    for _ in range(12):
        frames = rng.integers(0, 255, (3, 4, 5)).tolist()
        lines.append(json.dumps({"labels": ["x", "y", "y"], "frames": frames}))
    path = tmp_path_factory.mktemp("videos") / "videos.jsonl"
    path.write_text("\n".join(lines))
    return path


@pytest.fixture(scope="module")
def per_frame(videos, tmp_path_factory):
    changes = {"answers": "frames", "net": "conv_lstm", "corpus": str(videos)}
    changes |= {"channels": (2, 2), "strides": (2, 1)}
    config = configured(tmp_path_factory.mktemp("actions"), **changes)
    task = actions.build(config)
    return task, drawn(task)


def test_every_frame_has_an_answer_of_its_own(per_frame):
    task, params = per_frame
    batch = next(task.batches("valid"))
    assert batch["label"].shape == batch["mask"].shape
    _, (_, sums) = jax.jit(lambda p: task.loss(p, (), batch, None))(params)
    assert sums["accuracy"][1] == batch["mask"].sum() == 3
    assert set(task.baselines()) == {"most frequent"}
    assert task.baselines()["most frequent"] == pytest.approx(2 / 3)


def test_an_answer_comes_without_the_frames_after_it(per_frame):
    """Of a net that runs forward, what comes later changes nothing before."""
    task, params = per_frame
    batch = next(task.batches("valid"))
    changed = batch | {"frames": batch["frames"].copy()}
    changed["frames"][:, 2] = 0
    run = jax.jit(task._frames)
    one, other = run(params, batch), run(params, changed)
    np.testing.assert_array_equal(one[0, :2], other[0, :2])
    assert np.abs(one[0, 2] - other[0, 2]).max() > 1e-6


@pytest.mark.parametrize("joints", [5, 20])
def test_skeletons_stand_where_no_later_frame_says(joints, tmp_path):
    rng, own, lines = np.random.default_rng(0), tmp_path / "own.jsonl", []
    for label in "xyxyxyxyxy":
        frames = rng.normal(size=(4, joints, 3)).tolist()
        lines.append(json.dumps({"label": label, "frames": frames}))
    own.write_text("\n".join(lines))
    changes = {"answers": "frames", "net": "flat", "corpus": str(own)}
    task = actions.build(configured(tmp_path, **changes))
    (_, whole), (_, begun) = (
        task.read(json.dumps({"frames": frames[:length]})) for length in (4, 2)
    )
    np.testing.assert_array_equal(begun["frames"], whole["frames"][:2])


def test_vectors_may_be_three_numbers_wide(tmp_path):
    own, lines = tmp_path / "own.jsonl", []
    for i, label in enumerate("xyxyxyxyxy"):
        lines.append(json.dumps({"label": label, "frames": [[[i, 1, 2]]]}))
    own.write_text("\n".join(lines))
    task = actions.build(configured(tmp_path, net="vectors", corpus=str(own)))
    assert task.outputs(drawn(task), next(task.batches("valid")), None)[0].shape[1] == 2


@pytest.mark.parametrize("net", ["parts", "convolution"])
def test_whole_answers_are_the_mean_of_the_scores_of_frames(net, tmp_path, videos):
    changes = {"net": net}
    if net == "convolution":
        lines = videos.read_text().replace('"labels": ["x", "y", "y"]', '"label": "x"')
        lines = lines.replace('"x"', '"y"', 3)
        own = tmp_path / "whole.jsonl"
        own.write_text(lines)
        changes |= {"corpus": str(own), "channels": (2,), "strides": (2,)}
    task = actions.build(configured(tmp_path, **changes))
    batch, params = next(task.batches("valid")), drawn(task)
    whole, frames = jax.jit(lambda p: task.outputs(p, batch, None))(params)
    real = batch["mask"][0]
    np.testing.assert_allclose(whole[0], frames[0, real].mean(0), rtol=1e-4, atol=1e-6)


def test_what_does_not_go_together_is_refused(tmp_path, videos):
    def refused(words, **changes):
        with pytest.raises(ValueError, match=words):
            next(actions.build(configured(tmp_path, **changes)).batches("train"))

    own = {"corpus": str(videos)}
    refused("labels that change need", net="convolution", **own)
    refused("one of each", net="convolution", strides=(2,))
    refused("needs direction=forward", answers="frames", direction="both", **own)
    with pytest.raises(ValueError, match="needs two channels"):
        actions.build(
            configured(tmp_path, net="conv_lstm", channels=(2,), strides=(1,))
        )
    with pytest.raises(ValueError, match="reads joints x 3, not frames of 4 x 5"):
        actions.build(configured(tmp_path, net="flat", **own)).model  # noqa: B018
    with pytest.raises(ValueError, match="reads pictures, not frames of 20 x 3"):
        actions.build(configured(tmp_path, net="convolution")).model  # noqa: B018


def test_a_skeleton_of_another_number_of_joints_is_refused(tmp_path):
    task = actions.build(configured(tmp_path))
    line = json.dumps({"frames": np.zeros((2, 19, 3)).tolist()})
    with pytest.raises(ValueError, match="19 x 3 numbers.*20 x 3.*joints"):
        task.read(line)


def test_frames_that_are_cut_are_said_and_not_counted(tmp_path, caplog):
    task = actions.build(configured(tmp_path))
    lines = [json.dumps({"frames": np.zeros((n, 20, 3)).tolist()}) for n in (11, 8)]
    with caplog.at_level(logging.WARNING):
        found = list(task.predict(drawn(task), lines))
    assert [own.text for own in found] == ["8 frames", "8 frames"]
    assert caplog.messages == ["the first 8 of 11 frames are read, limit = 8"]


def test_the_label_of_a_cut_video_is_that_of_the_last_frame_read(tmp_path, videos):
    own = tmp_path / "cut.jsonl"
    own.write_text(videos.read_text().replace('"y", "y"', '"x", "y"'))
    changes = {"net": "convolution", "channels": (2,), "strides": (2,), "limit": 2}
    changes |= {"answers": "frames", "corpus": str(own)}
    task = actions.build(configured(tmp_path, **changes))
    task.report(drawn(task), tmp_path)
    _, *rows = (tmp_path / "test.tsv").read_text().splitlines()
    assert rows and all(row.startswith("x\t") and row[-2:] == "\t2" for row in rows)


def test_last_parameters_count_where_who_validates_has_trained():
    config = default.get_config()
    config.corpus, config.net = "msr_action3d", "flat"
    assert actions.build(config).goal is None
    config.held_out = 9
    assert actions.build(config).goal == ("valid", "accuracy", "max")
