"""Texts are sampled and scored by the probabilities of the language model."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets.data.vocabulary import Vocabulary
from seqnets.decode import text
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


def test_a_line_scores_the_same_in_chunks_whole_and_beside_others(monkeypatch):
    """Of a model with a state: the logits turn with the number of symbols read."""

    def counting(params, tokens, *, state=None, mask=None):
        places = state[:, :1] + jnp.cumsum(mask, 1)
        turned = (tokens + places.astype(jnp.int32)) % SIZE
        return state + mask.sum(1, keepdims=True), params[turned]

    net = NET._replace(predict=counting)
    lines = ["abc" * 40, "b", "cba" * 9, "ab" * 25, ""]
    whole = list(make_scorer(net, VOCABULARY, "char")(PARAMS, lines))
    monkeypatch.setattr(text, "CHUNK", 16)
    monkeypatch.setattr(text, "LONG", 30)
    chunks = list(make_scorer(net, VOCABULARY, "char")(PARAMS, lines))
    assert [s.text for s in chunks] == lines
    for one, other in zip(whole, chunks, strict=True):
        assert one.tokens == other.tokens
        assert one.log_prob == pytest.approx(other.log_prob, rel=1e-5)


def test_a_long_line_is_never_scored_beside_others():
    lines = ["a", "b" * 2000, "c" * 2000, *["d"] * 40]
    groups = [[len(line) for line in group] for group in text._groups(lines)]
    assert groups == [[1], [2000], [2000], [1] * 32, [1] * 8]


def test_a_sample_goes_on_from_a_context_that_it_does_not_show():
    """This model says "c" after "b", and then ends; but "a" after <EOS>."""
    ids = {s: VOCABULARY.encode(s)[0] for s in "abc"}
    certain = jnp.full((SIZE, SIZE), -100.0)
    for before, after in ((ids["b"], ids["c"]), (VOCABULARY.eos, ids["a"])):
        certain = certain.at[before, after].set(100.0)
    certain = certain.at[ids["c"], VOCABULARY.eos].set(100.0)
    own = make_sampler(NET, VOCABULARY, "char", ["ab", "b"])
    assert [own(certain, length=5, seed=s).text for s in range(3)] == ["c"] * 3
    assert own(certain, prompt="ab", length=5).text == "abc"
    assert sample(certain, length=1).text == "a"


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
