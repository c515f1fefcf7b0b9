"""Trainings side by side are each what they would be alone, to the last bit."""

import itertools

import jax
import numpy as np
import pytest

from seqnets.training import loop, optimizer, reporting
from seqnets.training.checkpoint import Checkpoints
from seqnets.training.comparison import Comparison
from seqnets.training.evaluation import evaluate
from seqnets.training.step import Program
from seqnets.training.task import Task
from tests.training import toy

pytestmark = pytest.mark.usefixtures("quickly")

# Windows of 5, 5 and 2 batches.
OPTIMIZER = {"clip_norm": 0.5, "weight_decay": 0.1, "average": 0.9, "accumulate": 5}


class Wide(toy.Toy):
    """Another toy, with other parameters and larger gradients."""

    def init(self, key):
        params = super().init(key)
        return params | {"w": 3.0 * params["w"], "scale": jax.numpy.ones(())}

    def loss(self, params, state, batch, key):
        xs = batch["xs"] * params["scale"]
        return super().loss(params, state, batch | {"xs": xs}, key)


def tasks():
    return {"toy": toy.Toy(goal=None), "wide": Wide(goal=None)}


def trained(task, workdir):
    """A run: its lines, its newest state, and the parameters that count."""
    config = toy.config(steps=12, eval_every=6, log_every=4, optimizer=OPTIMIZER)
    params = loop.fit(task, config, workdir)
    built = optimizer.build(config.optimizer, None, 12)
    program = Program(task, built, seed=config.seed, batch=toy.batch(0))
    state, _ = Checkpoints(workdir).restore_latest(program.target)
    return reporting.read(workdir), state, params


def assert_same(found, expected):
    for a, b in zip(*map(jax.tree.leaves, (found, expected)), strict=True):
        np.testing.assert_array_equal(a, b)


def test_each_is_trained_as_it_would_be_alone(tmp_path):
    lines, state, params = trained(Comparison(tasks()), tmp_path / "all")
    for name, task in tasks().items():
        own_lines, own, own_params = trained(task, tmp_path / name)
        assert_same(params[name], own_params)
        assert_same(state.params[name], own.params)
        assert_same(state.opt_state[name], own.opt_state)
        assert_same(state.carry[name], own.carry)
        assert own.opt_state.gradient_step == 3 and own.opt_state.mini_step == 0
        for line, own_line in zip(lines, own_lines, strict=True):
            assert line[f"loss/{name}"] == own_line["loss"]
            assert (line["step"], line["split"]) == (
                own_line["step"],
                own_line["split"],
            )
    train, valid = lines[0], lines[-1]
    both = [train["loss/toy"], train["loss/wide"]]
    assert train["loss"] == pytest.approx(np.mean(both)) and both[0] != both[1]
    assert valid["parameters/toy"] == 4 and valid["parameters/wide"] == 5
    assert train["rows_per_s"] > 0


def test_the_averages_are_kept_by_name():
    params = {"a": np.float32(1.0), "b": {"c": np.float32(2.0)}}
    alone = optimizer.build({"name": "sgd", "average": 0.5}, None, 10)
    task = Comparison({"a": Task(), "b": Comparison({"c": Task()})})
    state = task.optimizer(alone).init(params)
    _, state = task.optimizer(alone).update(params, state, params, scale=1.0)
    kept = optimizer.averaged(state, params)
    expected = jax.tree.map(lambda p: np.float32(p - 1e-3 * p), params)
    jax.tree.map(np.testing.assert_allclose, kept, expected)


def test_batches_are_those_of_the_first_and_nothing_is_guessed():
    task = Comparison({"toy": toy.Toy(), "other": toy.Toy(batches=None)})
    first = next(itertools.islice(task.batches("train", 3), 1))
    np.testing.assert_array_equal(first["xs"], toy.batch((0, 3))["xs"])
    assert (task.unit, task.steps_per_epoch, task.goal) == ("rows", 20, None)
    params = task.init(jax.random.key(0))
    found = evaluate(task, params, "valid")
    assert found["loss/toy"] == found["loss/other"] == found["loss"]


def test_names_that_cannot_be_told_apart_are_refused():
    with pytest.raises(ValueError, match="at least one task"):
        Comparison({})
    with pytest.raises(ValueError, match="'a/b' has a slash"):
        Comparison({"a/b": toy.Toy()})
