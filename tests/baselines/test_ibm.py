"""EM of IBM Models 1 and 2, against the sum over all alignments written out."""

import itertools
import math

import numpy as np
import pytest

from seqnets import datasets
from seqnets.baselines import ibm
from seqnets.baselines.ibm import IBM
from seqnets.data.segmentation import Segmenter
from seqnets.datasets import numerals

F, E = 4, 3  # Words of each side.
NULL = E


@pytest.fixture(scope="module")
def corpus():
    rng = np.random.default_rng(0)
    lengths = [(1, 1), (3, 2), (2, 3), (3, 2), (4, 1), (2, 2), (1, 0)]
    return (
        [rng.integers(F, size=m) for m, _ in lengths],
        [rng.integers(E, size=n) for _, n in lengths],
    )


def enumerated(fs, es, t, a):
    """Expected counts and ln p, from every alignment of every pair of sentences."""
    counts, places, log_prob = {}, {}, 0.0
    for f, e in zip(fs, es, strict=True):
        f, e = f.tolist(), [NULL, *e.tolist()]
        weights = {}
        for alignment in itertools.product(range(len(e)), repeat=len(f)):
            weights[alignment] = math.prod(
                a(i, j, len(e) - 1, len(f)) * t(f[j], e[i])
                for j, i in enumerate(alignment)
            )
        total = sum(weights.values())
        log_prob += math.log(total)
        for alignment, weight in weights.items():
            for j, i in enumerate(alignment):
                place = (i, j, len(e) - 1, len(f))
                counts[f[j], e[i]] = counts.get((f[j], e[i]), 0) + weight / total
                places[place] = places.get(place, 0) + weight / total
    return counts, places, log_prob


def normalised(counts, group):
    totals = {}
    for key, count in counts.items():
        totals[group(key)] = totals.get(group(key), 0) + count
    return {key: count / totals[group(key)] for key, count in counts.items()}


def slow_fit(fs, es, iterations, places, weight):
    t, a, history = None, None, []
    for step in range(iterations + places + 1):
        found = enumerated(
            fs,
            es,
            (lambda f, e: 1 / F) if t is None else (lambda f, e, t=t: t[f, e]),
            (lambda i, j, n, m: (1 if i else weight) / (n + weight))
            if a is None
            else (lambda i, j, n, m, a=a: a[i, j, n, m]),
        )
        history.append(found[2])
        if step < iterations + places:
            t = normalised(found[0], lambda key: key[1])
        if iterations <= step < iterations + places:
            a = normalised(found[1], lambda key: key[1:])
    return t, a, history


@pytest.mark.parametrize(
    ("iterations", "places", "weight"), [(0, 0, 1), (1, 0, 1), (3, 0, 0.1), (2, 3, 0.5)]
)
def test_em_equals_the_sum_over_all_alignments(corpus, iterations, places, weight):
    t, a, history = slow_fit(*corpus, iterations, places, weight)
    options = {"iterations": iterations, "places": places, "weight": weight}
    model, found = IBM.fit(*corpus, (F, E), **options)
    np.testing.assert_allclose(found, history, rtol=1e-12)
    for (f, e), value in (t or {}).items():
        assert model.prob(f, e) == pytest.approx(value, rel=1e-9)
    for (i, j, length, m), value in (a or {}).items():
        assert model._places(m, length)[j, i] == pytest.approx(value, rel=1e-9)
    total = sum(model.log_prob(f, e) for f, e in zip(*corpus, strict=True))
    assert total == pytest.approx(history[-1])


def test_the_likelihood_never_falls(corpus):
    rng = np.random.default_rng(1)
    fs, es = ([rng.integers(9, size=rng.integers(1, 7)) for _ in range(40)]
              for _ in range(2))  # fmt: skip
    _, history = IBM.fit(fs, es, (9, 9), iterations=6, places=6)
    assert len(history) == 13 and (np.diff(history) >= -1e-9).all()
    assert history[6] - history[0] > 1 and history[-1] - history[6] > 1


def test_words_seen_once_together_and_once_apart_find_each_other():
    """das Haus / the house, das Buch / the book, ein Buch / a book.

    By hand, after one iteration: das occurs with the twice, in sentences of two words
    beside e_0, so its count is 2/3 of 4/3 in all.
    """
    fs = [np.array(x) for x in ([0, 1], [0, 2], [3, 2])]
    es = [np.array(x) for x in ([0, 1], [0, 2], [3, 2])]
    once, _ = IBM.fit(fs, es, (4, 4), iterations=1)
    assert once.prob(0, 0) == pytest.approx(1 / 2)
    expected = [1 / 3, 1 / 6, 1 / 3, 1 / 6]
    assert once.prob(np.arange(4), 4) == pytest.approx(expected)
    model, _ = IBM.fit(fs, es, (4, 4), iterations=200)
    for f, e in zip(fs, es, strict=True):
        assert model.align(f, e).tolist() == [0, 1]
    assert model.prob(np.arange(4), np.arange(4)).min() > 0.99


def test_posteriors_are_those_of_the_alignments(corpus):
    model, _ = IBM.fit(*corpus, (F, E), iterations=2, places=2)
    for f, e in zip(*corpus, strict=True):
        own = [f], [e]
        counts, places, _ = enumerated(
            *own, model.prob, lambda i, j, n, m: model._places(m, n)[j, i]
        )
        found = model.posterior(f, e)
        for (i, j, _, _), value in places.items():
            assert found[j, i] == pytest.approx(value)
        assert sum(counts.values()) == pytest.approx(found.sum())
        best = model.align(f, e)
        assert (found[np.arange(len(f)), best + 1] == found.max(1)).all()
        assert model.links(f, e) == {(i, j) for j, i in enumerate(best) if i >= 0}


def test_what_was_never_seen_together_comes_from_the_empty_word(corpus):
    model, _ = IBM.fit([np.array([0])], [np.array([0])], (3, 2), places=1)
    np.testing.assert_array_equal(model.posterior([1], [1, 0]), [[1, 0, 0]])
    assert model.align([0], [0]).tolist() == [0] or model.prob(0, 2) >= 0.5
    assert model.log_prob([1], [0]) == -math.inf
    cut = model.pruned(1.1)
    assert len(cut.t) == 0 and cut.prob(0, 0) == 0


def test_what_cannot_be_fitted_is_refused():
    one = [np.array([0])]
    for fs, es, sizes in [
        (one, one * 2, (1, 1)),
        ([], [], (1, 1)),
        ([np.zeros(0, int)], one, (1, 1)),
        (one, one, (0, 1)),
        (one, [np.array([2])], (1, 2)),
    ]:
        with pytest.raises(ValueError, match="as many|not all in"):
            IBM.fit(fs, es, sizes)


def test_joined_alignments_lie_between_intersection_and_union():
    a = frozenset({(0, 0), (1, 1), (2, 1), (4, 4)})
    b = frozenset({(0, 0), (1, 1), (1, 2), (5, 1)})
    assert ibm.symmetrise(a, b, "intersection") == {(0, 0), (1, 1)}
    assert ibm.symmetrise(a, b, "union") == a | b
    # (2, 1) and (1, 2) are beside (1, 1); (4, 4) and (5, 1) are beside nothing.
    assert ibm.symmetrise(a, b) == {(0, 0), (1, 1), (2, 1), (1, 2)}
    with pytest.raises(ValueError, match="how must be one of intersection"):
        ibm.symmetrise(a, b, "grow")


def test_the_error_counts_links_of_the_corpus():
    true = [frozenset({(0, 0), (1, 1)}), frozenset({(0, 0)})]
    assert ibm.alignment_error(true, true) == 0
    assert ibm.alignment_error([frozenset()] * 2, true) == 1
    found = [frozenset({(0, 0), (0, 1)}), frozenset()]
    assert ibm.alignment_error(found, true) == pytest.approx(1 - 2 * 1 / 5)
    assert ibm.alignment_error([], []) == 0


def test_numbers_are_aligned_but_for_the_word_that_translates_nothing():
    train = datasets.load("numerals", "pairs").train[:500]
    sides = [Segmenter.make(side, "word") for side in zip(*train, strict=True)]
    fs, es = (
        [own.encode(line) for line in side]
        for own, side in zip(sides, zip(*train, strict=True), strict=True)
    )
    model, _ = IBM.fit(fs, es, (len(sides[0]), len(sides[1])), iterations=10)
    wrong = total = 0
    for pair, f, e in zip(train, fs, es, strict=True):
        true, words = numerals.true_links(pair), pair.source.split()
        found = model.align(f, e)
        for j, word in enumerate(words):
            if word != "und" and len(set(words)) == len(words):
                total += 1
                wrong += (j, found[j]) not in true
    assert total > 1000 and wrong < 0.05 * total
