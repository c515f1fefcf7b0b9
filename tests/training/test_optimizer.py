"""Optimisers are their formulas, in the order that the module's docstring states."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from ml_collections import ConfigDict

from seqnets.training import optimizer

pytestmark = pytest.mark.usefixtures("quickly")

PARAMS = {"w": np.float32([1.0, -2.0, 3.0]), "b": np.float32(0.5)}
GRADS = {"w": np.float32([0.3, 4.0, -0.01]), "b": np.float32(-2.0)}
RATE = 0.1


def build(steps_per_epoch=None, total_steps=100, **chosen):
    chosen = {"learning_rate": RATE} | chosen
    return optimizer.build(ConfigDict(chosen), steps_per_epoch, total_steps)


def updates(opt, *gradients, params=PARAMS, **extra):
    """Returns what the last of the gradients changes, and the state after it."""

    @jax.jit
    def step(grads, state, params):
        change, state = opt.update(grads, state, params, **extra)
        return change, state, optax.apply_updates(params, change)

    state = jax.jit(opt.init)(params)
    for grads in gradients:
        change, state, params = step(grads, state, params)
    return change, state, params


def adam_direction(g, b1=0.9, b2=0.999):
    m, s = (1 - b1) * g / (1 - b1), (1 - b2) * g**2 / (1 - b2)
    return m / (np.sqrt(s) + 1e-8)


FIRST = {
    "sgd": lambda g, p: g,
    "momentum": lambda g, p: g,
    "adagrad": lambda g, p: g / np.sqrt(g**2 + 1e-7),
    "adadelta": lambda g, p: g * np.sqrt(1e-6) / np.sqrt(0.1 * g**2 + 1e-6),
    "rmsprop": lambda g, p: g / np.sqrt(0.1 * g**2 + 1e-8),
    "adam": lambda g, p: adam_direction(g),
    "adamw": lambda g, p: adam_direction(g) + 0.2 * p,
}


@pytest.mark.parametrize("name", optimizer.METHODS)
def test_the_first_update_is_the_formula(name):
    decay = {"weight_decay": 0.2} if name == "adamw" else {}
    change, _, _ = updates(build(name=name, **decay), GRADS)
    for leaf in PARAMS:
        g, p = np.asarray(GRADS[leaf]), np.asarray(PARAMS[leaf])
        np.testing.assert_allclose(change[leaf], -RATE * FIRST[name](g, p), rtol=1e-4)


def test_momentum_adds_up_over_steps():
    change, _, _ = updates(build(name="momentum", momentum=0.5), GRADS, GRADS)
    np.testing.assert_allclose(change["w"], -RATE * 1.5 * GRADS["w"], rtol=1e-6)


RATES = {"adagrad": 0.5, "adadelta": 10.0}  # Their steps shrink, or begin small.


@pytest.mark.parametrize("name", optimizer.METHODS)
def test_every_method_lowers_a_quadratic(name):
    opt = build(name=name, learning_rate=RATES.get(name, 0.05))

    def value(params):
        return jnp.sum((params["w"] - 1.0) ** 2) + (params["b"] + 1.0) ** 2

    def step(carry, _):
        params, state = carry
        change, state = opt.update(jax.grad(value)(params), state, params)
        return (optax.apply_updates(params, change), state), value(params)

    _, values = jax.lax.scan(step, (PARAMS, opt.init(PARAMS)), length=100)
    assert values[-1] < 0.3 * values[0]


def test_clipping_comes_before_weight_decay_and_method():
    norm = float(optax.tree.norm(GRADS))
    clip = {"clip_norm": norm / 2, "weight_decay": 0.1}
    change, _, _ = updates(build(name="sgd", **clip), GRADS)
    expected = -RATE * (GRADS["w"] / 2 + 0.1 * PARAMS["w"])
    np.testing.assert_allclose(change["w"], expected, rtol=1e-6)
    change, _, _ = updates(build(name="sgd", clip_norm=2 * norm), GRADS)
    np.testing.assert_allclose(change["w"], -RATE * GRADS["w"], rtol=1e-6)
    change, _, _ = updates(build(name="sgd", clip_value=0.2), GRADS)
    np.testing.assert_allclose(change["w"], [-0.02, -0.02, 0.001], rtol=1e-6)


def test_accumulating_half_batches_equals_full_batches():
    clip = {"name": "sgd", "clip_norm": 1.0}
    halves = [jax.tree.map(lambda g, f=f: f * g, GRADS) for f in (0.5, 1.5, 1.0, 1.0)]
    opt = build(accumulate=2, **clip)
    change, _, _ = updates(opt, halves[0])
    assert not np.any(change["w"])
    _, _, params = updates(opt, *halves)
    _, _, expected = updates(build(**clip), GRADS, GRADS)
    np.testing.assert_allclose(params["w"], expected["w"], rtol=1e-6)


@pytest.mark.parametrize("sizes", [[1, 3], [2, 2, 1, 4, 1], [3]])
def test_accumulating_weighs_every_example_alike_and_leaves_none_out(sizes):
    """As full batches of the same examples would; the last window may be short."""
    rng = np.random.default_rng(0)
    batches = [rng.normal(size=(n, 3)).astype(np.float32) for n in sizes]
    windows = [np.concatenate(batches[i : i + 2]) for i in range(0, len(sizes), 2)]
    chosen = {"name": "adam", "clip_norm": 0.5, "average": 0.8}
    found, expected = (
        descend(build(total_steps=len(sizes), accumulate=k, **chosen), examples)
        for k, examples in ((2, batches), (1, windows))
    )
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-5)
    averages = (optimizer.averaged(state, {"w": w}) for w, state in (found, expected))
    np.testing.assert_allclose(*(tree["w"] for tree in averages), rtol=1e-5)


def descend(opt, batches):
    """Fits a point to batches of examples, [n, 3], by the mean of squared distances."""

    @jax.jit
    def step(state, params, mean, weight):
        grads = {"w": 2 * (params["w"] - mean)}
        change, state = opt.update(grads, state, params, weight=weight)
        return state, optax.apply_updates(params, change)

    params = {"w": np.ones(3, np.float32)}
    state = jax.jit(opt.init)(params)
    for xs in batches:
        state, params = step(state, params, xs.mean(0), len(xs))
    return params["w"], state


def test_batches_that_count_nothing_change_nothing():
    opt, nan = build(name="sgd", accumulate=2), jax.tree.map(np.zeros_like, GRADS)
    change, _, _ = updates(opt, nan, nan, weight=0.0)
    assert not np.any(change["w"])


def test_schedules_count_batches_not_updates():
    options = {"name": "sgd", "schedule": "step", "decay_start": 2, "accumulate": 2}
    opt = build(steps_per_epoch=1, **options)
    change, _, _ = updates(opt, GRADS, GRADS)
    np.testing.assert_allclose(change["w"], -RATE * GRADS["w"], rtol=1e-6)
    change, _, _ = updates(opt, *[GRADS] * 4)
    np.testing.assert_allclose(change["w"], -RATE / 2 * GRADS["w"], rtol=1e-6)


def test_the_average_weighs_parameters_by_age():
    opt = build(name="sgd", average=0.8)
    seen, state, params = [], opt.init(PARAMS), PARAMS
    assert optimizer.averaged(state, params) is not None
    for _ in range(4):
        change, state = opt.update(GRADS, state, params, scale=0.5)
        params = optax.apply_updates(params, change)
        seen.append(params["w"])
    expected = np.average(seen, axis=0, weights=[0.8**3, 0.8**2, 0.8, 1.0])
    average = optimizer.averaged(state, params)["w"]
    np.testing.assert_allclose(average, expected, rtol=1e-6)
    assert optimizer.averaged(build(name="sgd").init(PARAMS), params) is params


def test_the_average_is_of_updated_parameters_when_accumulating():
    opt = build(name="sgd", average=0.8, accumulate=2)
    _, state, params = updates(opt, *[GRADS] * 3)
    average = optimizer.averaged(state, params)
    np.testing.assert_allclose(average["w"], params["w"], rtol=1e-6)


@pytest.mark.parametrize("accumulate", [1, 2])
def test_scale_multiplies_the_update(accumulate):
    opt = build(name="adam", accumulate=accumulate)
    change, _, _ = updates(opt, *[GRADS] * accumulate, scale=0.25)
    whole, _, _ = updates(opt, *[GRADS] * accumulate)
    np.testing.assert_allclose(change["w"], 0.25 * whole["w"], rtol=1e-6)


def rates(steps, steps_per_epoch=10, total_steps=100, **chosen):
    chosen = ConfigDict({"learning_rate": 2.0} | chosen)
    rate = optimizer.schedule(chosen, steps_per_epoch, total_steps)
    return [float(rate(step)) for step in steps]


def test_step_decay_halves_each_epoch_after_the_fourth():
    chosen = {"schedule": "step", "decay_rate": 0.5, "decay_start": 4}
    steps = [0, 39, 40, 49, 50, 60]
    assert rates(steps, **chosen) == [2.0, 2.0, 1.0, 1.0, 0.5, 0.25]
    assert rates(steps, **chosen, decay_every=2) == [2.0, 2.0, 1.0, 1.0, 1.0, 0.5]


def test_cosine_goes_from_warm_up_to_the_final_rate():
    chosen = {"schedule": "cosine", "warmup_steps": 10, "final_rate": 0.2}
    found = rates([0, 4, 9, 54, 99, 100, 200], **chosen)
    np.testing.assert_allclose(found, [0.2, 1.0, 2.0, 1.1, 0.2, 0.2, 0.2], rtol=1e-6)


@pytest.mark.parametrize("warmup", [0, 1, 3])
@pytest.mark.parametrize("total, accumulate", [(4, 1), (5, 1), (40, 1), (7, 2), (9, 4)])
def test_a_cosine_has_its_peak_once_and_the_final_rate_at_the_last_update(
    warmup, total, accumulate
):
    chosen = {"schedule": "cosine", "warmup_steps": warmup, "final_rate": 0.1}
    steps = range(0, total, accumulate)
    found = rates(steps, None, total, accumulate=accumulate, **chosen)
    assert found[-1] == pytest.approx(0.1)
    if accumulate == 1:
        assert found.count(2.0) == 1 and found[max(warmup - 1, 0)] == 2.0
    assert rates([total - 1], None, total, accumulate=accumulate, **chosen) == [
        pytest.approx(0.1)
    ]


def test_other_schedules_are_constant_after_warm_up():
    for name in ("constant", "plateau"):
        assert rates([0, 99], schedule=name) == [2.0, 2.0]
    assert rates([0, 3, 4], warmup_steps=4) == [0.5, 2.0, 2.0]


@pytest.mark.parametrize(
    "chosen, message",
    [
        ({"name": "adamm"}, "optimizer.name cannot be 'adamm'; did you mean 'adam"),
        (
            {"schedule": "cosin"},
            "cannot be 'cosin'; did you mean 'cosine'",
        ),
        ({"clipnorm": 1.0}, "option 'clipnorm'; did you mean 'clip_norm'"),
        ({"schedule": "step"}, "'step' counts epochs"),
        ({"accumulate": 0}, "accumulate must be at least 1, not 0"),
        ({"average": 1.0}, "average must be between 0 and 1, not 1.0"),
    ],
)
def test_what_makes_no_sense_is_refused(chosen, message):
    with pytest.raises(ValueError, match=message):
        build(**chosen)


def test_options_have_every_field():
    chosen = optimizer.options(name="sgd", learning_rate=1)
    assert set(chosen) == set(optimizer.OPTIONS) and chosen["learning_rate"] == 1
    with pytest.raises(ValueError, match="did you mean 'learning_rate'"):
        optimizer.options(learning_rates=1)
