"""The word problems: what is written, asked and refused."""

import importlib
import json

import jax
import numpy as np
import pytest

from experiments import build
from seqnets.tasks import solutions

pytestmark = pytest.mark.usefixtures("quickly")

NAMES = ("word_problems", "mawps_single", "mawps", "svamp", "math23k")
STORIES = {"buys": "+", "sells": "-", "multiplies": "*"}


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """Stories of two numbers, with a third one where the constant 60 is needed."""
    rng, lines = np.random.default_rng(0), []
    for i in range(40):
        a, b = (int(n) for n in rng.choice(np.arange(2, 50), 2, replace=False))
        word, sign = list(STORIES.items())[i % 3]
        extra = "*60" if i % 2 else ""
        text = f"小王 has {a} hours{' in all' if extra else ''}, {word} {b} ."
        lines.append({"text": text, "equation": f"x=({b}{sign}{a}){extra}"})
    lines[1]["equation"] = "x=17*99"
    path = tmp_path_factory.mktemp("own") / "own.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def configured(own, name="word_problems", **changes):
    config = importlib.import_module(f"configs.{name}").get_config()
    config.corpus = str(own)
    config.cell.dim, config.encoder_dim, config.attention_dim = 4, 2, 2
    config.embedding_dim = config.readout_dim = 3
    config.buckets = config.target_buckets = 1
    config.limit, config.batch_size, config.eval_batch_size = 12, 16, 4
    config.constant_count = 2
    with config.ignore_type():
        for field, value in changes.items():
            setattr(config, field, value)
    return config


@pytest.fixture(scope="module")
def drawn(own):
    """A task with drawn parameters: large ones, so that anything is written."""
    task = build(configured(own, beam=3))
    rng, shapes = np.random.default_rng(0), jax.eval_shape(task.init, jax.random.key(0))
    params = jax.tree.map(lambda a: rng.normal(0, 3, a.shape).astype(a.dtype), shapes)
    return task, params


@pytest.mark.parametrize("name", NAMES)
def test_every_config_builds(own, name):
    task = build(configured(own, name))
    assert jax.eval_shape(task.init, jax.random.key(0))


def test_terms_are_in_order_and_constants_are_symbols(own):
    task = build(configured(own))
    assert set(task.target.symbols) >= {"+", "-", "*", "n1", "n2", "60"}
    assert not {"17", "99"} & set(task.target.symbols)
    pairs = [task.pair(problem) for problem in task.dataset.train]
    assert pairs[0].source == "小王 has n1 hours , buys n2 ."
    assert pairs[0].target == "+ n1 n2"


def test_an_equation_that_cannot_be_written_is_counted_and_not_trained_on(own, caplog):
    task = build(configured(own))
    batches = list(task._made("train").batches(0, 1))
    assert "the equations of 1 of 32 problems cannot be written" in caplog.text
    places = np.concatenate([batch["index"][batch["rows"]] for batch in batches])
    counted = np.concatenate([b["mask"].sum(1)[b["rows"]] for b in batches])
    assert places[counted == 0].tolist() == [1]


def test_whatever_the_weights_all_that_is_written_is_well_formed(drawn):
    task, params = drawn
    for beam in (False, True):
        for split in ("valid", "test"):
            written = task.write(params, split, beam=beam)
            for text, problem in zip(written, task.dataset[split], strict=True):
                symbols = text.split()
                signs = sum(symbol in "+-*/^" for symbol in symbols)
                assert len(symbols) == 2 * signs + 1 <= task.config.equation_limit
                posed = task.posed(problem)
                values = posed.quantities.values
                assert {s for s in symbols if s.startswith("n")} <= values.keys()


def test_lines_are_answered_with_equation_and_steps_or_not_at_all(drawn):
    task, params = drawn
    found = list(task.predict(params, ["12 hours , buys 8 .", ""]))
    assert found[0].equation.startswith("x = ") and found[0].answer
    assert found[1] == solutions.NOTHING and str(found[1]) == ""
    with pytest.raises(ValueError, match="no answer to 'buys': there is no number"):
        list(task.predict(params, ["12 hours , buys 8 .", "buys"]))
    with pytest.raises(ValueError, match="limit = 12"):
        list(task.predict(params, ["1 " * 13]))
    with pytest.raises(ValueError, match="beam must be 1 or more"):
        list(task.predict(params, ["1 hour"], beam=0))


def test_an_unparted_line_is_cut_into_known_words(own):
    task = build(configured(own))
    assert task.read("小王小王") == "小王 小王"


def test_bad_options_are_refused(own):
    with pytest.raises(ValueError, match="fold must be 0 to 4, not 5"):
        build(configured(own, fold=5))
    task = build(configured(own, fold=1))
    with pytest.raises(ValueError, match="no option 'fold'"):
        task.dataset  # noqa: B018
