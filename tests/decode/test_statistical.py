"""The beam of statistical translation, against all translations there are."""

import itertools

import numpy as np
import pytest

from seqnets.baselines.ngram import NGram
from seqnets.decode.statistical import Decoder, Weights
from seqnets.decode.word_table import WordTable

END, UNKNOWN, SIZE = 0, 1, 6  # Words of the target: 2 to 5 and these.
CHOICES = {
    0: {(2,): (-0.3, -0.2), (3, 2): (-0.9, -1.4), (): (-2.0, -3.0)},
    1: {(3,): (-0.5, -0.1), (4,): (-0.6, -2.5)},
    2: {(): (-0.4, -0.3), (5, 5, 2): (-1.1, -1.0)},
}
WEIGHTS = Weights(0.9, 0.3, 1.1, 0.4, 0.2)


def padded(words):
    return (*words, -1, -1, -1)[:3]


TABLE = WordTable(
    np.array([f for f, own in CHOICES.items() for _ in own]),
    np.array([padded(words) for own in CHOICES.values() for words in own]),
    *np.array([pair for own in CHOICES.values() for pair in own.values()]).T,
)


@pytest.fixture(scope="module")
def language_model():
    rng = np.random.default_rng(0)
    steps = rng.choice(3, 300, p=[0.5, 0.3, 0.2])
    ids = np.cumsum(steps) % SIZE
    return NGram.fit(np.where(ids == UNKNOWN, 2, ids), 3, SIZE)


def decoder(language_model, **options):
    own = {"weights": WEIGHTS, "beam": 10**6, "reach": 9} | options
    return Decoder(TABLE, language_model, END, UNKNOWN, **own)


def orders(size, reach):
    """Orders in which each word is within reach of the first that is left."""
    for order in itertools.permutations(range(size)):
        left = list(range(size))
        for j in order:
            if j - left[0] > reach:
                break
            left.remove(j)
        else:
            yield order


def enumerated(source, language_model, reach=9, weights=WEIGHTS):
    """The best score of each translation."""
    found, w = {}, weights
    copied = {(UNKNOWN,): (0.0, 0.0)}
    for order in orders(len(source), reach):
        jumps = sum(abs(b - a - 1) for a, b in zip((-1, *order), order, strict=False))
        for spans in itertools.product(
            *(CHOICES.get(source[j], copied) for j in order)
        ):
            text = sum(spans, ())
            score = w.length * len(text) - w.distortion * jumps
            for j, span in zip(order, spans, strict=True):
                from_e, from_f = CHOICES.get(source[j], copied)[span]
                score += w.channel * from_e + w.inverse * from_f
            log_p = language_model.log_prob(np.array([END, *text, END]))[1:].sum()
            score += w.language_model * log_p
            found[text] = max(score, found.get(text, -np.inf))
    return found


@pytest.mark.parametrize(
    "source", [[0], [0, 1], [2, 1, 0], [1, 0, 1, 2], [7, 0, 1], []]
)
@pytest.mark.parametrize("reach", [0, 1, 9])
def test_a_beam_that_is_never_full_finds_the_best_of_all(language_model, source, reach):
    expected = enumerated(source, language_model, reach)
    best = sorted(expected, key=expected.get, reverse=True)
    found = decoder(language_model, reach=reach).search(source, n_best=4)
    assert [one.words for one in found] == best[:4]
    for one in found:
        assert one.score == pytest.approx(expected[one.words])
    (first,) = decoder(language_model, reach=reach).search(source)
    assert first.words == best[0]


@pytest.mark.parametrize("beam", [1, 2, 5])
def test_every_beam_finds_a_translation_with_its_own_score(language_model, beam):
    source = [1, 0, 2, 1]
    expected = enumerated(source, language_model, reach=2)
    own = decoder(language_model, beam=beam, reach=2)
    found = own.search(source, n_best=3)
    assert 1 <= len(found) <= 3 and len({one.words for one in found}) == len(found)
    for one in found:
        assert one.score <= expected[one.words] + 1e-9
    assert [f.score for f in found] == sorted((f.score for f in found), reverse=True)


def test_each_word_names_the_place_it_comes_from(language_model):
    source = [1, 0, 2, 1]
    for one in decoder(language_model).search(source, n_best=9):
        assert len(one.places) == len(one.words)
        for j, span in itertools.groupby(
            zip(one.places, one.words, strict=True), lambda pair: pair[0]
        ):
            assert tuple(word for _, word in span) in CHOICES[source[j]]


def test_an_unknown_word_stays_where_its_place_says(language_model):
    (best,) = decoder(language_model, reach=0).search([0, 7])
    assert best.words[-1] == UNKNOWN and best.places[-1] == 1
    empty = WordTable(np.zeros(0, int), np.zeros((0, 3), int), *np.zeros((2, 0)))
    own = Decoder(empty, language_model, END, UNKNOWN)
    assert own.search([3, 4])[0].words == (UNKNOWN, UNKNOWN)


def test_jumps_and_words_have_their_price(language_model):
    source = [0, 1, 0, 1, 2]
    straight = decoder(
        language_model, weights=WEIGHTS._replace(distortion=50.0)
    ).search(source)[0]
    assert list(straight.places) == sorted(straight.places)
    short, long = (
        decoder(language_model, weights=WEIGHTS._replace(length=x)).search(source)[0]
        for x in (-9.0, 9.0)
    )
    assert len(short.words) < len(long.words)


def test_a_beam_of_nothing_is_refused(language_model):
    for options in ({"beam": 0}, {"reach": -1}, {"reach": 60}):
        with pytest.raises(
            ValueError, match="beam must be 1 or more and reach 0 to 59"
        ):
            decoder(language_model, **options)
