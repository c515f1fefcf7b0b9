"""What is decoded chunk by chunk is what is decoded at once."""

import itertools

import jax
import numpy as np
import pytest

from seqnets.decode import crf, ctc_decoder, incremental, prefix_beam

pytestmark = pytest.mark.usefixtures("quickly")

T, K = 12, 4


@pytest.fixture
def logits():
    return 3 * np.random.default_rng(0).normal(size=(T, K)).astype(np.float32)


def language_model(prefix, label):
    return -0.5 * ((sum(prefix) + label) % 3) - 0.5


BEAM = {"beam": 3, "language_model": language_model, "weight": 0.5, "bonus": 0.3}


@pytest.mark.parametrize("options", [{}, {"beam": 5}, BEAM], ids=["path", "beam", "lm"])
@pytest.mark.parametrize("sizes", [(T,), (1,) * T, (5, 0, 7)], ids=str)
def test_parts_say_what_the_whole_says(options, sizes, logits):
    reader, said = incremental.reader(**options), []
    for part in np.split(logits, np.cumsum(sizes)[:-1]):
        said += reader.read(part)
    said += reader.end()
    expected = ctc_decoder.decode(logits, np.ones(T, bool), **options)
    assert tuple(label for label, _ in said) == expected and len(expected) > 2
    frames = [frame for _, frame in said]
    assert frames == sorted(frames) and frames[0] >= 0 and frames[-1] < T


def test_what_was_said_is_in_every_later_answer(logits):
    """A label is final when no prefix in the beam lacks it, and no later."""
    search, before = prefix_beam.Search(4), ()
    for row in logits:
        search.read(row[None])
        agreed = search.agreed()
        assert agreed[: len(before)] == before
        found = [h.labels for h in search.found()]
        assert all(labels[: len(agreed)] == agreed for labels in found)
        longer = {labels[: len(agreed) + 1] for labels in found}
        assert len(longer) > 1 or longer == {agreed}
        before = agreed
    assert 0 < len(before) < len(search.found()[0].labels) + 1


def test_a_beam_that_is_sure_says_labels_at_the_frames_of_the_best_path(logits):
    sure = 20 * logits
    path, beam = incremental.reader(), incremental.reader(beam=4)
    said = path.read(sure) + path.end()
    assert beam.read(sure) + beam.end() == said and len(said) > 2


def test_a_search_of_something_else_is_refused():
    with pytest.raises(ValueError, match="a beam must hold"):
        prefix_beam.Search(0)
    with pytest.raises(ValueError, match=r"a beam reads logits \[T, K\]"):
        prefix_beam.Search(1).read(np.zeros(3))


B = 3
MASK = np.arange(T) < np.array([[T], [7], [0]])


@pytest.fixture
def chain():
    rng = np.random.default_rng(1)
    params = crf.CRFParams(*(rng.normal(size=s) for s in ((K, K), (K,), (K,))))
    allowed = jax.tree.map(lambda a: np.ones(a.shape, bool), params)
    allowed.transition[0, 1] = allowed.start[2] = allowed.stop[3] = False
    params = jax.tree.map(np.float32, params)
    return jax.jit(crf.constrain)(params, allowed)


commit = jax.jit(incremental.commit, static_argnames="chunk")


def committed(chain, emissions, chunk, look_ahead):
    """Returns the tags [B, T] that are chosen chunk by chunk."""
    width = chunk + look_ahead
    before, found = np.full(B, -1), []
    padded = np.pad(emissions, ((0, 0), (0, width), (0, 0)), constant_values=np.nan)
    mask = np.pad(MASK, ((0, 0), (0, width)))
    for begin in range(0, T, chunk):
        part = slice(begin, begin + width)
        ends = MASK.sum(1) <= begin + width
        sizes = {"chunk": chunk, "before": before, "ends": ends}
        before, tags = commit(chain, padded[:, part], mask[:, part], **sizes)
        found.append(tags)
    return np.concatenate(found, 1)[:, :T]


@pytest.mark.parametrize("chunk", [1, 5])
def test_tags_chosen_with_all_that_follows_are_the_best_of_all(chunk, chain):
    emissions = np.random.default_rng(2).normal(size=(B, T, K)).astype(np.float32)
    tags, _ = jax.jit(crf.viterbi)(chain, emissions, MASK)
    found = committed(chain, emissions, chunk, T)
    np.testing.assert_array_equal(found, tags)


@pytest.mark.parametrize("look_ahead", [0, 2])
def test_a_limited_look_ahead_chooses_the_best_that_it_can_see(look_ahead, chain):
    """By brute force over all tags of the window, those before being chosen."""
    emissions = np.random.default_rng(3).normal(size=(B, T, K)).astype(np.float32)
    found = committed(chain, emissions, 1, look_ahead)
    chain = jax.tree.map(np.asarray, chain)
    assert not found[~MASK].any()
    for row, length in enumerate(MASK.sum(1)):
        for t in range(length):
            end = min(t + 1 + look_ahead, length)

            def score(tags, t=t, end=end, row=row, length=length):
                own = emissions[row, np.arange(t, end), list(tags)].sum()
                before = chain.transition[found[row, t - 1]] if t else chain.start
                own += before[tags[0]]
                own += sum(chain.transition[p] for p in itertools.pairwise(tags))
                return own + (chain.stop[tags[-1]] if end == length else 0.0)

            best = max(itertools.product(range(K), repeat=end - t), key=score)
            assert found[row, t] == best[0]
