"""Texts are sampled and scored by the probabilities of the language model."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets.data.vocabulary import Vocabulary
from seqnets.decode.text import Net, Score, make_sampler, make_scorer

pytestmark = pytest.mark.usefixtures("quickly")

VOCABULARY = Vocabulary.count(["abc"])
SIZE = len(VOCABULARY)


def predict(params, tokens, *, state=None, mask=None):
    """A language model that looks at the last token alone."""
    return state, params[tokens]


NET = Net(predict, lambda params, batch_size: jnp.zeros((batch_size, 1)))
PARAMS = jax.random.normal(jax.random.key(0), (SIZE, SIZE))
sample = make_sampler(NET, VOCABULARY, "char")
score = make_scorer(NET, VOCABULARY, "char")


def test_the_score_of_a_line_is_the_sum_of_its_predictions():
    log_p = np.asarray(jax.nn.log_softmax(PARAMS))
    lines = ["abca", "", "b"] + ["cab"] * 40  # More than a batch.
    found = list(score(PARAMS, iter(lines)))
    assert [s.text for s in found] == lines
    assert [s.tokens for s in found] == [len(line) for line in lines]
    for line, own in zip(lines[:4], found, strict=False):
        ids = [VOCABULARY.eos, *VOCABULARY.encode(line)]
        expected = sum(log_p[a, b] for a, b in zip(ids, ids[1:], strict=False))
        assert own.log_prob == pytest.approx(expected, abs=1e-5)
    assert found[3].log_prob == pytest.approx(found[-1].log_prob)


def test_a_line_of_words_is_scored_with_its_end():
    words = Vocabulary.count([["the", "cat"]])
    params = jnp.zeros((len(words), len(words)))
    (found,) = make_scorer(NET, words, "word")(params, ["the cat"])
    assert found.tokens == 3
    assert found.perplexity == pytest.approx(len(words), rel=1e-5)


def test_a_score_is_printed_as_a_line():
    assert str(Score(-2.0 * math.log(4.0), 2, "ab")) == "-2.7726\t4.0000\tab"
    assert str(Score(0.0, 0, "")) == "0.0000\t1.0000\t"
    assert Score(-1e6, 1, "").perplexity == math.inf


def test_equal_seeds_give_equal_texts_that_continue_the_prompt():
    found, again, other = (
        sample(PARAMS, prompt="ab", length=20, seed=seed, stop=False)
        for seed in (1, 1, 2)
    )
    assert found == again != other
    assert str(found) == found.text and found.text.startswith("ab")
    assert found.tokens == 20


def test_a_text_ends_at_the_end_symbol():
    certain = jnp.full((SIZE, SIZE), -100.0).at[:, VOCABULARY.eos].set(100.0)
    assert sample(certain, prompt="a", length=20).text == "a"
    assert sample(certain, prompt="a", length=20).tokens <= 1


def test_a_prompt_of_unknown_symbols_is_refused():
    with pytest.raises(ValueError, match="lacks: 'x', 'y'"):
        sample(PARAMS, prompt="axyx")
