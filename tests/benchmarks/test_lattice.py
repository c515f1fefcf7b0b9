"""What the lattice's race reads, and that its two ways to descend are one."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from benchmarks import lattice
from benchmarks.contenders import lattice as contender
from benchmarks.contenders.lattice import Batch, Net, Tables, Weights
from seqnets import cells
from seqnets.datasets import synthetic_ner
from seqnets.datasets.lexicon import load_lexicon
from seqnets.unroll import Directions

pytestmark = pytest.mark.usefixtures("quickly")


@pytest.fixture(scope="module")
def loaded():
    return lattice.load("synthetic_ner", "synthetic_ner")


def test_words_stand_where_the_lexicon_finds_them(loaded):
    name, sentences, (_, count, _) = loaded
    assert name == "synthetic_ner"
    words, ids = load_lexicon(name), {}
    train = synthetic_ner.splits()["train"]
    for (tokens, _), sentence in zip(train, sentences, strict=True):
        matches = words.matches(tokens)
        found = zip(sentence.words, sentence.begin, sentence.end, strict=True)
        for match, (id, begin, end) in zip(matches, found, strict=True):
            assert "".join(tokens[begin : end + 1]) == match.word
            assert ids.setdefault(match.word, id) == id
    assert sorted(ids.values()) == list(range(count))


def test_batches_hold_each_sentence_of_the_sample_once(loaded):
    groups = lattice.sample(loaded[1], 32)
    batches = lattice.padded(groups)
    assert len(groups) == lattice.SAMPLE
    assert len({id(s) for group in groups for s in group}) == 32 * len(groups)
    for batch, group in zip(batches, groups, strict=True):
        for b, sentence in enumerate(group):
            real, is_word = batch.mask[b], batch.begin[b] >= 0
            read = Batch(*(field[b] for field in batch))
            for field in ("chars", "tags"):
                ids = getattr(read, field)
                np.testing.assert_array_equal(ids[real], getattr(sentence, field))
                assert not ids[~real].any()
            for field in ("words", "begin", "end"):
                ids = getattr(read, field)
                np.testing.assert_array_equal(ids[is_word], getattr(sentence, field))


def test_batches_of_one_length_have_one_shape(loaded):
    shapes = {}
    for batch in lattice.padded([[s] for s in loaded[1]]):
        length = batch.chars.shape[1]
        assert shapes.setdefault(length, batch.words.shape) == batch.words.shape
    longest = max(len(s.chars) for s in loaded[1])
    assert 4 < len(shapes) < 12 and longest <= max(shapes) < 2 * longest


def test_what_holds_no_batch_is_refused(loaded):
    with pytest.raises(ValueError, match="no batch of 9"):
        lattice.sample(loaded[1][:8], 9)


class Bag(Net):
    """Adds vectors up."""

    def scores(self, weights, vectors, batch):
        words = sum(v.sum(1, keepdims=True) for v in vectors.words)
        return (vectors.chars + words) @ weights.w + weights.b


def test_descent_by_rows_is_dense_descent(monkeypatch):
    monkeypatch.setattr(contender, "RATE", 1.0)
    rng = np.random.default_rng(0)
    draw = lambda *shape: jnp.asarray(rng.normal(size=shape), jnp.float32)  # noqa: E731
    tables = Tables(draw(6, 2), Directions(draw(5, 2), draw(5, 2)))
    chars = np.array([[1, 2, 1], [5, 0, 0]])  # Some come twice, and 3 and 4 never.
    words = np.array([[1, 1], [4, 0]])
    batch = Batch(chars, chars % 4, words, words, words, chars > 0)
    net = Bag(cells.LSTM(1))

    both = jax.jit(
        lambda params: (net.step(params, batch), net.dense_step(params, batch))
    )
    (rows, _), (dense, _) = both((tables, Weights(None, draw(2, 4), draw(4))))

    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=0, atol=1e-6), rows, dense
    )
    moved = np.abs(rows.chars - tables.chars).sum(1) > 0.01
    np.testing.assert_array_equal(moved, [False, True, True, False, False, True])
