"""Kneser-Ney smoothing as its equations say, and as published on the Penn Treebank."""

import collections
import itertools
import math
import os
from pathlib import Path

import numpy as np
import pytest

from seqnets import datasets
from seqnets.baselines import ngram
from seqnets.data.vocabulary import Vocabulary

V = 4


def text(size=V, length=300, seed=0):
    """Symbols that depend on the one before, so that there is something to learn."""
    rng = np.random.default_rng(seed)
    steps = rng.choice(3, length, p=[0.6, 0.3, 0.1])
    return np.cumsum(steps) % size


def slow_prob(ids, order, size):
    """p(w | history) from dictionaries of tuples."""
    ring = [*ids, *ids[:order]]
    counts = {}
    for n in range(1, order + 1):
        seen = [tuple(ring[t : t + n]) for t in range(len(ids))]
        if n == order:
            counts[n] = collections.Counter(seen)
        else:
            longer = {tuple(ring[t : t + n + 1]) for t in range(len(ids))}
            counts[n] = collections.Counter(gram[1:] for gram in longer)

    def discount(n, count):
        of = collections.Counter(counts[n].values())
        usual = {1: 0.5, 2: 1.0, 3: 1.5}
        if not all(of[k] for k in (1, 2, 3, 4)):
            return usual[min(count, 3)]
        y = of[1] / (of[1] + 2 * of[2])
        d = {k: k - (k + 1) * y * of[k + 1] / of[k] for k in (1, 2, 3)}
        return (d if min(d.values()) > 0 else usual)[min(count, 3)]

    def prob(history, w):
        n = len(history) + 1
        lower = prob(history[1:], w) if history else 1 / size
        after = {g: c for g, c in counts[n].items() if g[:-1] == history}
        if not after:
            return lower
        total = sum(after.values())
        rest = sum(discount(n, c) for c in after.values()) / total
        count = after.get((*history, w), 0)
        return (count - discount(n, count) if count else 0) / total + rest * lower

    return prob


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("length", [25, 300])
def test_it_equals_dictionaries_of_counts(order, length):
    ids, other = text(length=length), text(length=40, seed=1)
    prob = slow_prob(ids.tolist(), order, V)
    expected = [
        math.log(prob(tuple(other[max(t - order + 1, 0) : t].tolist()), int(other[t])))
        for t in range(len(other))
    ]

    got = ngram.NGram.fit(ids, order, V).log_prob(other)

    np.testing.assert_allclose(got, expected, rtol=1e-12)


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_probabilities_sum_to_one_after_any_history(order):
    # Symbols 4 and 5 never occur: histories that hold them are unseen.
    model = ngram.NGram.fit(text(), order, V + 2)
    for history in itertools.product(range(V + 2), repeat=3):
        last = [model.log_prob(np.array([*history, w]))[-1] for w in range(V + 2)]
        assert np.exp(last).sum() == pytest.approx(1, abs=1e-12)


def test_sorting_and_counting_in_a_table_agree():
    keys = np.random.default_rng(0).integers(0, 50, 200)
    few = ngram._unique(keys)
    many = ngram._unique(keys + 10_000)

    np.testing.assert_array_equal(few[0] + 10_000, many[0])
    np.testing.assert_array_equal(few[1], many[1])
    np.testing.assert_array_equal(few[3], many[3])
    for distinct, _, places, ranks in (few, many):
        offset = distinct[0] - few[0][0]
        np.testing.assert_array_equal(keys[places] + offset, distinct)
        np.testing.assert_array_equal(distinct[ranks], keys + offset)


def test_the_start_of_a_text_uses_the_history_there_is():
    model = ngram.NGram.fit(text(), 3, V)
    whole = text(seed=2)
    np.testing.assert_array_equal(
        model.log_prob(whole)[12:], model.log_prob(whole[10:])[2:]
    )
    assert len(model.log_prob(whole[:0])) == 0


@pytest.mark.parametrize("order", [1, 2, 4])
def test_stepping_through_texts_side_by_side_equals_reading_each(order):
    model = ngram.NGram.fit(text(), order, V + 1)
    texts = [text(length=30, seed=seed) for seed in range(4)]
    texts[0][5:9] = V  # Never seen.
    state, steps = model.begin(len(texts)), []
    for ids in zip(*texts, strict=True):
        state, log_prob = model.step(state, np.array(ids))
        steps.append(log_prob)
    expected = [model.log_prob(ids) for ids in texts]
    np.testing.assert_allclose(np.stack(steps, 1), expected, rtol=1e-12)


def probabilities(model, history):
    """p(w | history) of every symbol, one text each."""
    texts = (np.array([*history, w]) for w in range(model.size))
    return np.exp([model.log_prob(text)[-1] for text in texts])


@pytest.mark.parametrize("order", [1, 2, 4])
def test_what_is_drawn_next_has_the_probability_that_is_scored(order):
    model = ngram.NGram.fit(text(), order, V + 1)  # Symbol 4 is never seen.
    for history in itertools.product(range(V + 1), repeat=3):
        state = model.begin(1)
        for id in history:
            state, _ = model.step(state, np.array([id]))
        np.testing.assert_allclose(
            model._next(state[0]), probabilities(model, history), rtol=1e-12
        )


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_symbols_are_drawn_as_often_as_they_are_probable(temperature):
    model = ngram.NGram.fit(text(), 3, V)
    options = {"before": [0, 1], "temperature": temperature}
    drawn = model.sample(np.random.default_rng(0), 6000, **options)
    counts = np.zeros((V, V, V))
    np.add.at(counts, (drawn[:-2], drawn[1:-1], drawn[2:]), 1)
    expected = np.zeros_like(counts)
    for history in itertools.product(range(V), repeat=2):
        weights = probabilities(model, history) ** (1 / temperature)
        expected[history] = weights / weights.sum() * counts[history].sum()
    common = expected >= 5
    chi_square = ((counts - expected)[common] ** 2 / expected[common]).sum()
    # Its mean is below the number of terms n, its variance about 2 n.
    assert chi_square < common.sum() + 3 * math.sqrt(2 * common.sum())
    assert common.sum() > 20


def test_equal_seeds_draw_equal_symbols_and_a_longer_text_begins_with_the_shorter():
    model = ngram.NGram.fit(text(), 3, V)
    short, long, other = (
        model.sample(np.random.default_rng(seed), length, before=[2])
        for seed, length in ((0, 10), (0, 40), (1, 40))
    )
    np.testing.assert_array_equal(long[:10], short)
    assert (long != other).any() and len(long) == len(other) == 40
    assert len(model.sample(np.random.default_rng(0), 0)) == 0
    # Of what was read before, the last symbols alone count.
    before = [*text(seed=3), 2, 1]
    ends = (
        model.sample(np.random.default_rng(0), 40, before=b)
        for b in (before, before[-2:])
    )
    np.testing.assert_array_equal(*ends)


def test_at_temperature_zero_the_likeliest_symbol_comes():
    model = ngram.NGram.fit(text(), 3, V)
    drawn = model.sample(np.random.default_rng(0), 20, before=[0, 1], temperature=0)
    whole = [0, 1, *drawn]
    for t in range(2, len(whole)):
        assert whole[t] == probabilities(model, whole[t - 2 : t]).argmax()


def test_a_stop_ends_what_is_drawn_and_is_not_of_it():
    model = ngram.NGram.fit(text(), 2, V)
    whole = model.sample(np.random.default_rng(0), 60)
    end = whole.tolist().index(3)
    stopped = model.sample(np.random.default_rng(0), 60, stop=3)
    np.testing.assert_array_equal(stopped, whole[:end])


@pytest.mark.parametrize(
    ("length", "options"),
    [(-1, {}), (1, {"temperature": -1}), (1, {"temperature": math.nan})]
    + [(1, {"temperature": math.inf}), (1, {"before": [V]})],
)
def test_what_cannot_be_drawn_is_refused(length, options):
    model = ngram.NGram.fit(text(), 2, V)
    with pytest.raises(ValueError, match="symbols are drawn at|not all in"):
        model.sample(np.random.default_rng(0), length, **options)


@pytest.mark.parametrize(
    ("ids", "order"), [([0, 1, V], 2), ([-1, 0, 1], 2), ([0, 1], 3), ([0, 1], 0)]
)
def test_what_cannot_be_counted_is_refused(ids, order):
    with pytest.raises(ValueError, match="cannot count|not all in"):
        ngram.NGram.fit(np.array(ids), order, V)


def real(name, **options):
    beside = Path(__file__).parents[3] / "shared" / "data"
    data_dir = Path(os.environ.get("SEQNETS_DATA", beside))
    if not (data_dir / name).exists():
        pytest.skip(f"needs the data set {name} in $SEQNETS_DATA")
    return datasets.load(name, "text", str(data_dir), **options)


# 004's sentences, the likelier first; then what was said and what sounds alike (002).
ALIKE = (
    ("那个人在作报告", "那只猫在作报告", "在报那猫告做只"),
    *(("他在北京工作", "他再北京工作"), ("他是中国人", "他市中国人")),
    *(("这是一个城市", "这是一个城是"), ("公司的总部", "公司地总部")),
    *(("有很多人", "又很多人"), ("他们在学校", "他们再学校")),
    *(("位于台湾", "为于台湾"), ("成为一名教师", "城为一名教师")),
    ("第一次世界大战", "第一次世界大站"),
)


def test_of_sentences_that_sound_alike_the_one_that_is_said_is_more_probable():
    documents = [text.tokens for text in real("zh_cws").train]
    vocabulary = Vocabulary.count(documents, min_count=2)
    ids = np.concatenate(vocabulary.encode_documents(documents))
    model = ngram.NGram.fit(ids, 3, len(vocabulary))
    for sentences in ALIKE:
        asked = (np.append(vocabulary.eos, vocabulary.encode(s)) for s in sentences)
        log_p = [model.log_prob(ids)[1:].sum() for ids in asked]
        assert log_p == sorted(log_p, reverse=True), sentences


def test_a_5_gram_reaches_the_published_perplexity_on_the_penn_treebank():
    ptb = real("ptb", unit="word")
    (train,), (test,) = ptb.train[0], ptb.test[0]
    vocabulary = Vocabulary.count([train])
    train, test = vocabulary.encode_documents([train, test])

    log_prob = ngram.NGram.fit(train, 5, len(vocabulary)).log_prob(test)

    # 141.2 in Mikolov & Zweig (2012).
    assert np.exp(-log_prob.mean()) == pytest.approx(141.2, abs=1)
