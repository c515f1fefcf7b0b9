"""What a perceptron can learn, what it cannot, and what a hidden layer adds."""

import importlib
import itertools

import jax
import numpy as np
import optax
import pytest

from experiments import function_fit
from seqnets.training import loop
from tests import looping


def configured(name="xor", **changes):
    config = importlib.import_module(f"configs.{name}").get_config()
    with config.ignore_type():
        for field, value in changes.items():
            setattr(config, field, value)
    return config


def train(task, steps, method):
    """Descends by a method of optax; returns each step's scores in validation."""
    batches = list(itertools.islice(task.batches("train"), steps))
    batches = jax.tree.map(lambda *arrays: np.stack(arrays), *batches)
    (valid,) = task.batches("valid")

    def score(params, batch):
        none = task.initial_state(params, len(batch["rows"]))
        loss, (_, sums) = task.loss(params, none, batch, None)
        return loss, sums

    def step(carry, batch):
        params, state = carry
        grads, _ = jax.grad(score, has_aux=True)(params, batch)
        updates, state = method.update(grads, state)
        params = optax.apply_updates(params, updates)
        return (params, state), score(params, valid)[1]

    params = jax.jit(task.init)(jax.random.key(1))
    descend = jax.jit(lambda carry: jax.lax.scan(step, carry, batches)[1])
    sums = jax.device_get(descend((params, method.init(params))))
    return {name: total / count for name, (total, count) in sums.items()}


@pytest.mark.parametrize("name", ["and", "or"])
def test_a_perceptron_learns_what_a_line_parts(name):
    task = function_fit.build(
        configured(corpus=name, widths=(0,), restarts=3, eval_batch_size=4)
    )
    seen = train(task, 400, optax.sgd(0.3))
    assert seen["accuracy/0"][-1] == 1.0


def test_a_perceptron_never_learns_xor_and_one_hidden_layer_does(quickly):
    config = configured(widths=(0, 1, 4), restarts=3, batch_size=4)
    seen = train(function_fit.build(config), 800, optax.sgd(1.0))
    for width in (0, 1):
        assert seen[f"accuracy/{width}"].max() <= 0.75
    assert seen["accuracy/4"][-1] == 1.0


def test_a_wider_hidden_layer_fits_better(quickly):
    config = configured("function_fit", widths=(0, 2, 16), restarts=3, batch_size=64)
    task = function_fit.build(config)
    seen = train(task, 600, optax.adam(0.03))
    line, narrow, wide = (seen[f"error/{width}"][-1] for width in (0, 2, 16))
    assert wide < 0.5 * narrow < narrow < line < 1.05
    assert task.baselines()["constant"] == pytest.approx(1.0, abs=0.1)


def draw(task):
    """Returns parameters without structure, which need no compiling."""
    shapes = jax.eval_shape(task.init, jax.random.key(0))
    return jax.device_put(looping.draw(np.random.default_rng(0), shapes))


def test_a_net_and_a_start_learn_as_if_they_were_alone(quickly):
    task = function_fit.build(configured(widths=(0, 2), restarts=3))
    alone = function_fit.build(configured(widths=(2,), restarts=1))
    params, batch = draw(task), next(task.batches("train", 0))
    one = {"2": jax.tree.map(lambda p: p[1:2], params["2"])}

    def gradient(task, params):
        none = task.initial_state(params, 1)
        grad = jax.jit(jax.grad(lambda p: task.loss(p, none, batch, None)[0]))
        return grad(params)["2"]

    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a[1], b[0], rtol=1e-5, atol=1e-7),
        gradient(task, params),
        gradient(alone, one),
    )


def test_the_parameters_counted_are_those_of_one_start():
    task = function_fit.build(configured(widths=(0, 4), restarts=3))
    found = task.scores(draw(task), "valid", None)
    assert found == {"parameters/0": 3, "parameters/4": 4 * 3 + 5}


def test_missing_rows_of_a_batch_do_not_count(quickly):
    task = function_fit.build(configured(widths=(0, 2), batch_size=3))
    params, batch = draw(task), next(task.batches("valid", 1))
    assert batch["rows"].tolist() == [True, False, False]
    none = task.initial_state(params, 3)
    loss = jax.jit(lambda batch: task.loss(params, none, batch, None))
    value, (_, sums) = loss(batch)
    rubbish = dict(batch, x=np.where(batch["rows"][:, None], batch["x"], 9e9))
    other, (_, sums_of_other) = loss(rubbish)
    assert value == other
    assert sums["accuracy/0"] == sums_of_other["accuracy/0"]
    assert sums["accuracy/0"][1] == 20  # Starts of one real row.


@pytest.mark.parametrize(
    ("name", "pictures"),
    [("xor", {"decisions.png"}), ("function_fit", {"fits.png", "errors.png"})],
)
def test_a_run_leaves_its_pictures(name, pictures, tmp_path, quickly):
    config = configured(name, widths=(0, 2), restarts=2, steps=5, eval_every=5)
    loop.fit(function_fit.build(config), config, tmp_path / "run")
    samples = list((tmp_path / "run" / "samples").iterdir())
    assert {path.name for path in samples} == pictures
    assert all(path.stat().st_size > 3000 for path in samples)


def test_a_user_s_own_points_are_found_again_from_the_run_folder(tmp_path):
    path = tmp_path / "points.txt"
    path.write_text("".join(f"{x} {x * x}\n" for x in range(-20, 20)))
    task = function_fit.build(configured("function_fit", corpus=str(path)))
    ours = next(task.batches("test", 0))
    shapes = jax.eval_shape(task.init, jax.random.key(0))
    task.assets.save(tmp_path)
    moved = configured("function_fit", corpus="moved.txt")
    theirs = next(function_fit.build(moved, tmp_path).batches("test", 0))
    np.testing.assert_array_equal(ours["x"], theirs["x"])
    assert ours["rows"].sum() == 4
    path.unlink()  # What the nets must know of the points is kept.
    again = function_fit.build(moved, tmp_path)
    assert jax.eval_shape(again.init, jax.random.key(0)) == shapes


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"widths": ()}, "widths must be"),
        ({"widths": (-1, 2)}, "widths must be"),
        ({"restarts": 0}, "restarts must be at least 1"),
        ({"activation": "sine"}, "activation"),
    ],
)
def test_options_that_there_are_not_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        function_fit.build(configured(**changes))


def test_an_unknown_function_is_refused_before_there_is_a_run_folder(tmp_path):
    config = configured(corpus="xorr")
    with pytest.raises(ValueError, match="did you mean 'xor'"):
        loop.fit(function_fit.build(config), config, tmp_path / "run")
    assert not (tmp_path / "run").exists()
