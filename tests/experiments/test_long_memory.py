"""The long-memory experiment: what it learns, compares, reports and answers."""

import csv
import functools
import importlib
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from experiments import long_memory
from seqnets.training import optimizer
from seqnets.training.evaluation import evaluate

pytestmark = pytest.mark.usefixtures("quickly")

CONFIGS = ("adding", "adding_400", "adding_cells", "copying", "temporal_order")
CONFIGS += ("temporal_order4", "parity", "recall", "recall_cells", "agreement")
CONFIGS += ("overwriting", "copying_ntm", "recall_ntm")
STEPS = 150


def configured(name="adding", **changes):
    """Returns a config, made small."""
    config = importlib.import_module(f"configs.{name}").get_config()
    config.batch_size, config.eval_examples = 8, 16
    config.length, config.lengths, config.shortest = 12, (10, 12), None
    config.cell.dim = 6
    with config.ignore_type():
        for field, value in changes.items():
            setattr(config, field, value)
    return config


def fresh(task):
    return jax.jit(task.init)(jax.random.key(0))


def train(config, steps):
    """Trains as the loop does; returns the task, the parameters and the losses."""
    task = long_memory.build(config)
    update = task.optimizer(optimizer.build(config.optimizer, None, steps))
    params = fresh(task)

    @jax.jit
    def step(params, opt_state, batch):
        grad = jax.value_and_grad(task.loss, has_aux=True)
        state = task.initial_state(params, len(batch["rows"]))
        (loss, _), grads = grad(params, state, batch, jax.random.key(0))
        updates, opt_state = update.update(grads, opt_state, params)
        return optax.apply_updates(params, updates), opt_state, loss

    opt_state, seen = update.init(params), []
    for batch in itertools.islice(task.batches("train", 0), steps):
        params, opt_state, loss = step(params, opt_state, batch)
        seen.append(float(loss))
    return task, params, np.array(seen)


def constant(rate, clip_norm=None):
    return optimizer.options(name="adam", learning_rate=rate, clip_norm=clip_norm)


@functools.cache
def remembering():
    """Two cells trained side by side on a few hundred stories."""
    fields = {"compare": ("SRN", "LSTM"), "optimizer": constant(0.02, 0.1)}
    config = configured("agreement", **fields)
    return config, *train(config, STEPS)


@functools.cache
def adding():
    """One cell after a hundred steps of adding."""
    return train(configured(compare=("SRN",), optimizer=constant(0.01)), 100)


def test_training_lowers_the_loss():
    _, _, seen = adding()
    assert seen[-20:].mean() < 0.8 * seen[:5].mean()


def test_an_lstm_learns_what_agrees():
    _, task, params, _ = remembering()
    assert evaluate(task, params, "test")["accuracy/LSTM"] > 0.9


def test_a_cell_is_trained_beside_others_as_it_is_alone():
    config, _, both, _ = remembering()
    config = config.copy_and_resolve_references()
    config.compare = ("LSTM",)
    _, alone, _ = train(config, STEPS)
    close = functools.partial(np.testing.assert_allclose, rtol=1e-3, atol=1e-3)
    jax.tree.map(close, alone, both["LSTM"])


def test_scores_are_named_by_the_cells_where_there_are_several():
    task = long_memory.build(configured("adding", compare=("SRN", "Residual")))
    scores = evaluate(task, fresh(task), "valid")
    each = {
        f"{m}/{c}" for m in ("loss", "mse", "parameters") for c in ("SRN", "Residual")
    }
    assert scores.keys() == each | {"loss"}
    mean = (scores["mse/SRN"] + scores["mse/Residual"]) / 2
    assert scores["loss"] == pytest.approx(mean)
    assert task.goal is None
    assert long_memory.build(configured("adding")).goal == ("valid", "mse", "min")


def test_one_cell_is_a_task_of_its_own():
    alone, params, _ = adding()
    assert set(params) == {"recurrent", "readout"}
    assert set(evaluate(alone, params, "valid")) == {"loss", "mse", "parameters"}


def test_an_untrained_net_is_no_better_than_one_without_memory():
    task = long_memory.build(configured("copying", compare=("SRN",), batch_size=64))
    assert task.goal == ("valid", "loss", "min")
    scores = evaluate(task, fresh(task), "valid")
    assert scores["loss"] > task.baselines()["memoryless"]
    assert scores["accuracy"] < 0.2


def test_what_fills_a_row_up_never_matters():
    task = long_memory.build(configured("parity", shortest=4, compare=("SRN",)))
    params = fresh(task)
    batch = next(task.batches("train", 0))
    assert not batch["mask"].all()
    other = dict(batch, inputs=np.where(batch["mask"], batch["inputs"], 1))
    assert np.any(other["inputs"] != batch["inputs"])
    loss = jax.jit(task.loss)
    one, two = (loss(params, (), each, None)[0] for each in (batch, other))
    assert one == two


def test_batches_are_a_function_of_seed_split_and_position():
    task = long_memory.build(configured())
    first = list(itertools.islice(task.batches("train", 0), 4))
    again = next(task.batches("train", 3))
    np.testing.assert_array_equal(first[3]["inputs"], again["inputs"])
    kinds = [next(task.batches(split, 0)) for split in ("train", "valid", "test")]
    for one, two in itertools.combinations([*kinds, first[1]], 2):
        assert np.any(one["inputs"] != two["inputs"])
    assert len(list(task.batches("valid", 0))) == 2
    larger = long_memory.build(configured(eval_batch_size=16))
    (whole,) = larger.batches("test", 0)
    np.testing.assert_array_equal(whole["inputs"][:8], kinds[2]["inputs"])
    other = long_memory.build(configured(seed=1))
    assert np.any(next(other.batches("test", 0))["inputs"] != kinds[2]["inputs"])


def test_rows_have_distances_from_the_shortest_to_the_length():
    task = long_memory.build(configured("parity", shortest=4, batch_size=200))
    batch = next(task.batches("train", 0))
    assert set(batch["mask"].sum(1)) == set(range(4, 13))


def test_the_report_has_a_score_of_each_cell_at_each_distance(tmp_path):
    config, task, params, _ = remembering()
    task.report(jax.device_get(params), tmp_path)
    with open(tmp_path / "distance.csv", newline="") as file:
        header, *rows = csv.reader(file)
    names = ["SRN", "LSTM", "guessing", "last mentioned"]
    assert header == ["distance", *names]
    assert [int(row[0]) for row in rows] == list(config.lengths)
    assert all(0.0 <= float(score) <= 1.0 for row in rows for score in row[1:])
    assert (tmp_path / "distance.png").read_bytes().startswith(b"\x89PNG")
    text = (tmp_path / "stories.txt").read_text(encoding="utf-8")
    assert text.count("  SRN: ") == long_memory.SHOWN * len(config.lengths)
    assert text.count("  LSTM: ") == text.count("  SRN: ")


def test_a_problem_without_stories_answers_no_lines(tmp_path):
    task, params, _ = adding()
    assert task.predict is None
    task.report(params, tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == {"distance.csv", "distance.png"}


def test_a_line_is_answered_by_each_cell():
    _, task, params, _ = remembering()
    lines = ["the cat, which slept,", "the cats, which slept,", "", "the quark, __ ☃"]
    found = list(task.predict(params, iter(lines)))
    answers = [str(answer).split("\t") for answer in found]
    for answer, line, verb in zip(answers[:2], lines, ["was", "were"], strict=False):
        first, one, p, second, two, q, whole = answer
        assert (first, second, whole) == ("SRN", "LSTM", line)
        assert two == verb and one in ("was", "were")
        assert 0.5 <= float(p) <= 1.0 and 0.5 <= float(q) <= 1.0
    assert answers[2] == ["-", "-", ""]
    assert answers[3][6:] == ["the quark, __ ☃", "unknown: quark"]
    assert found[3].unknown == ("quark",)


def test_one_cell_answers_without_its_name():
    _, task, params, _ = remembering()
    alone = task.tasks["LSTM"]
    (found,) = alone.predict(params["LSTM"], ["the cat, which slept,"])
    answer, p = found.answers["LSTM"]
    assert str(found) == f"{answer}\t{p:.3f}\tthe cat, which slept,"


def test_a_story_is_answered_as_in_the_evaluation():
    config, task, params, _ = remembering()
    kind = long_memory.PROBLEMS[config.problem].stories
    rng, loss = np.random.default_rng(5), jax.jit(task.loss)
    for story in (kind.draw(rng, d) for d in (3, 12)):
        logs = []
        for answer in range(2):
            asked = np.zeros((1, len(story.ids)), bool)
            asked[0, -1] = True
            batch = {
                "inputs": kind.encode(story.text)[None],
                "targets": np.full((1, len(story.ids)), answer, np.int32),
                "mask": asked,
                "asked": asked,
                "rows": np.ones(1, bool),
            }
            state = task.initial_state(params, 1)
            _, (_, sums) = loss(params, state, batch, None)
            logs.append(-float(sums["loss/LSTM"][0]))
        (found,) = task.predict(params, [story.text])
        answer, p = found.answers["LSTM"]
        assert kind.answers.index(answer) == np.argmax(logs)
        assert p == pytest.approx(np.exp(max(logs)), abs=1e-3)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"problem": "addding"}, "did you mean 'adding'"),
        ({"length": 1}, "distances of 2 and more"),
        ({"shortest": 13}, "shortest 13, length 12"),
        ({"shortest": 0}, "shortest must be at least 1"),
        ({"lengths": (1, 5)}, r"lengths \(1, 5\)"),
        ({"lengths": ()}, "lengths must be one or more"),
        ({"batch_size": 0}, "batch_size"),
        ({"eval_examples": 0}, "eval_examples"),
        ({"depth": 0}, "depth must be at least 1"),
        ({"compare": ("SRN", "SRN")}, "compare must be all different"),
        ({"compare": ("SRN", "LTSM")}, "did you mean 'LSTM'"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_options_that_cannot_be_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        long_memory.build(configured(**changes))


@pytest.mark.parametrize("name", CONFIGS)
def test_every_config_builds_and_can_be_trained(name):
    config = importlib.import_module(f"configs.{name}").get_config()
    task = long_memory.build(config)
    batch = next(task.batches("train", 0))
    # Shapes are enough: the wiring is what is tested.
    params = jax.eval_shape(task.init, jax.random.key(0))
    grad = jax.grad(task.loss, has_aux=True)
    state = task.initial_state(params, config.batch_size)
    grads, _ = jax.eval_shape(grad, params, state, batch, jax.random.key(0))
    assert jax.tree.structure(grads) == jax.tree.structure(params)
    steps = optimizer.build(config.optimizer, task.steps_per_epoch, config.steps)
    jax.eval_shape(steps.init, params)


def test_a_deep_net_in_bfloat16_is_finite():
    fields = {"depth": 2, "compute_dtype": "bfloat16", "embedding_dim": None}
    task = long_memory.build(configured("recall", compare=("SRN",), **fields))
    batch = next(task.batches("train", 0))
    loss, _ = jax.jit(task.loss)(fresh(task), (), batch, None)
    assert loss.dtype == jnp.float32 and 1.0 < loss < 4.0


@pytest.mark.parametrize(("name", "dim"), [("copying_ntm", 80), ("recall_ntm", 78)])
def test_an_ntm_is_compared_with_an_lstm_of_its_size(name, dim):
    def size(config):
        made = jax.eval_shape(long_memory.build(config).init, jax.random.key(0))
        return sum(leaf.size for leaf in jax.tree.leaves(made))

    module = importlib.import_module(f"configs.{name}")
    ntm, lstm = module.get_config(), module.get_config()
    assert f"--config.cell.dim={dim}" in module.__doc__
    lstm.cell.update(name="LSTM", dim=dim)
    assert size(lstm) == pytest.approx(size(ntm), rel=0.01)
