"""The form of verse: how many lines, how many characters a line, and first characters.

A poem is its lines, each of them characters and a mark, and the end symbol. What may
come next follows from the line, the place in it and how many symbols are left. First
characters that are asked for read down as a line of their own, an acrostic (藏头诗).
"""

from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array

from seqnets.data.verse import MARKS, is_character
from seqnets.decode.constraints import Constraint

ODD, EVEN = "，", "。？！"  # After the lines of a couplet, where both are known.


class Alphabet(NamedTuple):
    """What the symbols are in verse.

    Attributes:
      eos: the symbol that ends a poem.
      characters: bool [V], those that stand in lines.
      odd, even: bool [V], the marks after the first, third ... and after the second,
        fourth ... line; the last line has one of `even`.
      spaces: bool [V], those of `characters` that stand between two others only.
      couplets: whether the two differ, so that lines come in twos.
    """

    eos: int
    characters: np.ndarray
    odd: np.ndarray
    even: np.ndarray
    spaces: np.ndarray

    @property
    def couplets(self) -> bool:
        return not np.array_equal(self.odd, self.even)


class Form(NamedTuple):
    """What is asked of B poems; 0 where nothing is asked."""

    lines: Array  # int [B]
    characters: Array  # int [B], of each line, without its mark.
    first: Array  # int [B, L], symbols that begin the lines; `eos` for any.
    begun: Array  # int [B], lines that were written before.


class Place(NamedTuple):
    """Where in a poem the next symbol stands, each [B]."""

    line: Array  # Lines before, those that were written before it began among them.
    character: Array  # Characters of the line that it is in.
    used: Array  # Symbols before.
    spaced: Array  # bool, whether a space is the last one of them.


def alphabet(symbols: Sequence[str], eos: int) -> Alphabet:
    """Tells what symbols are in verse.

    Without both "，" and one of "。？！", all known `verse.MARKS` come after any line.

    Args:
      symbols: V of them, those of a vocabulary.
      eos: the one that ends a poem.
    """
    characters = np.array([is_character(symbol) for symbol in symbols])
    odd, even, known = (
        np.array([len(symbol) == 1 and symbol in marks for symbol in symbols])
        for marks in (ODD, EVEN, MARKS)
    )
    if not (odd.any() and even.any()):
        odd = even = known
    spaces = characters & np.array([symbol.isspace() for symbol in symbols])
    return Alphabet(eos, characters, odd, even, spaces)


def least(form: Form, known: Alphabet) -> Array:
    """Returns how many symbols poems of a form have at least, `eos` aside, int [B]."""
    free = form.begun + 1
    free += known.couplets * (free % 2)
    lines = jnp.where(form.lines > 0, form.lines, free) - form.begun
    return lines * (1 + jnp.maximum(form.characters, 1))


def constrain(form: Form, known: Alphabet, length: int) -> Constraint:
    """Returns which symbols may come, so that each poem has its form.

    A poem that was not asked for a number of lines ends after any couplet, or after any
    line where there are none. No poem is cut off: a line goes on, and one more begins,
    only where there is room for the rest. A space comes between two other characters:
    elsewhere it would be lost in the text, and the line be shorter than was asked for.

    Args:
      form: of B poems.
      known: what the symbols are.
      length: how many symbols there may be, `eos` aside; no less than `least`.
    """

    def advance(place: Place, token: Array) -> Place:
        ends = jnp.asarray(known.odd | known.even)[token]
        goes_on = token != known.eos
        return Place(
            place.line + ends,
            jnp.where(ends, 0, place.character + goes_on),
            place.used + goes_on,
            jnp.asarray(known.spaces)[token],
        )

    def allowed(place: Place) -> Array:
        begins, free = place.character == 0, form.characters == 0
        more = (form.lines == 0) | (place.line < form.lines)
        short = free | (place.character < form.characters)
        least = place.used + 1 + _rest(form, known, place)
        character = jnp.where(begins, more, short) & (least <= length)
        # One more character comes after a space.
        goes_on = jnp.where(free, least < length, place.character + 1 < form.characters)
        space = character & goes_on & ~begins & ~place.spaced
        full = (free | (place.character == form.characters)) & ~place.spaced
        even = _ends_couplet(form, place.line)[:, None]
        end = jnp.arange(len(known.characters)) == known.eos
        return (
            (known.characters & ~known.spaces | known.spaces & space[:, None])
            & (_begins(form, known, place) & character[:, None])
            | jnp.where(even, known.even, known.odd) & (full & ~begins)[:, None]
            | end & (begins & _is_whole(form, known, place.line))[:, None]
        )

    zeros = jnp.zeros_like(form.begun)
    start = Place(form.begun, zeros, zeros, zeros.astype(bool))
    return Constraint(start, advance, allowed)


def _rest(form: Form, known: Alphabet, place: Place) -> Array:
    """Symbols that must come after one more character, its mark the first of them."""
    own = jnp.maximum(form.characters, 1)
    other = known.couplets * (1 - place.line % 2)  # The couplet's second line.
    lines = jnp.where(form.lines > 0, form.lines - place.line - 1, other)
    return jnp.maximum(own - place.character - 1, 0) + 1 + lines * (own + 1)


def _is_whole(form: Form, known: Alphabet, line: Array) -> Array:
    free = (line > form.begun) & ((line % 2 == 0) | (not known.couplets))
    return jnp.where(form.lines > 0, line == form.lines, free)


def _ends_couplet(form: Form, line: Array) -> Array:
    return (line % 2 == 1) | (line == form.lines - 1)


def _begins(form: Form, known: Alphabet, place: Place) -> Array:
    """Which symbols the acrostic allows, bool [B, V]."""
    most = form.first.shape[1]
    symbols = jnp.arange(len(known.characters))
    if not most:
        return jnp.ones((len(place.line), len(symbols)), bool)
    at = jnp.clip(place.line, 0, most - 1)[:, None]
    asked = jnp.take_along_axis(form.first, at, 1)  # [B, 1]
    free = (asked == known.eos) | ((place.line >= most) | (place.character > 0))[
        :, None
    ]
    return free | (symbols == asked)
