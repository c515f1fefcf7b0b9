"""Stored digits, what a study says of them, and an SRN that is trained as a store."""

import jax
import numpy as np
import pytest

import experiments
from seqnets import datasets
from seqnets.training.study import Study
from seqnets.training.task import Task
from tests.experiments import small
from tests.experiments.evaluated import drawn

pytestmark = pytest.mark.usefixtures("quickly")


@pytest.fixture
def make(tmp_path):
    """Returns a function that builds the small experiment, changed."""
    config = small.config("associative_memory", tmp_path)

    def build(**changes):
        own = config.copy_and_resolve_references()
        with own.ignore_type():
            own.update({"eval_examples": 20, "delay": 2} | changes)
        own.cell.dim = 4
        return experiments.build(own)

    return build


def test_a_study_measures_every_load_rule_and_method(make):
    study = make(stored=(3, 6))
    assert isinstance(study, Study)
    found, metrics = study.compute()
    own = metrics["test"]
    assert {f"{m}/{x}" for m in ("bit_error", "overlap") for x in (0.1, 0.2)} < set(own)
    assert {name for name in own if name.startswith("accuracy/")} == {
        f"accuracy/{method}_{count}"
        for method in ("hebbian", "pseudo_inverse", "storkey", "modern")
        for count in (3, 6)
    }
    assert found["rules"].shape == (3, 1) and found["recalled"].shape == (2, 2, 4)
    # Three digits, the damaged ones, and what four methods make of them.
    assert found["stored"].shape == (3, 5, 4) and found["flipped"].shape == (5, 3, 5, 4)
    share = (found["flipped"][4] == found["stored"]).all((1, 2)).mean()
    assert own["accuracy/modern_3"] == pytest.approx(share)


def test_as_many_digits_of_each_class_are_stored_as_there_can_be(make):
    task = make(model="recurrent", stored=(6,))
    assert isinstance(task, Task)
    images, labels = task_images(task)
    found = []
    for pattern in task.patterns:
        same = [np.array_equal(pattern, own) for own in images]
        found.append(labels[same.index(True)])
    assert found == [0, 1, 2, 0, 1, 2]
    with pytest.raises(ValueError, match="stored=99"):
        make(model="recurrent", stored=(99,)).patterns  # noqa: B018


def task_images(task):
    images, labels = datasets.load(task.config.corpus, "images").train.columns
    return np.where(images >= 128, 1, -1), labels


def test_the_store_counts_wrong_bits_and_whole_patterns(make):
    task = make(model="recurrent")
    batch = next(task.batches("valid"))
    batch["rows"][-1] = False
    params = drawn(task)
    loss, (_, sums) = jax.jit(task.loss, static_argnums=3)(params, (), batch, None)
    answers = np.where(np.asarray(task.answer(params, batch["cue"])) > 0, 1, -1)
    wrong = (answers != batch["target"])[batch["rows"]]
    rows, bits = int(batch["rows"].sum()), batch["target"].shape[1]
    found = {name: (float(a), float(n)) for name, (a, n) in sums.items()}
    assert found["bit_error"] == (wrong.sum(), rows * bits)
    assert found["accuracy"] == ((~wrong.any(1)).sum(), rows)
    assert found["loss"][0] == pytest.approx(float(loss) * rows * bits, rel=1e-4)


def test_cues_are_damaged_digits_and_splits_are_drawn_apart(make):
    task = make(model="recurrent", damage=0.25, beta=5.0)
    valid, test = (next(task.batches(split)) for split in ("valid", "test"))
    stored = task.patterns.reshape(3, -1)
    assert all((row == stored).all(1).any() for row in valid["target"][valid["rows"]])
    share = (valid["cue"] != valid["target"])[valid["rows"]].mean()
    assert abs(share - 0.25) < 4 * np.sqrt(0.25 * 0.75 / (20 * stored.shape[1]))
    assert not np.array_equal(valid["cue"], test["cue"])
    found = task.baselines()
    assert found["the damaged digit"] < 0.5 < found["modern"] <= 1


def test_only_the_delay_is_between_the_cue_and_the_answer(make):
    """The net is a cell that sees the cue, and then nothing, for so many steps."""
    task = make(model="recurrent", delay=3)
    params, cue = drawn(task), task.patterns.reshape(3, -1)[:1]
    own, out = params["recurrent"]["cell"], params["readout"]
    h = np.zeros(4)
    for x in (cue[0], 0 * cue[0], 0 * cue[0]):
        h = np.tanh(x @ own.w_x + h @ own.w_h + own.b)
    expected = h @ out["w"] + out["b"]
    np.testing.assert_allclose(task.answer(params, cue)[0], expected, atol=1e-4)
