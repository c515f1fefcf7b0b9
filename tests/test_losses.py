"""Losses are sums over real steps, whatever stands elsewhere."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import losses, metrics

pytestmark = pytest.mark.usefixtures("quickly")

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(size=(3, 5, 7)).astype(np.float32)
TARGETS = RNG.integers(7, size=(3, 5))
MASK = RNG.random((3, 5)) < 0.6
OF_CLASSES = [losses.cross_entropy, losses.perceptron]
OF_DECISIONS = [losses.binary_cross_entropy, losses.binary_perceptron]

cross_entropy = jax.jit(losses.cross_entropy, static_argnames="smoothing")
binary_cross_entropy = jax.jit(losses.binary_cross_entropy)


def test_cross_entropy_matches_its_equation():
    p = np.exp(LOGITS) / np.exp(LOGITS).sum(-1, keepdims=True)
    picked = np.take_along_axis(p, TARGETS[..., None], -1)[..., 0]

    loss, count = cross_entropy(LOGITS, TARGETS, MASK)

    np.testing.assert_allclose(loss, -np.log(picked)[MASK].sum(), rtol=1e-5)
    assert count == MASK.sum()


def test_label_smoothing_gives_every_class_its_share():
    log_p = np.log(np.exp(LOGITS) / np.exp(LOGITS).sum(-1, keepdims=True))
    target = 0.8 * np.eye(7)[TARGETS] + 0.2 / 7
    loss, count = cross_entropy(LOGITS, TARGETS, MASK, smoothing=0.2)
    np.testing.assert_allclose(loss, -(target * log_p).sum(-1)[MASK].sum(), rtol=1e-5)
    assert count == MASK.sum()


def test_binary_cross_entropy_matches_its_equation():
    z, y = LOGITS[..., 0], RNG.random((3, 5)).astype(np.float32)
    p = 1.0 / (1.0 + np.exp(-z))

    loss, count = binary_cross_entropy(z, y, MASK)

    expected = -(y * np.log(p) + (1 - y) * np.log(1 - p))[MASK].sum()
    np.testing.assert_allclose(loss, expected, rtol=1e-5)
    assert count == MASK.sum()


@pytest.mark.parametrize("rubbish", [np.nan, np.inf, -np.inf, 1e30])
@pytest.mark.parametrize(
    "loss", [losses.cross_entropy, lambda z, y, m: losses.total(z.sum(-1), m)]
)
def test_rubbish_at_masked_steps_changes_no_bit(loss, rubbish):
    spoilt = np.where(MASK[..., None], LOGITS, np.float32(rubbish))
    measure = jax.jit(loss)
    np.testing.assert_array_equal(
        measure(spoilt, TARGETS, MASK), measure(LOGITS, TARGETS, MASK)
    )


def posed(loss):
    """Returns scores and targets for a loss of classes, of decisions or of values."""
    if loss in OF_CLASSES:
        return LOGITS, TARGETS
    return LOGITS[..., 0], np.float32(TARGETS > 3)


@pytest.mark.parametrize("loss", [*OF_CLASSES, *OF_DECISIONS, losses.squared_error])
def test_what_is_masked_changes_neither_value_nor_gradient(loss):
    scores, targets = posed(loss)
    measure = jax.jit(jax.value_and_grad(lambda z, y: loss(z, y, MASK)[0]))
    clean = measure(scores, targets)
    assert np.isfinite(clean[1]).all() and not np.asarray(clean[1])[~MASK].any()
    mask = MASK.reshape(*MASK.shape, *(1,) * (scores.ndim - 2))
    for rubbish in (np.nan, np.inf, -np.inf, 1e30):
        spoilt = np.where(mask, scores, np.float32(rubbish))
        integer = np.issubdtype(targets.dtype, np.integer)
        strange = np.where(MASK, targets, -9 if integer else np.float32(rubbish))
        jax.tree.map(np.testing.assert_array_equal, measure(spoilt, strange), clean)


@pytest.mark.parametrize("loss", [*OF_CLASSES, *OF_DECISIONS])
def test_a_target_that_there_is_not_has_probability_zero_and_no_gradient(loss):
    scores, targets = posed(loss)
    measure = jax.jit(jax.value_and_grad(lambda z, y, m: loss(z, y, m)[0]))
    everywhere = np.ones_like(MASK)
    without = everywhere.copy()
    without[1, 2] = False
    rest, gradient = measure(scores, targets, without)
    for target in (-1, 7, 8, -7, -8, 10**6):
        strange = targets.copy()
        strange[1, 2] = target
        value, own = measure(scores, strange, everywhere)
        assert value == np.inf
        np.testing.assert_array_equal(own, gradient)
        masked = measure(scores, strange, without)
        jax.tree.map(np.testing.assert_array_equal, masked, (rest, gradient))


def test_a_class_that_there_is_not_is_never_right():
    best = LOGITS.argmax(-1)
    for strange in (best - 7, best + 7):
        assert metrics.accuracy(LOGITS, strange) == (0.0, 15.0)


def test_sums_over_steps_are_float32_or_wider():
    @jax.jit
    def run(values, ones):
        zeros = jnp.zeros_like(values)
        squares = losses.squared_error(values, zeros, ones)
        return losses.total(values), losses.total(values, ones), squares

    values = np.full((2, 1000), 200.0, np.float16)
    for (found, _), expected in zip(
        run(values, np.ones(values.shape, bool)), (4e5, 4e5, 8e7), strict=True
    ):
        assert found.dtype == jnp.float32 and found == expected


def test_no_steps_and_no_rows_sum_to_nothing():
    @jax.jit
    def run(scores, targets, mask):
        whole = (*OF_CLASSES, metrics.accuracy)
        found = [loss(scores, targets, mask) for loss in whole]
        single = (*OF_DECISIONS, losses.squared_error)
        return found + [loss(scores[..., 0], targets, mask) for loss in single]

    for shape in ((2, 0), (0, 3)):
        given = np.zeros((*shape, 7), np.float32), np.zeros(shape, int)
        for found in run(*given, np.ones(shape, bool)):
            assert found == (0.0, 0.0)


def test_descending_the_perceptron_loss_is_the_perceptron_rule():
    x, rows = np.array([1.0, -2.0, 0.5], np.float32), np.eye(4, dtype=np.float32)
    w = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    predicted = int((x @ w).argmax())
    grad = jax.jit(jax.grad(lambda w, y: losses.perceptron(x @ w, y)[0]))
    for target in range(4):
        expected = np.outer(x, rows[target] - rows[predicted])  # 0 where it is right.
        np.testing.assert_allclose(-grad(w, np.int32(target)), expected, atol=1e-6)


def test_descending_the_binary_perceptron_loss_is_the_perceptron_rule():
    x, w = np.float32([1.0, -2.0, 0.5]), np.float32([0.3, 0.1, -0.7])
    predicted = float(x @ w > 0)
    grad = jax.jit(jax.grad(lambda w, y: losses.binary_perceptron(x @ w, y)[0]))
    for y in (0.0, 1.0):
        np.testing.assert_allclose(-grad(w, y), (y - predicted) * x, atol=1e-7)


def test_two_classes_make_the_perceptron_losses_one():
    z = np.linspace(-2, 2, 9, dtype=np.float32)
    y = np.arange(9) % 2
    scores = np.stack([np.zeros(9, np.float32), z], -1)
    np.testing.assert_allclose(
        jax.jit(losses.binary_perceptron)(z, y),
        jax.jit(losses.perceptron)(scores, y),
        rtol=1e-6,
    )


def test_extreme_logits_stay_finite():
    logits = np.float32([1e4, -1e4])
    loss, _ = binary_cross_entropy(logits, np.float32([0.0, 1.0]))
    np.testing.assert_allclose(loss, 2e4)
    loss, _ = cross_entropy(logits[None], np.array([1]))
    np.testing.assert_allclose(loss, 2e4)


def test_a_mean_of_nothing_is_zero_and_has_no_gradient():
    assert losses.mean(np.float32(6.0), np.float32(4.0)) == 1.5

    @jax.jit
    @jax.value_and_grad
    def loss(values):
        return losses.mean(*losses.total(values, jnp.zeros(3, bool)))

    value, slope = loss(np.ones(3, np.float32))
    assert value == 0.0 and not np.any(slope)


def test_float64_stays_float64(x64):
    logits = LOGITS.astype(np.float64)
    p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    picked = np.take_along_axis(p, TARGETS[..., None], -1)[..., 0]
    loss, _ = cross_entropy(logits, TARGETS, MASK)
    np.testing.assert_allclose(loss, -np.log(picked)[MASK].sum(), rtol=1e-13)

    z, y = logits[..., 0], np.float64(MASK)
    loss, _ = binary_cross_entropy(z, y)
    expected = np.logaddexp(0.0, z) - y * z
    np.testing.assert_allclose(loss, expected.sum(), rtol=1e-13)


@pytest.mark.parametrize("name", ["cross_entropy", "perceptron"])
def test_losses_of_classes_broadcast_nothing(name):
    loss, scores = getattr(losses, name), np.ones((3, 2, 4), np.float32)
    targets = np.zeros((3, 2), int)
    for bad in ((targets[:, :1], None), (targets, np.float32(targets[:1]))):
        with pytest.raises(ValueError, match=r"must have shape \(3, 2\), not"):
            loss(scores, *bad)


@pytest.mark.parametrize(
    "name", ["binary_cross_entropy", "binary_perceptron", "squared_error"]
)
def test_losses_of_numbers_broadcast_nothing(name):
    loss, values = getattr(losses, name), np.ones((3, 2), np.float32)
    for bad in ((values[:, :1], None), (values[0], None), (values, values[:, :1] > 0)):
        with pytest.raises(ValueError, match=r"must have shape \(3, 2\), not"):
            loss(values, *bad)
