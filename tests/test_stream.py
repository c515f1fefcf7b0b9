"""Streams: chunks with the state carried, and with a limited look-ahead."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import Stream, bidirectional, bind, cells, init_bidirectional, unroll
from seqnets.cells import Memory
from tests.looping import draw
from tests.own_cells import Context, Leaky, Reader
from tests.variants import WRAPPED, H, label

pytestmark = pytest.mark.usefixtures("quickly")

B, T, D = 3, 7, 2
MASK = np.array([[0, 1, 1, 1, 1, 0, 0], [1] * 7, [1, 1, 0, 1, 1, 1, 1]], bool)
RESET = np.array([[0] * 7, [0, 0, 0, 1, 0, 0, 0], [1, 0, 0, 0, 0, 1, 0]], bool)
MARKS = {"mask": MASK, "reset": RESET}
STREAMED = [
    cells.SRN(H),
    cells.LSTM(H, peephole=True, layer_norm=True),
    cells.GRU(H, reset="after"),
    cells.Residual(H),
    cells.MinGRU(H),
    cells.LRU(H, state_dim=2, activation="tanh"),
    Leaky(H),
    Reader(H),
    Context(cells.LSTM(H)),
    *WRAPPED,
]
DEEP = cells.Stack((cells.LSTM(2), cells.GRU(2), cells.TrainableStart(cells.SRN(2))))


def random(make):
    return draw(np.random.default_rng(0), jax.eval_shape(make, jax.random.key(0)))


def drawn(cell, both=False):
    """Returns parameters, with a memory bound where the cell reads one."""
    rng = np.random.default_rng(2)
    width = H if isinstance(cell, Reader) else D
    values, first = draw(rng, (np.zeros((B, 4, width)), np.zeros((B, H))))
    memory = Memory(values, np.ones((B, 4), bool), first)
    make = functools.partial(init_bidirectional, cell) if both else cell.init
    return bind(cell, random(lambda key: make(key, D)), memory)


@pytest.fixture
def xs():
    return np.random.default_rng(1).normal(size=(B, T, D)).astype(np.float32)


def padded(marks, size):
    """Cuts [B, T, ...] into chunks [B, size, ...], the last of which is padded."""
    missing = -marks.shape[1] % size
    width = ((0, 0), (0, missing), *((0, 0),) * (marks.ndim - 2))
    marks = np.pad(marks, width)
    return np.split(marks, marks.shape[1] // size, 1)


@functools.partial(jax.jit, static_argnums=0)
def stepped(stream, params, state, xs, mask, reset):
    return stream.step(params, state, xs, mask=mask, reset=reset)


def streamed(stream, params, xs, mask=MASK, reset=RESET):
    """Returns the outputs of a stream, and the state of its cell at the end."""
    state = stream.initial_state(params, B, D)
    ahead = -(-stream.look_ahead // stream.chunk) * stream.chunk
    late = [
        np.pad(a, ((0, 0), (0, ahead), *((0, 0),) * (a.ndim - 2)))
        for a in (np.where(mask[..., None], xs, np.nan), mask, reset)
    ]
    found = []
    for chunk in zip(*(padded(a, stream.chunk) for a in late), strict=True):
        state, final = stepped(stream, params, state, *chunk)
        found.append(final)
    ys, real = (np.concatenate(a, 1) for a in zip(*found, strict=True))
    places = slice(stream.look_ahead, stream.look_ahead + T)
    np.testing.assert_array_equal(real[:, places], mask)
    assert not ys[~real].any()
    return state.cell, ys[:, places]


@functools.partial(jax.jit, static_argnums=0, static_argnames="reverse")
def one_way(cell, params, xs, **options):
    return unroll(cell, params, xs, **options)


@functools.partial(jax.jit, static_argnums=0)
def both_ways(cell, params, xs, **marks):
    return bidirectional(cell, params, xs, **marks)


def assert_close(found, expected):
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-6),
        found,
        expected,
    )


@pytest.mark.parametrize("cell", STREAMED, ids=label)
def test_chunks_with_the_state_carried_equal_the_whole(cell, xs):
    params = drawn(cell)
    whole = one_way(cell, params, xs, **MARKS)
    assert_close(streamed(Stream(cell, chunk=3), params, xs), whole)


@pytest.mark.parametrize("chunk", [1, T])
def test_a_chunk_may_have_any_length(chunk, xs):
    params = drawn(DEEP)
    whole = one_way(DEEP, params, xs, **MARKS)
    assert_close(streamed(Stream(DEEP, chunk), params, xs), whole)


@pytest.mark.parametrize("residual", [False, True])
def test_a_look_ahead_that_reaches_the_end_equals_the_whole(residual, xs):
    wide = np.tile(xs, 2)  # As wide as the outputs, so that they can be added.
    cell = cells.Stack(DEEP.cells, residual)
    params = random(lambda key: init_bidirectional(cell, key, 4))
    states, ys = both_ways(cell, params, wide, **MARKS)
    stream = Stream(cell, chunk=3, look_ahead=6, direction="both")
    state = stream.initial_state(params, B, 4)
    found = []
    for begin in range(0, 15, 3):
        part = [
            np.pad(a, ((0, 0), (0, 8), *((0, 0),) * (a.ndim - 2)))[:, begin : begin + 3]
            for a in (wide, MASK, RESET)
        ]
        state, final = stepped(stream, params, state, *part)
        found.append(final.ys)
    assert_close(np.concatenate(found, 1)[:, 6 : 6 + T], ys)
    assert_close(state.cell, tuple(both.forward for both in states))


@pytest.mark.parametrize("cell", [Reader(H), cells.Zoneout(cells.LSTM(H))], ids=label)
def test_without_a_longer_look_ahead_a_backward_run_begins_there(cell, xs):
    """The outputs are those of the row without what comes after the look-ahead."""
    params = drawn(cell, both=True)
    _, found = streamed(Stream(cell, 2, 1, "both"), params, xs)
    for known in range(2, T + 2, 2):  # Chunks come in; outputs are a step behind.
        mask = MASK & (np.arange(T) < known)
        _, ys = both_ways(cell, params, xs, mask=mask, reset=RESET)
        part = slice(max(known - 3, 0), known - 1)
        assert_close(found[:, part], ys[:, part])


def test_one_direction_alone_can_be_the_backward_one(xs):
    cell = cells.LSTM(H)
    params = drawn(cell)
    _, ys = one_way(cell, params, xs, reverse=True, **MARKS)
    stream = Stream(cell, chunk=4, look_ahead=T, direction="backward")
    assert_close(streamed(stream, params, xs)[1], ys)


@pytest.mark.parametrize(("sizes", "look_ahead"), [((7,), 0), ((1, 0, 4, 2), 6)])
def test_pieces_of_any_length_give_what_the_whole_gives(sizes, look_ahead, xs):
    cell = cells.Stack((cells.GRU(H), cells.SRN(H)))
    direction = "both" if look_ahead else "forward"
    params = drawn(cell, both=direction == "both")
    _, ys = (both_ways if look_ahead else one_way)(cell, params, xs)
    stream = Stream(cell, chunk=2, look_ahead=look_ahead, direction=direction)
    pieces = np.split(xs, np.cumsum(sizes)[:-1], 1)
    parts = list(stream.over(params, pieces))
    assert all(0 < part.shape[1] <= 2 for part in parts)
    assert_close(np.concatenate(parts, 1), ys)
    assert list(stream.over(params, [])) == []
    assert list(stream.over(params, [xs[:0]])) == []  # Of no rows.


def test_pieces_are_cut_without_a_compilation_for_each_length(monkeypatch):
    cell, xs = cells.SRN(H), np.zeros((1, 12, D), np.float32)
    params, stream = drawn(cell), Stream(cell, chunk=4)
    list(stream.over(params, [xs]))

    def refuse(*args, **options):
        raise AssertionError("cut by JAX")

    monkeypatch.setattr(jnp, "concatenate", refuse)
    monkeypatch.setattr(jnp, "pad", refuse)
    parts = list(stream.over(params, np.split(xs, [1, 6], 1)))
    assert sum(part.shape[1] for part in parts) == 12
    assert all(isinstance(part, np.ndarray) for part, _ in stream._chunks([xs]))


def test_outputs_come_as_late_as_is_said(xs):
    """N + L steps are read before the first, and the arithmetic is 1 + L / N."""
    cell = cells.SRN(H)
    stream = Stream(cell, chunk=2, look_ahead=3, direction="both")
    read = []

    def pieces():
        for t in range(T):
            read.append(t)
            yield xs[:, [t]]

    found = stream.over(drawn(cell, both=True), pieces())
    assert next(found).shape == (B, 1, 2 * H)  # Cut at the first chunk's beginning.
    assert len(read) == 4 and stream.delay == 5 and stream.cost == 2.5
    next(found)
    assert len(read) == 6


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"chunk": 0}, "chunk must be an integer of at least 1"),
        ({"look_ahead": -1}, "look_ahead must be an integer of at least 0"),
        ({"chunk": 2.0}, "chunk must be an integer"),
        ({"direction": "up"}, "direction must be one of forward, backward, both"),
    ],
)
def test_a_stream_that_cannot_be_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Stream(cells.SRN(H), **options)


def test_chunks_pieces_and_parameters_that_do_not_fit_are_refused(xs):
    cell = cells.SRN(H)
    params, stream = drawn(cell), Stream(cell, chunk=3)
    state = stream.initial_state(params, B, D)
    with pytest.raises(ValueError, match="a chunk has 3 steps, not 7"):
        stream.step(params, state, xs)
    both = Stream(cell, chunk=T, direction="both")
    for read in (
        lambda: both.initial_state(params, B, D),
        lambda: both.step(params, state, xs),
    ):
        with pytest.raises(ValueError, match="params must be Directions"):
            read()
    with pytest.raises(ValueError, match="alike but for their length"):
        list(stream.over(params, [xs[:, :1], xs[:2]]))
