"""The first symbol, asked for after the last: stages, windows, lengths."""

import importlib
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from experiments import first_symbol
from seqnets.training.evaluation import evaluate

pytestmark = pytest.mark.usefixtures("quickly")


def configured(**changes):
    """Returns the default config, made small."""
    config = importlib.import_module("configs.first_symbol").get_config()
    config.batch_size, config.eval_batch_size, config.eval_examples = 4, 8, 8
    config.cell.name, config.cell.dim = "LSTM", 4
    config.length, config.lengths = 6, (6, 9)
    config.steps, config.stages, config.shares = 8, (4, 6), (3.0, 1.0)
    with config.ignore_type():
        for name, value in changes.items():
            setattr(config, name, value)
    return config


def fresh(task):
    return jax.jit(task.init)(jax.random.key(0))


def descend(task, params, batch):
    """Returns the loss and its gradient."""
    run = jax.jit(jax.value_and_grad(task.loss, has_aux=True))
    (loss, _), grads = run(params, (), batch, None)
    return loss, grads


def test_texts_grow_stage_by_stage_wherever_a_training_goes_on():
    task = first_symbol.build(configured())
    whole = list(itertools.islice(task.batches("train"), 10))
    assert [b["tokens"].shape[1] for b in whole] == [4] * 6 + [6] * 4
    for batch, again in zip(whole[5:], task.batches("train", 5), strict=False):
        np.testing.assert_array_equal(batch["tokens"], again["tokens"])
    assert next(task.batches("valid"))["tokens"].shape == (8, 6)


def test_every_stage_has_its_share_of_the_steps():
    shares, counts = (2.0, 1.0, 1.0), np.zeros(3)
    for step in range(40):
        counts[first_symbol.stage_of(step, 40, shares)] += 1
    assert counts.tolist() == [20, 10, 10]
    assert first_symbol.stage_of(99, 40, shares) == 2


def test_a_carried_state_changes_no_answer_but_the_gradient():
    """A window as long as the text cuts nothing."""
    tasks = first_symbol.build(configured(windows=(0, 2, 6))).tasks.values()
    whole, *_ = tasks
    params, batch = fresh(whole), next(whole.batches("valid"))
    (loss, full), (same, short), (_, uncut) = (
        descend(task, params, batch) for task in tasks
    )
    np.testing.assert_allclose(loss, same, rtol=1e-5)
    jax.tree.map(np.testing.assert_array_equal, full, uncut)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-7),
        full["readout"],
        short["readout"],
    )
    # The first symbol came before the window: what it is written by learns nothing.
    first = batch["tokens"][:, 0]
    assert np.abs(full["cell"].w_x[first]).max() > 0
    assert not np.any(short["cell"].w_x[first])


def test_a_cell_that_keeps_the_first_symbol_answers_at_every_length(tmp_path):
    """Weights by hand: the gates open to what is asked for, and noise changes nothing.

    i = σ(±30) by the kind of symbol, g = ±1 by its number, f = σ(30).
    """
    task = first_symbol.build(configured(symbols=2))
    params = fresh(task)
    w_x = np.zeros((4, 4, 4), np.float32)  # [symbol, gate, unit], gates i f g o.
    w_x[:2, 0], w_x[2:, 0] = 30.0, -30.0
    w_x[0, 2], w_x[1, 2] = 30.0, -30.0
    b = np.zeros((4, 4), np.float32)
    b[[1, 3]] = 30.0
    params["cell"] = params["cell"]._replace(
        w_x=jnp.asarray(w_x.reshape(4, -1)),
        w_h=jnp.zeros_like(params["cell"].w_h),
        b=jnp.asarray(b.ravel()),
    )
    (layer,) = params["readout"]
    w = np.zeros(layer.w.shape, np.float32)
    w[:, 0], w[:, 1] = 1.0, -1.0
    params["readout"] = (layer._replace(w=jnp.asarray(w)),)
    found = evaluate(task, params, "test")
    assert set(found) == {"loss", "accuracy", "accuracy/9", "parameters"}
    assert found["accuracy"] == found["accuracy/9"] == 1.0
    task.report(params, tmp_path)
    lines = (tmp_path / "lengths.csv").read_text().splitlines()
    assert lines == ["length,LSTM,guessing", "6,1.0,0.5", "9,1.0,0.5"]
    assert (tmp_path / "lengths.png").stat().st_size > 5000


def test_chrono_spreads_the_memories_of_an_lstm_and_of_no_other_cell():
    tasks = first_symbol.build(configured(compare=("LSTM", "GRU"), chrono=50)).tasks
    b = fresh(tasks["LSTM"])["cell"].b.reshape(4, -1)
    np.testing.assert_array_equal(b[0], -b[1])
    assert (b[1] > 0).all() and (b[1] < np.log(50)).all()
    assert not np.any(fresh(tasks["GRU"])["cell"].b)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"steps": None}, "'steps' takes int"),
        ({"stages": (4, 4)}, "stages must be one or more, all different"),
        ({"stages": (1, 4)}, "stages must be at least 2"),
        ({"shares": (1.0,)}, "shares must be one for each of the stages"),
        ({"shares": (1.0, 0.0)}, "shares must be above 0"),
        ({"lengths": ()}, "lengths must be one or more"),
        ({"windows": (-1,)}, "windows must be at least 0"),
        ({"symbols": 1}, "symbols must be at least 2"),
        ({"compare": ("LSTN",)}, "'LSTN'; did you mean 'LSTM'"),
    ],
)
def test_options_that_there_are_not_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        first_symbol.build(configured(**changes))


def test_chrono_without_its_gates_is_refused():
    config = configured(chrono=50)
    config.cell.name = "GRU"
    with pytest.raises(ValueError, match="gates i and f, not GRU"):
        first_symbol.build(config)
