"""The grid experiment: what its nets learn, are scored on, report and answer."""

import csv
import functools
import importlib
import itertools

import jax
import numpy as np
import optax
import pytest

from experiments import grid
from seqnets.training.evaluation import evaluate
from tests import looping

pytestmark = pytest.mark.usefixtures("quickly")


def configured(name="grid", **changes):
    """Returns a config, made small."""
    config = importlib.import_module(f"configs.{name}").get_config()
    config.batch_size, config.eval_batch_size, config.eval_examples = 8, 16, 32
    config.length, config.lengths, config.width = 3, (2, 3), 8
    config.kinds, config.depths, config.growth = ("grid",), (2,), 0.0
    with config.ignore_type():
        for field, value in changes.items():
            setattr(config, field, value)
    return config


def fresh(task):
    return jax.jit(task.init)(jax.random.key(0))


def shapes_of(task):
    return jax.eval_shape(task.init, jax.random.key(0))


@functools.cache
def counting():
    """Two nets trained side by side on the parity of three bits."""
    task = grid.build(configured(kinds=("grid", "tanh"), batch_size=32, width=12))
    update, params = (
        task.optimizer(optax.with_extra_args_support(optax.adam(0.02))),
        (fresh(task)),
    )

    @jax.jit
    def step(params, state, batch):
        grads, _ = jax.grad(task.loss, has_aux=True)(
            params, task.initial_state(params, 32), batch, None
        )
        updates, state = update.update(grads, state, params)
        return optax.apply_updates(params, updates), state

    state = update.init(params)
    for batch in itertools.islice(task.batches("train"), 200):
        params, state = step(params, state, batch)
    return task, params


@functools.cache
def adding():
    """A drawn net for sums, and its compiled loss."""
    task = grid.build(configured("grid_addition"))
    return task, fresh(task), jax.jit(task.loss)


def test_depth_alone_learns_parity():
    task, params = counting()
    found = evaluate(task, params, "test")
    assert found["accuracy/grid_2"] == 1.0
    assert task.goal is None and set(task.tasks) == {"grid_2", "tanh_2"}


def test_bits_are_answered_whether_or_not_all_are_given():
    task, params = counting()
    lines = ["110", "", "01", "1 1 1"]
    found = [answers.answers for answers in task.predict(params, lines)]
    said = [own["grid_2"][0] if own else "" for own in found]
    assert said == ["even", "", "odd", "odd"]
    with pytest.raises(ValueError, match="no vector of 1 to 3 bits"):
        list(task.predict(params, ["0110"]))


def test_the_figures_show_what_an_evaluation_finds(tmp_path):
    task, params = counting()
    task.report(params, tmp_path)
    lengths, depths = (
        list(csv.DictReader((tmp_path / f"{name}.csv").open()))
        for name in ("length", "depth")
    )
    assert [row["length"] for row in lengths] == ["2", "3"]
    assert float(lengths[1]["guessing"]) == 0.5
    found = evaluate(task, params, "test")
    for kind in ("grid", "tanh"):
        own = pytest.approx(found[f"accuracy/{kind}_2"], abs=1e-4)
        assert float(lengths[1][f"{kind}_2"]) == own
        assert float(depths[0][kind]) == own
    answers = (tmp_path / "answers.txt").read_text().splitlines()
    assert len(answers) == 16
    for line in answers:
        bits, right = line.split(";")[0].split(" is ")
        assert right == ("even", "odd")[bits.count("1") % 2]


def test_only_training_has_shorter_inputs():
    task, _, _ = adding()
    train, valid = (next(task.batches(split)) for split in ("train", "valid"))
    assert set(train["mask"].sum(1)) >= {6, 12}
    assert (valid["mask"].sum(1) == 12).all()
    fixed = grid.build(configured("grid_addition", shortest=None))
    assert (next(fixed.batches("train"))["mask"].sum(1) == 12).all()


def test_what_fills_a_row_up_never_matters_to_a_sum():
    task, params, loss = adding()
    batch = next(task.batches("train"))
    assert not batch["mask"].all()
    other = batch | {"inputs": np.where(batch["mask"], batch["inputs"], 3)}
    (one, (_, sums)), (two, _) = (loss(params, (), own, None) for own in (batch, other))
    assert one == two
    assert sums["accuracy"][1] == batch["asked"].sum()
    assert sums["sum_accuracy"][1] == 8


def test_sums_longer_than_the_training_are_answered():
    task, params, _ = adding()
    task.config.lengths = (3, 5)
    (found,) = task.predict(params, ["12345 + 1"])
    ((answer, p),) = found.answers.values()
    assert len(answer) == 6 and answer.isdigit() and 0 < p < 1
    with pytest.raises(ValueError, match="numbers of 1 to 5 digits"):
        list(task.predict(params, ["123456+1"]))


def test_tied_nets_have_as_many_parameters_however_deep():
    def count(problem, kind, depth):
        config = configured(problem=problem, kinds=(kind,), depths=(depth,))
        return sum(leaf.size for leaf in jax.tree.leaves(shapes_of(grid.build(config))))

    for problem, kind in (("parity", "grid"), ("addition", "stacked_tied")):
        assert count(problem, kind, 2) == count(problem, kind, 5)
    for problem, kind in (("parity", "relu"), ("addition", "stacked")):
        assert count(problem, kind, 2) < count(problem, kind, 5)


def test_pictures_are_scanned_with_and_without_depth(image_folder):
    config = configured("grid_mnist", corpus=str(image_folder), width=3, patch=7)
    for kind, along in (("grid", 3), ("stacked", 2)):
        config.kinds = (kind,)
        corner = shapes_of(grid.build(config))["grids"][3]
        gates = [w.shape[-1] // 3 for w in corner.w]
        # A stack has one memory, with a forget gate for each direction.
        assert gates == ([4] * 3 if along == 3 else [5, 0, 0])
    config.kinds = ("grid",)
    task = grid.build(config)
    params = looping.draw(np.random.default_rng(0), shapes_of(task))
    batch = next(task.batches("train"))
    grads, _ = jax.jit(jax.grad(task.loss, has_aux=True))(params, (), batch, None)
    for corner in grads["grids"]:
        assert np.abs(corner.w_x).max() > 0
    config.kinds = ("grid", "stacked")
    assert grid.build(config).predict is None


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"kinds": ("stacked",)}, "problem=parity are grid, grid_untied, tanh, relu"),
        ({"problem": "addition", "kinds": ("relu",)}, "stacked_tied, not relu"),
        ({"lengths": (2, 4)}, "length 3 reads no longer ones: lengths .2, 4."),
        ({"shortest": 4}, "shortest 4, length 3"),
    ],
)
def test_options_that_do_not_go_together_are_named(changes, message):
    with pytest.raises(ValueError, match=message):
        grid.build(configured(**changes))
