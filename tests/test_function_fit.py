"""What a perceptron can learn, what it cannot, and what a hidden layer adds."""

import importlib

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from experiments import function_fit
from seqnets.training import loop


def configured(name="xor", **changes):
    config = importlib.import_module(f"configs.{name}").get_config()
    with config.ignore_type():
        for field, value in changes.items():
            setattr(config, field, value)
    return config


def train(task, steps, method):
    """Descends by a method of optax; returns the validation scores as they came."""

    @jax.jit
    def step(params, state, batch):
        grads = jax.grad(task.loss, has_aux=True)(params, (), batch, None)[0]
        updates, state = method.update(grads, state)
        return optax.apply_updates(params, updates), state

    evaluate = jax.jit(lambda params, batch: task.loss(params, (), batch, None)[1][1])
    params, seen = jax.jit(task.init)(jax.random.key(1)), []
    state = method.init(params)
    for i, batch in zip(range(steps), task.batches("train", 0), strict=False):
        params, state = step(params, state, batch)
        if i % 20 == 19:
            totals = {}
            for part in task.batches("valid", 0):
                for name, pair in evaluate(params, part).items():
                    totals[name] = np.add(totals.get(name, (0, 0)), pair)
            seen.append(task.finish(totals))
    return seen


@pytest.mark.parametrize("name", ["and", "or"])
def test_a_perceptron_learns_what_a_line_parts(name):
    task = function_fit.build(configured(corpus=name, widths=(0,), restarts=3))
    seen = train(task, 400, optax.sgd(0.3))
    assert seen[-1]["accuracy_0"] == 1.0


def test_a_perceptron_never_learns_xor_and_one_hidden_layer_does():
    config = configured(widths=(0, 1, 4), restarts=3, batch_size=4)
    seen = train(function_fit.build(config), 800, optax.sgd(1.0))
    for width in (0, 1):
        assert max(scores[f"accuracy_{width}"] for scores in seen) <= 0.75
    assert seen[-1]["accuracy_4"] == 1.0


def test_descending_the_perceptron_loss_is_the_perceptron_rule():
    x, w = jnp.array([1.0, -2.0, 0.5]), jnp.array([0.3, 0.1, -0.7])
    said = float(x @ w > 0)
    for y in (0.0, 1.0):
        grad = jax.grad(lambda w, y=y: function_fit.perceptron(x @ w, y)[0])(w)
        np.testing.assert_allclose(-grad, (y - said) * x, atol=1e-7)


def test_a_wider_hidden_layer_fits_better():
    config = configured("function_fit", widths=(0, 2, 16), restarts=3, batch_size=64)
    task = function_fit.build(config)
    seen = train(task, 600, optax.adam(0.03))
    line, narrow, wide = (seen[-1][f"error_{width}"] for width in (0, 2, 16))
    assert wide < 0.5 * narrow < narrow < line < 1.05
    assert task.baselines()["constant"] == pytest.approx(1.0, abs=0.1)


def test_a_net_and_a_start_learn_as_if_they_were_alone():
    task = function_fit.build(configured(widths=(0, 2, 4), restarts=3))
    alone = function_fit.build(configured(widths=(2,), restarts=1))
    params, batch = (
        jax.jit(task.init)(jax.random.key(0)),
        next(task.batches("train", 0)),
    )
    one = {"2": jax.tree.map(lambda p: p[1:2], params["2"])}

    def gradient(task, params):
        grad = jax.jit(jax.grad(lambda p: task.loss(p, (), batch, None)[0]))
        return grad(params)["2"]

    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a[1], b[0], rtol=1e-5, atol=1e-7),
        gradient(task, params),
        gradient(alone, one),
    )


def test_missing_rows_of_a_batch_do_not_count():
    task = function_fit.build(configured(widths=(0, 2), batch_size=3))
    params, batch = (
        jax.jit(task.init)(jax.random.key(0)),
        next(task.batches("valid", 1)),
    )
    assert batch["rows"].tolist() == [True, False, False]
    loss = jax.jit(lambda batch: task.loss(params, (), batch, None))
    value, (_, sums) = loss(batch)
    rubbish = dict(batch, x=np.where(batch["rows"][:, None], batch["x"], 9e9))
    other, (_, sums_of_other) = loss(rubbish)
    assert value == other
    assert sums["accuracy_0"] == sums_of_other["accuracy_0"]
    assert sums["accuracy_0"][1] == 20  # Starts of one real row.


@pytest.mark.parametrize(
    ("name", "pictures"),
    [("xor", {"decisions.png"}), ("function_fit", {"fits.png", "errors.png"})],
)
def test_a_run_leaves_its_pictures(name, pictures, tmp_path):
    config = configured(name, widths=(0, 2), restarts=2, steps=5, eval_every=5)
    loop.fit(function_fit.build(config), config, tmp_path / "run")
    samples = list((tmp_path / "run" / "samples").iterdir())
    assert {path.name for path in samples} == pictures
    assert all(path.stat().st_size > 3000 for path in samples)


def test_a_user_s_own_points_are_found_again_from_the_run_folder(tmp_path):
    path = tmp_path / "points.txt"
    path.write_text("".join(f"{x} {x * x}\n" for x in range(-20, 20)))
    task = function_fit.build(configured("function_fit", corpus=str(path)))
    task.save(tmp_path)
    moved = configured("function_fit", corpus="moved.txt")
    again = function_fit.build(moved, tmp_path)
    ours, theirs = (next(t.batches("test", 0)) for t in (task, again))
    np.testing.assert_array_equal(ours["x"], theirs["x"])
    assert ours["rows"].sum() == 4


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"widths": ()}, "widths must be"),
        ({"widths": (-1, 2)}, "widths must be"),
        ({"restarts": 0}, "restarts must be positive"),
        ({"activation": "sine"}, "activation"),
    ],
)
def test_options_that_there_are_not_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        function_fit.build(configured(**changes))


def test_an_unknown_function_is_refused_before_there_is_a_run_folder(tmp_path):
    config = configured(corpus="xorr")
    with pytest.raises(FileNotFoundError, match="did you mean 'xor'"):
        loop.fit(function_fit.build(config), config, tmp_path / "run")
    assert not (tmp_path / "run").exists()
