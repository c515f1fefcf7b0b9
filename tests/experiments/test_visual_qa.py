"""The experiment on questions about pictures: what its nets see, and bad questions."""

import importlib
import itertools
import logging
import shutil

import jax
import numpy as np
import pytest
from PIL import Image

import experiments
from experiments import visual_qa
from seqnets.datasets import sort_of_clevr
from seqnets.training.evaluation import evaluate
from seqnets.training.loop import fit
from tests.experiments import small

pytestmark = pytest.mark.usefixtures("quickly")
NAMES = ("shapes", "shapes_generated", "sort_of_clevr", "sort_of_clevr_plain")
NAMES += ("visual_qa",)


def configured(name="visual_qa", **changes):
    config = importlib.import_module(f"configs.{name}").get_config()
    with config.ignore_type():
        config.update_from_flattened_dict(changes)
    return config


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A short training on whether ink is above or below."""
    folder = tmp_path_factory.mktemp("questions")
    lines = ["is ink above\tyes", "is ink above\tno", "is ink below\tno"]
    lines += ["is ink below\tyes"]
    own = small.table(folder, "questions", lines)
    config = small.config("visual_qa", tmp_path_factory.mktemp("other"))
    config.corpus, config.steps, config.eval_every = str(own), 200, 200
    config.net, config.cell.dim, config.width = "relation", 6, 8
    config.optimizer.learning_rate = 0.01
    task = visual_qa.build(config, folder / "run")
    return task, fit(task, config, folder / "run"), folder


def test_a_run_answers_typed_questions_about_pictures_of_any_size(run, caplog):
    task, params, folder = run
    assert evaluate(task, params, "test")["accuracy"] == 1
    found = task.baselines()
    assert found["majority"] <= found["the question's most frequent answer"] < 0.8
    pixels = np.full((30, 30), 255, np.uint8)
    pixels[15:, 1:29] = 0
    Image.fromarray(pixels).save(folder / "own.png")
    path = folder / "own.png"
    lines = [f"{path}\tIs ink above", "", f"{path}\tis ink below"]
    answers = list(task.predict(params, lines))
    assert [own.label for own in answers] == ["no", "", "yes"]
    with caplog.at_level(logging.WARNING):
        list(task.predict(params, [f"{path}\tis water below"]))
    assert "unknown in the question: water" in caplog.text


def test_a_line_without_a_question_and_a_bad_picture_are_refused(run):
    task, params, folder = run
    with pytest.raises(ValueError, match="a tab and a question, but it is 'own.png'"):
        list(task.predict(params, ["own.png"]))
    (folder / "text.png").write_text("no picture")
    with pytest.raises(ValueError, match="text.png: not an image file"):
        list(task.predict(params, [f"{folder / 'text.png'}\tis ink above"]))


@pytest.fixture(scope="module")
def clevr():
    """A task on a few pictures of sort-of-CLEVR, whose questions have groups."""
    before = dict(sort_of_clevr.PICTURES)
    sort_of_clevr.PICTURES.update(valid=2, test=2)
    config = configured("sort_of_clevr", pictures=2, batch_size=8, eval_batch_size=8)
    config.channels, config.strides, config.cell.dim = (3,), (25,), 3
    config.width, config.embedding_dim, config.attention_dim = 8, 3, 3
    config.curriculum = 0.0
    task = visual_qa.build(config)
    assert task.background == (255, 255, 255)
    assert len(task.dataset.train) == 40
    sort_of_clevr.PICTURES.update(before)
    return task


def test_groups_are_counted_apart_in_evaluations_and_add_up(clevr):
    params = jax.jit(clevr.init)(jax.random.key(0))
    loss, counts = jax.jit(lambda p, b: clevr.loss(p, (), b, None)[1][1]), {}
    for batch in clevr.batches("valid"):
        for name, (total, count) in loss(params, batch).items():
            before = counts.get(name, np.zeros(2))
            counts[name] = before + (float(total), float(count))
    parts = [counts[f"accuracy/{group}"] for group in clevr.groups]
    np.testing.assert_allclose(sum(parts), counts["accuracy"])
    assert [part[1] for part in parts] == [20, 20]
    batch = next(clevr.batches("train"))
    _, (_, sums) = jax.eval_shape(clevr.loss, params, (), batch, key())
    assert set(sums) == {"loss", "accuracy"}


def test_a_curriculum_begins_with_the_first_group_and_resumes_anywhere(clevr):
    config = clevr.config.copy_and_resolve_references()
    config.epochs, config.curriculum = 2, 0.35  # 3 of 10 steps.
    task = visual_qa.VisualQA(config, clevr.assets)
    every = list(itertools.islice(task.batches("train"), 10))
    groups = [set(batch["group"][batch["rows"]]) for batch in every]
    assert task.easy_steps == 3 and groups[:3] == [{0}] * 3
    assert {0, 1} in groups[3:]
    plain = itertools.islice(clevr.batches("train"), 7)
    resumed = (next(task.batches("train", start)) for start in range(10))
    for found, expected in itertools.chain(
        zip(every[3:], plain, strict=True), zip(resumed, every, strict=True)
    ):
        jax.tree.map(np.testing.assert_array_equal, found, expected)


@pytest.mark.parametrize("text", ["[]", "{}", '{"shape": [4]}', "7"])
def test_what_a_run_keeps_of_its_questions_is_checked(run, tmp_path, text):
    task, _, folder = run
    shutil.copytree(folder / "run", tmp_path / "run")
    (tmp_path / "run" / "questions.json").write_text(text)
    with pytest.raises(ValueError, match="questions.json: holds something else"):
        _ = visual_qa.build(task.config, tmp_path / "run").background


def test_a_curriculum_of_questions_without_groups_is_refused(run):
    task, _, folder = run
    config = task.config.copy_and_resolve_references()
    config.curriculum = 0.5
    with pytest.raises(ValueError, match="curriculum is 0.5, .* no groups: make it 0"):
        visual_qa.build(config, folder / "run").batches("train")


def key():
    return jax.random.key(1)


@pytest.mark.parametrize("net", visual_qa.NETS)
def test_every_net_has_gradients_and_reads_question_and_picture(clevr, net):
    config = clevr.config.copy_and_resolve_references()
    config.net = net
    task = visual_qa.VisualQA(config, clevr.assets)
    batch = next(clevr.batches("train"))
    other = {"tokens": batch["tokens"][::-1], "mask": batch["mask"][::-1]}

    @jax.jit
    def found():
        params = task.init(key())
        grad = jax.grad(lambda p: task.loss(p, (), batch, key())[0])(params)
        own = task.outputs(params, batch, None)[0]
        turned = batch | {"picture": batch["picture"][:, ::-1]}
        return grad, own, [task.outputs(params, b, None)[0]
                           for b in (batch | other, turned)]  # fmt: skip

    grad, own, others = found()
    for path, leaf in jax.tree_util.tree_leaves_with_path(grad):
        assert np.isfinite(leaf).all() and np.any(leaf), path
    assert all(np.abs(logits - own).max() > 1e-6 for logits in others)


@pytest.mark.parametrize("name", NAMES)
def test_every_config_builds(name, tmp_path):
    corpus = small.config("visual_qa", tmp_path).corpus
    changes = {"corpus": corpus, "pictures": None, "generated": None}
    task = visual_qa.build(configured(name, shape=(16, 16, 3), **changes))
    assert jax.eval_shape(task.init, jax.random.key(0))


def test_a_part_of_shapes_trains_and_other_corpora_have_none(tmp_path):
    for part, count in (("train_tiny", 2), ("train_small", 4), ("val", 1), ("test", 1)):
        own = tmp_path / "shapes" / part
        own.parent.mkdir(exist_ok=True)
        pictures = np.zeros((count, 30, 30, 3), np.uint8)
        np.savez(f"{own}.images.npz", images=pictures)
        for name, line in (("query", "is a red shape a square"), ("answer", "true")):
            own.with_name(f"{part}.{name}.txt").write_text(f"{line}\n" * count)
    there = {"corpus": "shapes", "data_dir": str(tmp_path)}
    for part, count in (("tiny", 2), ("small", 4), (None, 4)):
        task = visual_qa.build(configured(part=part, **there))
        assert len(task.dataset.train) == count
    for corpus in ("shape_grids", "sort_of_clevr"):
        with pytest.raises(ValueError, match=f"{corpus} .*: no option 'part'"):
            visual_qa.build(configured(corpus=corpus, part="tiny")).dataset  # noqa: B018


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"net": "relations"}, "did you mean 'relation'"),
        ({"strides": (2,)}, "one of each for every layer"),
        ({"looks": 0}, "looks must be at least 1"),
        ({"pictures": 0}, "pictures must be at least 1"),
        ({"part": "medium"}, "part cannot be 'medium'"),
    ],
)
def test_options_that_there_are_not_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        experiments.build(configured(**changes))
