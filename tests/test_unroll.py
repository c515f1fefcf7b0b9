"""Unrolling: the shapes of input and output, both directions, stacks, precision."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import (
    Directions,
    bidirectional,
    bind,
    cells,
    init_bidirectional,
    step,
    unroll,
)
from seqnets.cells import Memory
from seqnets.plan import Plan
from tests.looping import draw, weigh
from tests.own_cells import Context, Leaky, Reader
from tests.variants import H, label

pytestmark = pytest.mark.usefixtures("quickly")

B, T, D = 3, 6, 2
CELL = cells.LSTM(H)
LENGTHS = np.array([4, 6, 1])
MASK = np.arange(T) < LENGTHS[:, None]


def random(make):
    """Returns random numbers in the shapes of what `make(key)` would make."""
    return draw(np.random.default_rng(0), jax.eval_shape(make, jax.random.key(0)))


@pytest.fixture
def params():
    return random(lambda key: CELL.init(key, D))


@pytest.fixture
def xs():
    return np.random.default_rng(1).normal(size=(B, T, D)).astype(np.float32)


def assert_close(found, expected, rtol=2e-5, atol=2e-6):
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=rtol, atol=atol),
        found,
        expected,
    )


def walk(cell, params, xs, state):
    """Yields (state, y) step by step."""
    for x in np.swapaxes(xs, 0, 1):
        state, y = cell.step(params, state, cell.project(params, x[None])[0])
        yield state, y


# The five shapes of input and output (SYSTEMS.md B1), each in two lines.


def test_one_to_one_is_a_sequence_of_one_step(params, xs):
    x = xs[:, 0]

    _, ys = unroll(CELL, params, x[:, None])
    y = ys[:, 0]

    _, expected = next(walk(CELL, params, x[:, None], zero_state()))
    assert_close(y, expected)


def test_one_to_many_reads_once_and_then_nothing(params, xs):
    x = xs[:, 0]

    heard = jnp.zeros((B, T, D)).at[:, 0].set(x)
    _, ys = unroll(CELL, params, heard)

    expected = [y for _, y in walk(CELL, params, np.asarray(heard), zero_state())]
    assert_close(ys, np.stack(expected, 1))
    assert (np.ptp(ys, axis=1) > 1e-3).all()


def test_one_to_many_may_read_what_it_said(params, xs):
    """A generator is a scan over `step`, whose input is the last output."""
    x = xs[:, 0]

    def say(carry, _):
        state, x = carry
        state, y = CELL.step(params, state, CELL.project(params, x[None])[0])
        return (state, y[:, :D]), y

    _, ys = jax.lax.scan(say, (zero_state(), x), length=T)

    heard = np.concatenate([x[None], ys[:-1, :, :D]]).swapaxes(0, 1)
    assert_close(ys.swapaxes(0, 1), unroll(CELL, params, heard)[1])


def test_many_to_one_by_the_last_state(params, xs):
    state, _ = unroll(CELL, params, xs, mask=MASK)
    read = state.h

    assert_close(read, [row[-1] for row in unpadded_rows(params, xs)])


def test_many_to_one_by_the_mean_over_real_steps(params, xs):
    _, ys = unroll(CELL, params, xs, mask=MASK)
    read = ys.sum(1) / MASK.sum(1, keepdims=True)

    assert_close(read, [row.mean(0) for row in unpadded_rows(params, xs)])


def test_many_to_many_in_step(params, xs):
    _, ys = unroll(CELL, params, xs, mask=MASK)

    assert_close(ys[MASK], np.concatenate(unpadded_rows(params, xs)))


def test_many_to_many_one_after_the_other(params, xs):
    """An encoder's last real state begins a decoder of another length."""
    spoken = xs[:, :4, ::-1]

    state, _ = unroll(CELL, params, xs, mask=MASK)
    _, ys = unroll(CELL, params, spoken, state=state)

    for row, length in enumerate(LENGTHS):
        whole = np.concatenate([xs[row, :length], spoken[row]])[None]
        expected = [y[0] for _, y in walk(CELL, params, whole, zero_state(1))]
        assert_close(ys[row], np.stack(expected[length:]))


def zero_state(batch_size=B):
    return CELL.initial_state(None, batch_size, jnp.float32)


def unpadded_rows(params, xs):
    """Returns the outputs [length, H] of every row, read alone."""
    return [
        np.concatenate(
            [y for _, y in walk(CELL, params, xs[[row], :length], zero_state(1))]
        )
        for row, length in enumerate(LENGTHS)
    ]


# Both directions.


@functools.partial(jax.jit, static_argnums=0)
def both_ways(cell, params, xs, **marks):
    return bidirectional(cell, params, xs, **marks)


def test_bidirectional_is_a_run_each_way(xs):
    params = random(lambda key: init_bidirectional(CELL, key, D))
    state, ys = both_ways(CELL, params, xs, mask=MASK)
    ahead = unroll(CELL, params.forward, xs, mask=MASK)
    back = unroll(CELL, params.backward, xs, mask=MASK, reverse=True)
    assert_close(state, Directions(ahead[0], back[0]))
    assert_close(ys, np.concatenate([ahead[1], back[1]], -1))


def test_a_net_read_as_a_whole_has_read_everything_twice(xs):
    """[y→_T; y←_1] is the two final states, whatever the length of the row.

    Reading the outputs at the last step instead, as 004's program does, takes
    the backward half where it has seen one token only: the last.
    """
    params = random(lambda key: init_bidirectional(CELL, key, D))
    state, ys = both_ways(CELL, params, xs, mask=MASK)
    whole = np.concatenate([state.forward.h, state.backward.h], -1)

    last = LENGTHS - 1
    assert_close(whole[:, :H], ys[np.arange(B), last, :H])
    assert_close(whole[:, H:], ys[:, 0, H:])

    tokens = xs[np.arange(B), last][:, None]
    _, one_token = next(walk(CELL, params.backward, tokens, zero_state()))
    assert_close(ys[np.arange(B), last, H:], one_token)
    assert np.abs(whole[:2, H:] - one_token[:2]).max() > 1e-2


def test_unequal_lengths_are_right_in_both_directions_with_their_gradients(xs):
    """Every row alone, without padding, gives the same, gradients included."""
    cell = cells.SRN(H)
    params = random(lambda key: init_bidirectional(cell, key, D))

    @jax.jit
    def measure(params, xs, mask):
        def loss(params):
            state, ys = bidirectional(cell, params, xs, mask=mask)
            # Weights by place in the row, not in the array: alike for any length.
            place = jnp.cos(jnp.arange(ys.shape[1]))[:, None]
            return (place * ys).sum() + weigh(jax.tree.map(lambda s: s.sum(0), state))

        return jax.value_and_grad(loss)(params)

    together = measure(params, np.where(MASK[..., None], xs, np.nan), MASK)
    alone = [
        measure(params, xs[[row], :length], None) for row, length in enumerate(LENGTHS)
    ]
    assert_close(together, jax.tree.map(lambda *rows: sum(rows), *alone), rtol=1e-4)


@pytest.mark.parametrize("residual", [False, True])
def test_a_deep_bidirectional_net_reads_both_halves_below(residual, xs):
    layers = (cells.LSTM(H), cells.LSTM(H), cells.GRU(2))
    cell = cells.Stack(layers, residual)
    params = random(lambda key: init_bidirectional(cell, key, D))
    assert params[1].forward.w_x.shape[0] == 2 * H
    states, ys = both_ways(cell, params, xs, mask=MASK)

    expected = []
    below = xs
    for layer, own in zip(layers, params, strict=True):
        state, above = both_ways(layer, own, below, mask=MASK)
        expected.append(state)
        joined = residual and below.shape == above.shape
        below = below + above if joined else above
    assert_close((states, ys), (tuple(expected), below))
    assert not ys[~MASK].any()


def test_skips_of_a_bidirectional_net_are_read_by_all_layers_above(xs):
    """[x; y→; y←] of all below, by a stack within as well."""
    layers = cells.SRN(2), cells.SRN(1)
    skips = cells.SkipStack(layers, in_dim=D)
    cell = cells.Stack((skips, cells.SRN(H)))
    params = random(lambda key: init_bidirectional(cell, key, D))
    _, ys = both_ways(cell, params, xs, mask=MASK)

    expected = np.where(MASK[..., None], xs, 0.0)
    for layer, own in zip(layers, params[0], strict=True):
        _, above = both_ways(layer, own, expected, mask=MASK)
        expected = np.concatenate([expected, above], -1)
    assert_close(both_ways(skips, params[0], xs, mask=MASK)[1], expected)
    assert_close(ys, both_ways(cells.SRN(H), params[1], expected, mask=MASK)[1])


def test_noise_differs_between_layers_and_directions(xs, key):
    cell = cells.Dropout(cells.SRN(H, bias=False), 0.5)
    once = random(lambda key: cell.init(key, D))
    run = functools.partial(bidirectional, cell, (once, once))
    (ahead, back), _ = run(np.ones_like(xs), key=key)
    assert not np.allclose(ahead.h, back.h)
    _, again = run(xs, key=key)
    np.testing.assert_array_equal(run(xs, key=key)[1], again)
    assert not np.allclose(run(xs)[1], again)


# Stacks.


@pytest.mark.parametrize(("residual", "reverse"), [(False, False), (True, True)])
def test_a_stack_is_its_layers_one_after_the_other(residual, reverse, xs):
    layers = (cells.SRN(H), cells.LSTM(H), cells.Stack((cells.SRN(H), cells.SRN(2))))
    cell = cells.Stack(layers, residual)
    params = random(lambda key: cell.init(key, D))
    marks = {"mask": MASK, "reverse": reverse}
    states, ys = unroll(cell, params, xs, **marks)

    expected = []
    below = xs
    for layer, own in zip(layers, params, strict=True):
        state, above = unroll(layer, own, below, **marks)
        expected.append(state)
        joined = residual and below.shape == above.shape
        below = below + above if joined else above
    assert_close((states, ys), (tuple(expected), below))


def test_a_residual_connection_adds_no_padding(xs):
    wide = np.where(MASK[..., None], np.tile(xs, 2), np.nan)  # [B, T, 4]
    one_way = cells.Stack((cells.SRN(4),), residual=True)
    both_ways = cells.Stack((cells.SRN(2),), residual=True)
    one = random(lambda key: one_way.init(key, 4))
    both = random(lambda key: init_bidirectional(both_ways, key, 4))
    for ys in (
        unroll(one_way, one, wide, mask=MASK)[1],
        bidirectional(both_ways, both, wide, mask=MASK)[1],
    ):
        assert np.isfinite(ys).all() and not ys[~MASK].any()


# Time and precision.


@pytest.mark.parametrize("reverse", [False, True])
def test_halves_with_the_state_carried_equal_the_whole(reverse, params, xs):
    whole = unroll(CELL, params, xs, mask=MASK, reverse=reverse)
    halves = [slice(0, 3), slice(3, T)]
    state, ys = None, [None, None]
    for half in (1, 0) if reverse else (0, 1):
        part = halves[half]
        state, ys[half] = unroll(
            CELL, params, xs[:, part], state=state, mask=MASK[:, part], reverse=reverse
        )
    assert_close((state, np.concatenate(ys, 1)), whole)


def test_a_sequence_of_no_steps_returns_the_state(params):
    state = cells.LSTMState(jnp.ones((B, H)), jnp.ones((B, H)))
    final, ys = unroll(CELL, params, jnp.zeros((B, 0, D)), state=state)
    jax.tree.map(np.testing.assert_array_equal, final, state)
    assert ys.shape == (B, 0, H)


@pytest.mark.parametrize(
    "cell",
    [
        cells.SRN(H, form="preactivation"),
        cells.LSTM(H, projection=2, peephole=True, layer_norm=True),
        cells.GRU(H, reset="after"),
        cells.Stack((cells.Zoneout(cells.LSTM(H)), cells.Residual(H)), residual=True),
    ],
    ids=label,
)
def test_bfloat16_stays_near_float32(cell, xs):
    """Both start from bfloat16 numbers, so that only the computing differs."""
    params, xs = jax.tree.map(
        lambda a: a.astype(jnp.bfloat16).astype(np.float32),
        (random(lambda key: cell.init(key, D)), xs),
    )

    @jax.jit
    def run(params, xs):
        def loss(params):
            _, ys = unroll(cell, params, xs)
            return weigh(ys.astype(jnp.float32)), ys

        return jax.grad(loss, has_aux=True)(params)

    exact = run(params, xs)
    rough = run(params, xs.astype(jnp.bfloat16))
    for a, b in zip(jax.tree.leaves(rough), jax.tree.leaves(exact), strict=True):
        scale = max(1.0, float(jnp.abs(b).max()))
        np.testing.assert_allclose(a.astype(jnp.float32), b, atol=0.02 * scale)


STEPPED = [
    cells.SRN(H),
    cells.LSTM(H, peephole=True),
    cells.GRU(H),
    cells.MinGRU(H),
    cells.LRU(H, activation="tanh"),
    cells.Stack((cells.LSTM(H), cells.Zoneout(cells.GRU(H))), residual=True),
    Leaky(H),
    Reader(H),
    Context(cells.LSTM(H)),
]


@pytest.mark.parametrize("cell", STEPPED, ids=label)
def test_a_step_is_that_of_a_run_in_any_precision(cell, xs):
    rng = np.random.default_rng(2)
    width = H if isinstance(cell, Reader) else D
    values, start = draw(rng, (np.zeros((B, 4, width)), np.zeros((B, H))))
    memory = Memory(values, np.ones((B, 4), bool), start)
    params = bind(cell, random(lambda key: cell.init(key, D)), memory)

    @jax.jit
    def stepped(xs):
        state, ys = None, []
        for t in range(T):
            state, y = step(cell, params, state, xs[:, t])
            ys.append(y)
        return state, jnp.stack(ys, 1)

    for dtype, atol in ((jnp.float32, 2e-6), (jnp.bfloat16, 2**-8)):
        own = jnp.asarray(xs, dtype)
        found, expected = (
            stepped(own),
            jax.jit(lambda xs: unroll(cell, params, xs))(own),
        )
        for a, b in zip(*map(jax.tree.leaves, (found, expected)), strict=True):
            assert a.dtype == b.dtype
            np.testing.assert_allclose(np.float32(a), np.float32(b), atol=atol, rtol=0)


# What is refused.


def test_a_step_of_another_shape_is_refused(params, xs):
    for x in (xs, np.zeros((B, D), int)):
        with pytest.raises(ValueError, match=r"x must be floating \[B, D\]"):
            step(CELL, params, None, x)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"xs": np.zeros((B, T), np.float32)}, r"\[B, T, D\].*\(3, 6\)"),
        ({"xs": np.zeros((B, T, D), int)}, "floating .*int32"),
        ({"mask": MASK.T}, r"mask must be bool of shape \(3, 6\), .*\(6, 3\)"),
        ({"mask": MASK.astype(np.float32)}, "mask must be bool .*float32"),
        ({"reset": MASK[:, 1:]}, r"reset must be .*\(3, 5\)"),
        ({"plan": Plan("custom")}, "custom_vjp.*automatic.*'custom'"),
    ],
)
def test_inputs_of_another_shape_are_refused(inputs, message, params, xs):
    with pytest.raises(ValueError, match=message):
        unroll(CELL, params, **({"xs": xs} | inputs))


def test_what_has_no_two_directions_is_refused(xs):
    """`init` draws of one direction, whose arrays could be taken for two."""
    stack = cells.Stack((CELL, CELL))
    shapes = [
        jax.eval_shape(lambda key, c=c: c.init(key, D), jax.random.key(0))
        for c in (CELL, stack)
    ]
    directions = "params must be Directions, .* not LSTMParams"
    for cell, params in zip((CELL, stack), shapes, strict=True):
        with pytest.raises(ValueError, match=directions):
            bidirectional(cell, params, xs)
    with pytest.raises(ValueError, match="params must be a tuple of 2, .* not 1 in"):
        bidirectional(stack, shapes[1][:1], xs)
    both = random(lambda key: init_bidirectional(CELL, key, D))
    with pytest.raises(ValueError, match="state must be Directions, .* LSTMState"):
        bidirectional(CELL, both, xs, state=zero_state())


def test_a_mask_of_another_shape_is_refused_before_it_meets_the_inputs(xs):
    cell = cells.Stack((cells.SRN(1),), residual=True)
    params = random(lambda key: init_bidirectional(cell, key, D))
    with pytest.raises(ValueError, match=r"mask must be bool of shape \(3, 6\)"):
        bidirectional(cell, params, xs, mask=MASK.T)


def test_parameters_of_a_layer_are_no_stack_s(params, xs):
    stack = cells.Stack((CELL, CELL))
    for run in (unroll, lambda cell, p, xs: step(cell, p, None, xs[:, 0])):
        with pytest.raises(ValueError, match="^params are not of Stack.* have w_x"):
            run(stack, params, xs)
