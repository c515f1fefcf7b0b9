"""What may be written is what is well formed: against all sequences there are."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets.decode import beam, expressions

EOS, MINUS, CONSTANT, N1, N2, UNK = range(6)
SIGNS = np.array([False, True, False, False, False, False])
PLACES = np.array([-1, -1, 0, 1, 2, -1])


def rule(numbers, length):
    return expressions.well_formed(
        jnp.array(numbers), operators=SIGNS, places=PLACES, eos=EOS, length=length
    )


def is_expression(symbols, numbers):
    """Reads one operand by its definition, and tells whether nothing is left."""

    def rest(symbols):
        first, *others = symbols
        if first == MINUS:
            return rest(rest(others))
        if not 0 <= PLACES[first] <= numbers:
            raise IndexError
        return others

    try:
        return not rest(list(symbols))
    except (IndexError, ValueError):
        return False


def all_expressions(numbers, length):
    return {
        symbols
        for size in range(1, length)
        for symbols in itertools.product(range(1, 6), repeat=size)
        if is_expression(symbols, numbers)
    }


@pytest.mark.parametrize("numbers", [0, 1, 2])
def test_what_is_allowed_is_each_beginning_of_a_well_formed_expression(numbers):
    length, rows = 6, 64  # Of every size, so that all have one shape.
    ended = {(*symbols, EOS) for symbols in all_expressions(numbers, length)}
    assert len(ended) > 1
    for size in range(length):
        following: dict[tuple, set] = {}
        for symbols in ended:
            if len(symbols) > size:
                following.setdefault(symbols[:size], set()).add(symbols[size])
        count = len(following)
        beginnings = np.zeros((rows, size), int)
        beginnings[:count] = np.reshape(list(following), (count, size))
        found = rule([numbers] * rows, length)
        state = found.start
        for column in beginnings.T:
            state = found.advance(state, jnp.array(column))
        allowed = np.asarray(found.allowed(state))[:count]
        for row, expected in zip(allowed, following.values(), strict=True):
            assert set(np.flatnonzero(row).tolist()) == expected


@pytest.mark.usefixtures("quickly")
@pytest.mark.parametrize("width", [1, 3])
def test_every_hypothesis_is_well_formed_whatever_the_weights(key, width):
    """Rows have 0, 1 and 2 numbers, and scores that favour endless expressions."""
    rows, length = 3, 8
    numbers = np.arange(rows)
    table = 3 * jax.random.normal(key, (6, 6)) + jnp.array([-9.0, 6, 0, 0, 0, 9])

    def step(state, token):
        return state, table[token]

    @jax.jit
    def search(first, state):
        options = {"length": length, "eos": EOS, "constraint": rule(numbers, length)}
        return beam.search(step, state, first, width=width, n_best=width, **options)

    found = search(jnp.zeros(rows, jnp.int32), jnp.zeros(rows))
    assert found.finished[np.isfinite(found.log_probs)].all()
    for row, n in np.argwhere(np.isfinite(found.log_probs)):
        symbols = found.tokens[row, n, : found.lengths[row, n]].tolist()
        assert is_expression(symbols, numbers[row]), symbols


def test_a_row_without_any_operand_is_allowed_nothing():
    places = np.where(PLACES == 0, -1, PLACES)
    found = expressions.well_formed(
        jnp.array([0, 1]), operators=SIGNS, places=places, eos=EOS, length=5
    )
    assert found.allowed(found.start).any(1).tolist() == [False, True]


def test_a_length_without_room_is_refused():
    with pytest.raises(ValueError, match="2 or more, not 1"):
        rule([1], 1)
