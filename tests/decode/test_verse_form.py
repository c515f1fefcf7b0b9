"""The form of verse: what it allows is exactly what regular expressions match."""

import functools
import itertools
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets.decode import beam, constraints, sampling, verse_form
from seqnets.decode.verse_form import Form

pytestmark = pytest.mark.usefixtures("quickly")

CHINESE = ("<EOS>", "<UNK>", "春", "秋", "，", "。")
OPEN = ("<EOS>", "<UNK>", "a", "b", "/", "□")
SPACED = ("<EOS>", "<UNK>", "a", "b", "/", " ")  # A space is between two letters.
EOS, LENGTH = 0, 4
# (lines, characters, first, begun)
ASKED = [
    (0, 0, (0, 0), 0),
    (2, 0, (0, 0), 0),
    (1, 0, (0, 0), 0),
    (0, 1, (0, 0), 0),
    (0, 2, (0, 0), 0),
    (1, 3, (0, 0), 0),
    (1, 3, (2, 0), 0),
    (1, 4, (0, 0), 0),
    (2, 1, (2, 3), 0),
    (2, 0, (0, 3), 0),
    (3, 0, (0, 0), 1),
    (2, 4, (0, 0), 1),
    (0, 0, (0, 2), 1),
]


def form(asked):
    lines, characters, first, begun = map(jnp.array, zip(*asked, strict=True))
    return Form(lines, characters, first.reshape(len(asked), -1), begun)


def matches(text, symbols, asked, couplets):
    """Whether a text, without the end, has a form: line by line."""
    lines, characters, first, begun = asked
    marks = "，。" if couplets else "/"
    found = re.findall(f"[^{marks}]+[{marks}]|.", text)
    last = begun + len(found) - 1
    if not found or (lines and last + 1 != lines):
        return False
    if couplets and not lines and last % 2 == 0:
        return False
    for k, line in enumerate(found, begun):
        ends = ("。" if k % 2 or k == last else "，") if couplets else "/"
        size = characters or "1,"
        letters = [s for s in symbols[2:] if s.isalpha() or s == " "]
        if f" {line[:-1]} ".count(" ") != len(line[:-1].split()) + 1:
            return False
        begins = first[k] if k < len(first) else 0
        head = symbols[begins] if begins else f"[{''.join(letters)}]"
        if not re.fullmatch(f"(?={head})[{''.join(letters)}]{{{size}}}{ends}", line):
            return False
    return True


@functools.partial(jax.jit, static_argnames=("symbols", "n", "length"))
def walk(asked, sequences, symbols, n=0, length=LENGTH):
    """Whether each symbol of sequences [N, T] is allowed, and whether any one is."""
    known = verse_form.alphabet(symbols, EOS)
    rule = verse_form.constrain(asked, known, length)
    if n:
        rule = constraints.unrepeating(rule, n, length + 1, ~known.characters)

    def body(state, token):
        allowed = rule.allowed(state)
        own = jnp.take_along_axis(allowed, token[:, None], 1)[:, 0]
        return rule.advance(state, token), (own, allowed.any(-1))

    _, found = jax.lax.scan(body, rule.start, sequences.T)
    return jax.tree.map(jnp.transpose, found)


@pytest.mark.parametrize(
    "symbols", [CHINESE, OPEN, SPACED], ids=["marks", "breaks", "spaces"]
)
def test_exactly_the_texts_of_a_form_are_allowed_and_none_gets_stuck(symbols):
    couplets = "，" in symbols
    every = np.array(list(itertools.product(range(6), repeat=LENGTH + 1)))
    for asked in ASKED:
        rows = form([asked])
        whole = jax.tree.map(lambda a: jnp.repeat(a, len(every), 0), rows)
        allowed, possible = walk(whole, jnp.asarray(every), symbols)
        ends = np.where((every == EOS).any(1), (every == EOS).argmax(1), LENGTH)
        reached = np.logical_and.accumulate(allowed, 1)
        found = {
            tuple(row[:end])
            for row, end, own in zip(every, ends, reached, strict=True)
            if own[end] and row[end] == EOS
        }
        expected = {
            ids
            for size in range(LENGTH + 1)
            for ids in itertools.product(range(1, 6), repeat=size)
            if matches("".join(symbols[i][0] for i in ids), symbols, asked, couplets)
        }
        assert found == expected
        # As long as a form fits, whatever came before, something may come.
        if verse_form.least(rows, verse_form.alphabet(symbols, EOS))[0] <= LENGTH:
            assert expected
            before = np.hstack([np.ones((len(every), 1), bool), reached[:, :-1]])
            assert np.asarray(possible)[before].all()
        else:
            assert not expected


def table(rows, symbols, seed=0):
    """Logits of a model with random weights, given the last symbol [B, V, V]."""
    values = np.random.default_rng(seed).normal(0, 3, (rows, symbols, symbols))
    return jnp.asarray(values, jnp.float32)


def step(logits, state, token):
    return state, logits[jnp.arange(len(token)), token]


WRITERS = {
    "greedy": {"width": 1},
    "beam": {"width": 3, "n_best": 3, "alpha": 1.0},
    "sampled": {"temperature": 1.5},
    "no repeat": {"width": 2, "n_best": 2, "no_repeat": 1},
}


@pytest.mark.parametrize("name", WRITERS)
def test_whatever_is_written_has_the_form_that_was_asked_for(name):
    symbols = ("<EOS>", "<UNK>", "，", "。", "？", *"春夏秋冬山水風月")
    known, length = verse_form.alphabet(symbols, EOS), 24
    ids = [symbols.index(c) for c in "春夏秋冬"]
    forms = [(4, 5), (0, 5), (4, 0), (2, 7), (0, 0), (3, 2), (8, 2), (1, 3)]
    asked = [
        (lines, size, ids if i % 2 else (0,) * 4, int(i == 4))
        for i, (lines, size) in enumerate(forms * 2)
    ]
    options = dict(WRITERS[name])

    @jax.jit
    def write(logits, form):
        rule = verse_form.constrain(form, known, length)
        if n := options.pop("no_repeat", 0):
            exempt = ~known.characters
            rule = constraints.unrepeating(rule, n, length + 1, exempt)
        first = jnp.zeros(len(asked), jnp.int32)
        run, given = functools.partial(step, logits), options | {"constraint": rule}
        given |= {"eos": EOS, "length": length + 1}
        if name == "sampled":
            return sampling.sample(run, (), first, jax.random.key(1), **given)[0]
        return beam.search(run, (), first, **given).tokens

    found = np.asarray(write(table(len(asked), len(symbols)), form(asked)))
    texts = found.reshape(len(asked), -1, length + 1)
    for (lines, size, first, begun), rows in zip(asked, texts, strict=True):
        for row in rows:
            assert EOS in row
            text = "".join(symbols[i] for i in row[: row.tolist().index(EOS)])
            poem = re.findall("(.+?)([，。？])", text)
            assert "".join(map("".join, poem)) == text
            assert len(poem) + begun == lines or (lines, len(poem) % 2) == (0, begun)
            for k, (line, mark) in enumerate(poem, begun):
                assert len(line) == (size or len(line)) > 0
                assert not set(line) & {"<UNK>", "<EOS>"}
                ends = k % 2 == 1 or k == begun + len(poem) - 1
                assert mark in ("。？" if ends else "，")
                if first[0] > 0 and k < 4:
                    assert line[0] == "春夏秋冬"[k]


@pytest.mark.parametrize(
    "n, line, refused",
    [
        (1, "春秋春秋", []),  # There is no other character left.
        (1, "春春秋秋", [1]),
        (2, "春秋春秋", [3]),
        (2, "春春春春", [2, 3]),
        (2, "春秋秋春", []),
    ],
)
def test_n_grams_come_twice_only_where_they_must(n, line, refused):
    rows = form([(1, 4, (0, 0), 0)])
    ids = np.array([[*map(CHINESE.index, line + "。"), EOS]])
    allowed, possible = walk(rows, ids, CHINESE, n=n, length=5)
    assert np.asarray(possible).all()
    assert (~np.asarray(allowed)[0]).nonzero()[0].tolist() == refused


def test_symbols_are_told_apart():
    symbols = ("<EOS>", "<UNK>", "春", "a", " ", "'", "□", "、", "，", "。", "/")
    known = verse_form.alphabet(symbols, EOS)
    assert [s for s, own in zip(symbols, known.characters, strict=True) if own] == [
        *("春", "a", " ", "'")
    ]
    assert known.couplets and known.odd.nonzero()[0].tolist() == [8]
    assert known.even.nonzero()[0].tolist() == [9]
    other = verse_form.alphabet(symbols[:8] + symbols[10:], EOS)
    assert not other.couplets and other.odd.nonzero()[0].tolist() == [8]
