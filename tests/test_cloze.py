"""The cloze experiment: what either reader can know, and what a user gets."""

import functools
import importlib
import os
from pathlib import Path

import jax
import numpy as np
import optax
import pytest
from matplotlib.image import imread

from experiments import cloze
from seqnets.data import measure_words

CONFIGS = ("cloze", "cws_cloze", "poems_cloze")
SIZES = (1280, 64, 64)


def configured(**changes):
    """Returns the default config, made small."""
    config = importlib.import_module("configs.cloze").get_config()
    config.batch_size, config.buckets = 64, 1
    config.embedding_dim = config.cell.dim = 24
    with config.ignore_type():
        for name, value in changes.items():
            setattr(config, name, value)
    return config


@pytest.fixture(scope="module", autouse=True)
def few():
    """Lets all tests here read fewer generated sentences."""
    splits = measure_words.splits(sizes=SIZES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measure_words, "splits", lambda: splits)
        yield


@pytest.fixture(scope="module")
def trained():
    """A task, its parameters after a short training, and the scores at the end."""
    task = cloze.build(configured())
    method = optax.adam(1e-2)

    @jax.jit
    def step(params, memory, batch, key):
        grad = jax.grad(task.loss, has_aux=True)
        grads, (_, sums) = grad(params, (), batch, key)
        updates, memory = method.update(grads, memory)
        return optax.apply_updates(params, updates), memory, sums

    params = jax.jit(task.init)(jax.random.key(0))
    memory = method.init(params)
    for i, batch in zip(range(200), task.batches("train", 0), strict=False):
        params, memory, sums = step(params, memory, batch, jax.random.key(i))
    return task, params, task.finish(jax.device_get(sums))


@functools.partial(jax.jit, static_argnums=0)
def evaluated(task, params, batch):
    """Returns the sums of a batch."""
    return task.loss(params, (), batch, None)[1][1]


def answers(task, params, *lines):
    """Returns the columns of each line: the filled one, then one a model."""
    return [line.split("\t") for line in task.predict(params, lines)]


def test_only_the_reader_of_both_sides_learns(trained):
    _, _, scores = trained
    assert scores["both_accuracy"] > 0.6
    assert scores["both_loss"] < scores["forward_loss"] - 1.0
    assert scores["loss"] == pytest.approx(
        scores["both_loss"] + scores["forward_loss"], rel=1e-5
    )


def test_what_is_right_of_the_blank_reaches_one_reader_only(trained):
    task, params, _ = trained
    cat, pen = answers(
        task, params, "我看见了一（）可爱的猫。", "我看见了一（）有名的笛子。"
    )
    assert cat[1].startswith("forward: ") and cat[1] == pen[1]
    assert cat[2].startswith("both: ") and cat[2] != pen[2]


def test_what_is_left_of_the_blank_reaches_both_readers(trained):
    task, params, _ = trained
    one, other = answers(task, params, "我看见了一_可爱的猫。", "昨天他有那_可爱的猫。")
    assert one[1] != other[1] and one[2] != other[2]


def test_an_answer_is_among_the_choices(trained):
    task, params, _ = trained
    for filled, *columns in answers(task, params, "我看见了一（只/支）可爱的猫。"):
        for column in columns:
            name, first, p, second, q = column.split()
            assert name in ("forward:", "both:") and {first, second} == {"只", "支"}
            assert float(p) + float(q) == pytest.approx(1.0, abs=2e-3)
            assert float(p) >= float(q)
        assert filled == f"我看见了一[{columns[-1].split()[1]}]可爱的猫。"


def test_a_bad_question_is_numbered_and_those_before_it_answered(trained):
    task, params, _ = trained
    told = task.predict(params, iter(["一_猫", "一只猫"]))
    assert next(told).startswith("一[")
    with pytest.raises(ValueError, match="line 2: no blank"):
        next(told)


def test_a_long_question_is_answered_by_what_is_near(trained):
    task, params, _ = trained
    near = "我看见了一_可爱的猫。".center(200, "很")
    (short,), (long,) = (answers(task, params, line) for line in (near[60:140], near))
    assert short[1:] == long[1:]


@pytest.mark.parametrize("name", ["SRN", "LSTM", "GRU"])
@pytest.mark.parametrize("depth", [1, 2])
def test_both_readers_have_as_many_parameters(name, depth):
    config = configured(depth=depth)
    config.cell.name = name
    models = cloze.choosers(config, 50, 20)
    sizes = {
        n: cloze.size(
            jax.eval_shape(lambda k, m=m: cloze.fresh(m, k), jax.random.key(0))
        )
        for n, m in models.items()
    }
    assert 0.85 * sizes["forward"] < sizes["both"] <= sizes["forward"]


def test_a_model_is_the_same_beside_the_other_as_alone():
    options = {"dropout": 0.3, "symbol_dropout": 0.1}
    together, key = cloze.build(configured(**options)), jax.random.key(1)
    params = jax.jit(together.init)(key)
    batch = next(together.batches("train", 0))
    sums = jax.jit(together.loss)(params, (), batch, key)[1][1]
    assert together.goal == ("valid", "both_accuracy", "max")
    for name in cloze.MODELS:
        alone = cloze.build(configured(direction=name, **options))
        assert alone.goal == ("valid", f"{name}_accuracy", "max")
        own = jax.jit(alone.init)(key)
        assert own.keys() == {name}
        jax.tree.map(np.testing.assert_array_equal, own[name], params[name])
        loss, (_, found) = jax.jit(alone.loss)(own, (), batch, key)
        assert found.keys() == {"loss", f"{name}_loss", f"{name}_accuracy"}
        np.testing.assert_allclose(found["loss"], sums[f"{name}_loss"], rtol=1e-6)
        np.testing.assert_allclose(loss * found["loss"][1], found["loss"][0], rtol=1e-6)


def test_rows_without_an_example_count_nothing(trained):
    task, params, _ = trained
    batch = next(task.batches("test", 0))
    half = batch | {"rows": np.arange(64) < 32}
    other = half | {"answer": np.where(half["rows"], batch["answer"], 0)}
    sums, same = evaluated(task, params, half), evaluated(task, params, other)
    assert sums["loss"][1] == sums["both_accuracy"][1] == 32.0
    jax.tree.map(np.testing.assert_array_equal, sums, same)


def test_the_report_shows_every_test_sentence_and_a_picture(trained, tmp_path):
    task, params, _ = trained
    task.report(params, tmp_path)
    heading, *rows = (tmp_path / "test.tsv").read_text("utf-8").splitlines()
    columns = heading.split("\t")
    assert columns == ["sentence", "answer", "forward", "p_forward", "both", "p_both"]
    assert len(rows) == SIZES[2]
    # The same accuracy as evaluation finds, though batched otherwise.
    table = [dict(zip(columns, row.split("\t"), strict=True)) for row in rows]
    (batch,) = task.batches("test", 0)
    sums = evaluated(task, params, batch)
    for name in cloze.MODELS:
        right = sum(row[name] == row["answer"] for row in table)
        assert right == int(sums[f"{name}_accuracy"][0])
    height, width, _ = imread(tmp_path / "accuracy.png").shape
    assert width > 2 * height > 400


def test_baselines_know_that_the_left_tells_nothing(trained):
    task, _, _ = trained
    found = task.baselines()
    assert found.pop("expected of the left") == 1 / 20
    assert found.keys() == {"the most frequent", "3-gram, left", "3-gram, both"}
    assert found["the most frequent"] < 0.1 and found["3-gram, left"] < 0.25


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"direction": "bath"}, "did you mean 'both'"),
        ({"candidates": 1}, "2 or more"),
        ({"limit": 0}, "limit positive"),
        ({"dropout": 1.0}, "rate"),
    ],
)
def test_options_that_cannot_be_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        cloze.build(configured(**changes))


@pytest.mark.parametrize("name", CONFIGS)
def test_every_config_builds_and_zeros_guess_evenly(name):
    config = importlib.import_module(f"configs.{name}").get_config()
    # The wiring is what is tested: not the widths, nor the cell.
    config.cell.dim = config.embedding_dim = 8
    config.cell.name = "SRN"
    if "SEQNETS_DATA" not in os.environ:
        shared = Path(__file__).parents[2] / "shared" / "data"
        config.data_dir = str(shared) if shared.is_dir() else None
    try:
        task = cloze.build(config)
    except FileNotFoundError as error:
        pytest.skip(str(error))
    shapes = jax.eval_shape(task.init, jax.random.key(0))
    zeros = jax.tree.map(lambda a: np.zeros(a.shape, a.dtype), shapes)
    batch = next(task.batches("train", 0))
    loss, (_, sums) = jax.jit(task.loss)(zeros, (), batch, jax.random.key(1))
    assert loss == pytest.approx(2 * np.log(config.candidates), rel=1e-5)
    assert sums["loss"][1] == config.batch_size
    assert task.steps_per_epoch() > 2
