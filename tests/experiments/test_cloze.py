"""The cloze experiment: what either reader can know, and what a user gets."""

import importlib
import os
from pathlib import Path

import jax
import numpy as np
import optax
import pytest
from matplotlib.image import imread

from experiments import cloze
from seqnets.datasets import measure_words
from seqnets.initializers import count_parameters

pytestmark = pytest.mark.usefixtures("quickly")

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
        grads, (_, sums) = grad(params, state, batch, key)
        updates, memory = method.update(grads, memory)
        return optax.apply_updates(params, updates), memory, sums

    params = jax.jit(task.init)(jax.random.key(0))
    state, memory = task.initial_state(params, 64), method.init(params)
    for i, batch in zip(range(120), task.batches("train"), strict=False):
        params, memory, sums = step(params, memory, batch, jax.random.key(i))
    return task, params, task.finish(jax.device_get(sums))


def evaluated(task, params, batch):
    """Returns the sums of a batch."""
    state = task.initial_state(params, 64)
    return jax.jit(task.loss)(params, state, batch, None)[1][1]


def answers(task, params, *lines):
    """Returns the columns of each line: the filled one, then one a model."""
    return [str(answer).split("\t") for answer in task.predict(params, lines)]


def test_only_the_reader_of_both_sides_learns(trained):
    _, _, scores = trained
    assert scores["accuracy/both"] > 0.6
    assert scores["loss/both"] < scores["loss/forward"] - 1.0
    mean = (scores["loss/both"] + scores["loss/forward"]) / 2
    assert scores["loss"] == pytest.approx(mean, rel=1e-5)


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


def test_a_bad_question_is_refused_and_those_before_it_answered(trained):
    task, params, _ = trained
    found = task.predict(params, iter(["一_猫", "", "一只猫"]))
    assert str(next(found)).startswith("一[") and str(next(found)) == ""
    with pytest.raises(ValueError, match="no blank in '一只猫'"):
        next(found)


def test_a_long_question_is_answered_by_what_is_near(trained):
    task, params, _ = trained
    near = "我看见了一_可爱的猫。".center(200, "很")
    (short,), (long,) = (answers(task, params, line) for line in (near[60:140], near))
    assert short[1:] == long[1:]


@pytest.mark.parametrize("name", ["SRN", "LSTM", "GRU", "tests.own_cells:Leaky"])
@pytest.mark.parametrize("depth", [1, 2])
def test_both_readers_have_as_many_parameters(name, depth):
    config = configured(depth=depth)
    config.cell.name = name
    models = cloze.choosers(config, 50, 20)
    sizes = {
        n: count_parameters(
            jax.eval_shape(lambda k, m=m: cloze.init(m, k), jax.random.key(0))
        )
        for n, m in models.items()
    }
    assert 0.85 * sizes["forward"] < sizes["both"] <= sizes["forward"]


def test_a_model_is_the_same_beside_the_other_as_alone():
    options = {"dropout": 0.3, "token_dropout": 0.1}
    options["cell"] = {"name": "SRN", "dim": 8}  # Compiles in less time.
    together, key = cloze.build(configured(**options)), jax.random.key(1)
    params = jax.jit(together.init)(key)
    batch = next(together.batches("train"))
    state = together.initial_state(params, 64)
    sums = jax.jit(together.loss)(params, state, batch, key)[1][1]
    assert together.goal is None
    for name in cloze.MODELS:
        alone = cloze.build(configured(direction=name, **options))
        assert alone.goal == ("valid", "accuracy", "max")
        own = jax.jit(alone.init)(key)
        jax.tree.map(np.testing.assert_array_equal, own, params[name])
        loss, (_, found) = jax.jit(alone.loss)(own, (), batch, key)
        assert found.keys() == {"loss", "accuracy"}
        np.testing.assert_allclose(found["loss"], sums[f"loss/{name}"], rtol=1e-6)
        np.testing.assert_allclose(loss * found["loss"][1], found["loss"][0], rtol=1e-6)


def test_the_blank_is_never_made_unknown():
    task = cloze.build(configured(direction="both", token_dropout=0.9))
    batch = next(task.batches("train"))
    dropped = task.drop_tokens(jax.random.key(0), batch["tokens"])
    blanks = batch["tokens"] == task.vocabulary.encode(["<BLANK>"])[0]
    assert blanks.sum() == 64 and (dropped == task.unk).mean() > 0.5
    np.testing.assert_array_equal(dropped[blanks], batch["tokens"][blanks])


def test_a_run_folder_answers_without_its_corpus(tmp_path):
    (tmp_path / "data").mkdir()
    for part in ("train", "dev", "test"):
        text = "养了一[只]猫。\n买了一[支]笔。\n"
        (tmp_path / "data" / f"{part}.txt").write_text(text, encoding="utf-8")
    config = configured(corpus=str(tmp_path / "data"), direction="forward")
    task = cloze.build(config)
    params = jax.jit(task.init)(jax.random.key(0))
    expected = [*task.predict(params, ["一_猫", ""])]
    task.assets.save(tmp_path)
    for file in (tmp_path / "data").iterdir():
        file.unlink()
    (tmp_path / "data").rmdir()
    again = cloze.build(config, tmp_path)
    assert again.classes == task.classes == ["只", "支"]
    assert [*again.predict(params, ["一_猫", ""])] == expected


def test_what_is_cut_is_counted(tmp_path, caplog):
    long = "很" * 20 + "多[只]猫\n"
    for part, text in (("train", long), ("dev", ""), ("test", "")):
        text += "养了一[只]猫。\n买了一[支]笔。\n"
        (tmp_path / f"{part}.txt").write_text(text, encoding="utf-8")
    task = cloze.build(configured(corpus=str(tmp_path), limit=9, direction="both"))
    batch = next(task.batches("train"))
    assert max(batch["mask"].sum(1)) == 9
    (message,) = [record.getMessage() for record in caplog.records]
    assert "1 of 3 train sentences are longer than limit = 9" in message


def test_rows_without_an_example_count_nothing(trained):
    task, params, _ = trained
    batch = next(task.batches("test"))
    half = batch | {"rows": np.arange(64) < 32}
    other = half | {"label": np.where(half["rows"], batch["label"], 0)}
    sums, same = evaluated(task, params, half), evaluated(task, params, other)
    assert sums["loss/both"][1] == sums["accuracy/both"][1] == 32.0
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
    (batch,) = task.batches("test")
    sums = evaluated(task, params, batch)
    for name in cloze.MODELS:
        right = sum(row[name] == row["answer"] for row in table)
        assert right == int(sums[f"accuracy/{name}"][0])
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
        ({"candidates": 1}, "candidates must be at least 2"),
        ({"limit": 0}, "limit must be at least 1"),
        ({"dropout": 1.0}, "dropout"),
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
        shared = Path(__file__).parents[3] / "shared" / "data"
        config.data_dir = str(shared) if shared.is_dir() else None
    task = cloze.build(config)
    try:
        shapes = jax.eval_shape(task.init, jax.random.key(0))
    except FileNotFoundError as error:
        pytest.skip(str(error))
    zeros = jax.tree.map(lambda a: np.zeros(a.shape, a.dtype), shapes)
    batch = next(task.batches("train"))
    state = task.initial_state(zeros, config.batch_size)
    loss, (_, sums) = jax.jit(task.loss)(zeros, state, batch, jax.random.key(1))
    assert loss == pytest.approx(2 * np.log(config.candidates), rel=1e-5)
    assert sums["loss/both"][1] == config.batch_size
    assert task.steps_per_epoch > 2
