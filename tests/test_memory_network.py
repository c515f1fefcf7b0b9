"""Memory networks against their equations, written out one question at a time."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets.memory_network import ENCODINGS, MemoryNetwork, place_weights

pytestmark = pytest.mark.usefixtures("quickly")

V, D, S, J = 9, 4, 5, 3
STORY = [[3, 4, 5], [6, 0, 0], [2, 7, 0]]
QUESTION = [8, 3]


def net(**options):
    return MemoryNetwork(V, (2, 5, 7), D, S, 2, **options)


def drawn(own):
    """Parameters as large as to tell sentences apart, by NumPy."""
    rng, shapes = np.random.default_rng(0), jax.eval_shape(own.init, jax.random.key(0))
    return jax.tree.map(lambda a: rng.normal(0, 0.5, a.shape).astype("f"), shapes)


def scores(own, params, *args, **options):
    return jax.jit(own.apply)(params, *args, **options)


def padded(story, sentences=S, width=J):
    found = np.zeros((1, sentences, width), np.int32)
    for row, sentence in zip(found[0], story, strict=False):
        row[: len(sentence)] = sentence
    return found


def written_out(params, own, linear=False):
    """The logits of STORY and QUESTION, by NumPy loops."""
    params = jax.tree.map(np.asarray, params)

    def embed(table, words):
        words, total = [w for w in words if w], np.zeros(D)
        for j, word in enumerate(words, 1):
            k, place = np.arange(1, D + 1), j / len(words)
            middle = (len(words) + 1) / 2
            weight = {
                "position": (1 - place) - k / D * (1 - 2 * place),
                "centred": 1 + 4 * (j - middle) * (k - (D + 1) / 2) / (len(words) * D),
                "bag": 1,
            }
            total += table[word] * weight[own.encoding]
        return total

    adjacent = own.tying == "adjacent"
    u = embed(params.words[0 if adjacent else 2], QUESTION)
    for hop in range(own.hops):
        a, c = (hop, hop + 1) if adjacent else (0, 1)
        ages = range(len(STORY) - 1, -1, -1)
        pairs = list(zip(STORY, ages, strict=True))
        m = [embed(params.words[a], x) + params.ages[a, age] for x, age in pairs]
        out = [embed(params.words[c], x) + params.ages[c, age] for x, age in pairs]
        scores = np.array([u @ own for own in m])
        p = scores if linear else np.exp(scores) / np.exp(scores).sum()
        u = (u if adjacent else u @ params.h) + p @ np.array(out)
    return u @ (params.words[-1][[2, 5, 7]].T if adjacent else params.w)


@pytest.mark.parametrize("linear", [False, True])
@pytest.mark.parametrize("tying", ["adjacent", "layerwise"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_it_is_what_its_equations_say(tying, encoding, linear):
    own = net(tying=tying, encoding=encoding)
    params, asked = drawn(own), np.array([QUESTION])
    start = {"linear": np.array([linear])}
    logits, p = scores(own, params, padded(STORY), asked, **start)
    expected = written_out(params, own, linear)
    np.testing.assert_allclose(logits[0], expected, rtol=1e-4)
    assert p.shape == (1, own.hops, S)
    np.testing.assert_array_equal(p[0, :, len(STORY) :], 0)
    if not linear:
        np.testing.assert_allclose(p.sum(-1), 1, rtol=1e-6)


def test_padding_of_words_and_of_sentences_changes_nothing():
    own, asked = net(), np.array([QUESTION])
    params, wide_asked = drawn(own), np.pad(asked, ((0, 0), (0, 2)))
    logits, _ = scores(own, params, padded(STORY, 3), asked)
    wide = scores(own, params, padded(STORY, S, J + 4), wide_asked)
    np.testing.assert_allclose(wide[0], logits, rtol=1e-5)


def test_an_order_of_words_is_told_apart_by_position_and_not_by_a_bag():
    params, asked = drawn(net()), np.array([QUESTION])
    other = [STORY[0][::-1], *STORY[1:]]
    for encoding, same in (("bag", True), ("position", False)):
        own = net(encoding=encoding)
        found = [scores(own, params, padded(s), asked)[0] for s in (STORY, other)]
        assert np.allclose(*found, rtol=1e-6) == same


def test_empty_sentences_make_what_was_before_them_older_and_the_newest_never():
    own = net(time_noise=0.5)
    real = jnp.arange(S) < jnp.full((400, 1), S - 1)
    ages = np.asarray(jax.jit(own._ages)(real, jax.random.key(0)))
    np.testing.assert_array_equal(own._ages(real, None)[0], [3, 2, 1, 0, 0])
    np.testing.assert_array_equal(ages[:, 3], 0)
    steps = ages[:, :3] - ages[:, 1:4]
    kept = ages[:, :3] < S - 1  # Older ones than the table has are all the oldest.
    assert set(np.unique(steps[kept])) == {1, 2}
    share = float((ages[:, 2] == 2).mean())
    assert abs(share - 0.5) < 4 * np.sqrt(0.25 / 400)


def test_nothing_moves_the_vector_of_no_word():
    own, asked = net(), np.array([[8, 0]])

    def loss(params):
        return (own.apply(params, padded(STORY), asked)[0] ** 2).sum()

    gradient = jax.jit(jax.grad(loss))(drawn(own))
    np.testing.assert_array_equal(gradient.words[:, 0], 0)
    assert np.abs(gradient.words[:, 3]).max() > 0


def test_the_weights_of_places_are_those_of_the_words_there_are():
    l = place_weights(np.array([3, 4, 0]), 2)  # noqa: E741
    # J = 2: (1 - j/2) - k/2 (1 - j) for j, k = 1, 2.
    np.testing.assert_allclose(l, [[0.5, 0.5], [0.5, 1.0], [0, 0]], atol=1e-7)
    # 1 + 4 (j - 3/2) (k - 3/2) / 4; a word weighs 1 on average.
    l = place_weights(np.array([3, 4, 0]), 2, "centred")  # noqa: E741
    np.testing.assert_allclose(l, [[1.25, 0.75], [0.75, 1.25], [0, 0]], atol=1e-7)


@pytest.mark.parametrize(
    "change",
    [
        {"hops": 0},
        {"answers": ()},
        {"tying": "none"},
        {"encoding": "words"},
        {"time_noise": 5.0},
        {"time_noise": -0.1},
    ],
)
def test_what_cannot_be_is_refused(change):
    sizes = {"symbols": V, "answers": (2,), "dim": D, "memory": S}
    with pytest.raises(ValueError, match=next(iter(change))):
        MemoryNetwork(**sizes | change)
