"""CTC against the enumeration of all paths, and against PyTorch's."""

import collections
import functools
import itertools
import math
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets.decode import ctc, prefix_beam

pytestmark = pytest.mark.usefixtures("quickly")

FIXTURE = Path(__file__).parents[1] / "fixtures" / "torch_ctc.npz"
T, K = 4, 3
PATHS = list(itertools.product(range(K), repeat=T))
# All strings of at most three labels; only some have a path of four frames.
STRINGS = [s for n in range(4) for s in itertools.product(range(1, K), repeat=n)]


def collapse(path):
    return tuple(symbol for symbol, _ in itertools.groupby(path) if symbol)


def probabilities(logits):
    """Returns p of every string that has a path, and its best path with its p."""
    log_y = logits - np.logaddexp.reduce(logits, -1, keepdims=True)
    total, best = collections.Counter(), {}
    for path in itertools.product(range(logits.shape[1]), repeat=len(logits)):
        p = math.exp(sum(log_y[t, symbol] for t, symbol in enumerate(path)))
        string = collapse(path)
        total[string] += p
        best[string] = max(best.get(string, (0.0, ())), (p, path))
    return total, best


def padded(rows, length, rng, rubbish):
    """Puts rows at random places, in their order, with rubbish between them."""
    values = np.full((len(rows), length, *np.shape(rows[-1])[1:]), rubbish)
    mask = np.zeros((len(rows), length), bool)
    for b, row in enumerate(rows):
        mask[b, np.sort(rng.choice(length, len(row), replace=False))] = True
        if len(row):
            values[b, mask[b]] = row
    return values, mask


@pytest.fixture(scope="module")
def logits():
    return np.random.default_rng(0).normal(size=(T, K)) * 1.5


@pytest.fixture(scope="module")
def batch(logits):
    """The same frames with every string, both padded anywhere with rubbish."""
    rng = np.random.default_rng(1)
    rows, mask = padded([logits] * len(STRINGS), T + 2, rng, np.nan)
    labels, label_mask = padded(STRINGS, 4, rng, 7)
    return (rows, labels), {"mask": mask, "label_mask": label_mask}


def test_strings_have_the_probability_of_all_their_paths(logits, batch):
    expected, _ = probabilities(logits)
    (rows, labels), masks = batch
    log_p = jax.jit(ctc.log_probability)(rows, labels, **masks)
    found = dict(zip(STRINGS, np.exp(log_p), strict=True))
    for string in STRINGS:
        assert found[string] == pytest.approx(expected[string], rel=1e-5)


def test_possible_are_the_strings_that_have_a_path(logits, batch):
    expected, _ = probabilities(logits)
    (rows, labels), masks = batch
    possible = ctc.possible(rows, labels, **masks)
    assert possible.tolist() == [s in expected for s in STRINGS]
    assert not possible.all()


def test_a_string_with_a_label_that_there_is_not_is_impossible():
    """The blank is no label either; what is masked is none, whatever it is."""
    strange = [-1, ctc.BLANK, K, K + 1, -K, 10**6]
    labels = np.array([[1, 2], *([1, label] for label in strange), [1, 99]])
    label_mask = np.ones((8, 2), bool)
    label_mask[-1, 1] = False
    expected = [True, *(False for _ in strange), True]
    logits = np.random.default_rng(0).normal(size=(8, T, K)).astype(np.float32)

    @jax.jit
    def measure(logits):
        given = {"label_mask": label_mask}
        total = jax.value_and_grad(
            lambda logits: ctc.loss(logits, labels, **given), has_aux=True
        )(logits)
        log_p = ctc.log_probability(logits, labels, **given)
        possible = ctc.possible(logits, labels, **given)
        return total, log_p, possible, ctc.align(logits, labels, **given)

    ((total, count), gradient), log_p, possible, (places, best) = measure(logits)
    assert possible.tolist() == expected
    assert np.isfinite(log_p).tolist() == np.isfinite(best).tolist() == expected
    assert (log_p[~possible] == -np.inf).all() and (places[~possible] == -1).all()
    assert count == 2 and total == pytest.approx(
        -float(log_p[possible].sum()), rel=1e-6
    )
    assert np.isfinite(gradient).all()
    assert gradient.any((1, 2)).tolist() == expected


def test_masked_frames_and_rows_change_neither_loss_nor_gradient(batch):
    (frames, labels), masks = batch
    rows = np.arange(len(frames)) % 3 > 0
    real = (masks["mask"] & rows[:, None])[..., None]

    @jax.jit
    def measure(frames):
        def loss(frames):
            return ctc.loss(frames, labels, rows=rows, **masks)

        return jax.value_and_grad(loss, has_aux=True)(frames)

    clean = measure(np.where(real, frames, 0.0))
    assert np.isfinite(clean[0][0]) and np.isfinite(clean[1]).all()
    for rubbish in (np.nan, np.inf):
        found = measure(np.where(real, frames, rubbish))
        jax.tree.map(np.testing.assert_array_equal, found, clean)


@pytest.mark.parametrize("shape", [(2, 0), (0, 3)], ids=["no frames", "no rows"])
def test_no_frames_say_the_empty_string_and_no_rows_nothing(shape):
    @jax.jit
    def run(logits):
        found = []
        for size in (0, 2):
            labels = np.ones((shape[0], size), int)
            log_p = ctc.log_probability(logits, labels)
            places, best = ctc.align(logits, labels)
            total, count = ctc.loss(logits, labels, mask=np.ones(shape, bool))
            found.append((log_p, best, places, total, count))
        return found, ctc.greedy(logits)[1]

    found, said = run(np.zeros((*shape, K), np.float32))
    for expected, (log_p, best, places, total, count) in zip(
        (0.0, -np.inf), found, strict=True
    ):
        assert log_p.tolist() == best.tolist() == [expected] * shape[0]
        assert total == 0.0 and count == (shape[0] if expected == 0.0 else 0)
        assert places.shape == shape
    assert said.shape == shape
    assert prefix_beam.search(np.zeros((0, K)))[0][:2] == ((), 0.0)


def test_impossible_strings_count_nothing_and_have_no_gradient(batch):
    (rows, labels), masks = batch

    def loss(rows):
        total, count = ctc.loss(rows, labels, **masks)
        return total, count

    possible = np.asarray(ctc.possible(rows, labels, **masks))
    (total, count), grads = jax.jit(jax.value_and_grad(loss, has_aux=True))(rows)
    assert count == possible.sum() and 0 < total < np.inf
    assert np.isfinite(grads).all()
    moved = (grads != 0).any(-1)
    np.testing.assert_array_equal(moved, masks["mask"] & possible[:, None])


def test_gradients_are_those_of_finite_differences(x64, batch):
    (rows, labels), masks = batch
    kept = np.array([1, 4, 6, 8])  # Possible strings, one that repeats a label.
    rows, labels = rows[kept], labels[kept]
    masks = {name: mask[kept] for name, mask in masks.items()}

    @jax.jit
    def total(rows):
        return jnp.arange(1.0, 5.0) @ ctc.log_probability(rows, labels, **masks)

    found = np.asarray(jax.jit(jax.grad(total))(rows))
    for place in np.argwhere(masks["mask"])[::3]:
        for k in range(K):
            step = np.zeros_like(rows)
            step[(*place, k)] = 1e-6
            difference = float(total(rows + step) - total(rows - step)) / 2e-6
            assert found[(*place, k)] == pytest.approx(difference, rel=1e-5, abs=1e-8)


def test_loss_is_never_negative():
    """So sure of every frame that its ln p is 0, and then other paths are added."""
    labels = np.ones((1, 20), int)
    path = np.repeat(np.tile([1, 0], 20), 5)
    logits = np.float32(17.0 * np.eye(2)[path])[None]
    assert (jax.nn.log_softmax(logits).max(-1) == 0).all()
    log_p = jax.jit(ctc.log_probability)(logits, labels)
    assert -1e-3 < log_p[0] <= 0
    total, count = jax.jit(ctc.loss)(logits, labels)
    assert total >= 0 and count == 1


def test_aligned_is_the_best_path_of_a_string(logits, batch):
    _, best = probabilities(logits)
    (rows, labels), masks = batch
    places, log_p = map(np.asarray, jax.jit(ctc.align)(rows, labels, **masks))
    for b, string in enumerate(STRINGS):
        found = np.where(places[b] < 0, 0, labels[b][places[b]])
        if string not in best:
            assert log_p[b] == -np.inf and (places[b] == -1).all()
            continue
        p, path = best[string]
        assert np.exp(log_p[b]) == pytest.approx(p, rel=1e-5)
        assert tuple(found[masks["mask"][b]]) == path
        assert (places[b][~masks["mask"][b]] == -1).all()
        spoken = [place for place in places[b] if place >= 0]
        assert (
            list(dict.fromkeys(spoken))
            == np.flatnonzero(masks["label_mask"][b]).tolist()
        )


def test_greedy_reads_the_most_probable_path():
    rng = np.random.default_rng(2)
    rows = rng.normal(size=(40, T, K))
    noisy, mask = padded(list(rows), T + 2, rng, np.nan)
    found = jax.jit(ctc.greedy)(noisy, mask=mask)
    labels, label_mask = map(np.asarray, found)
    for b, row in enumerate(rows):
        assert tuple(labels[b][label_mask[b]]) == collapse(row.argmax(-1))
        assert not labels[b][~label_mask[b]].any()


def test_a_wide_prefix_beam_is_exact(logits):
    expected, _ = probabilities(logits)
    found = prefix_beam.search(logits, beam=100)
    assert {h.labels for h in found} == set(expected)
    for labels, log_p, score in found:
        assert score == log_p == pytest.approx(math.log(expected[labels]))
    assert [h.labels for h in found] == [s for s, _ in expected.most_common()]


def test_prefixes_may_beat_the_best_path():
    """Graves's example: two frames say the blank, but more paths say the label."""
    logits = np.log([[0.6, 0.4], [0.6, 0.4]])
    assert prefix_beam.search(logits)[0].labels == (1,)
    labels, mask = ctc.greedy(logits[None])
    assert not mask.any()


def test_a_narrow_beam_keeps_as_many_and_no_more(logits):
    everything = {h.labels: h for h in prefix_beam.search(logits, beam=100)}
    found = prefix_beam.search(logits, beam=2)
    assert len(found) == 2
    assert all(h.log_p <= everything[h.labels].log_p + 1e-12 for h in found)


def test_a_language_model_and_a_bonus_change_the_order(logits):
    """A wide search is exact with them too, the end of a string included."""
    expected, _ = probabilities(logits)

    @functools.cache
    def model(prefix, symbol):
        rng = np.random.default_rng((*prefix, 9))
        p = rng.dirichlet(np.ones(K))
        return math.log(p[symbol])

    def score(string):
        symbols = [*string, ctc.BLANK]
        told = sum(model(string[:i], symbol) for i, symbol in enumerate(symbols))
        return math.log(expected[string]) + 1.5 * told + 0.7 * len(string)

    options = {"language_model": model, "weight": 1.5, "bonus": 0.7}
    found = prefix_beam.search(logits, beam=100, **options)
    assert [h.labels for h in found] == sorted(expected, key=score, reverse=True)
    for hypothesis in found:
        assert hypothesis.score == pytest.approx(score(hypothesis.labels))


def test_a_stream_keeps_what_its_beam_grew_and_no_more():
    """All that a search holds is bounded, but for the labels themselves."""
    search = prefix_beam.Search(2)
    search.read(np.random.default_rng(0).normal(size=(200, K)))
    assert len(search.best()) > 10 and len(search._priors) <= 2 * K


def test_a_language_model_is_asked_once_about_what_a_prefix_may_go_on_with():
    asked = []

    def language_model(before, label):
        asked.append((before, label))
        return -1.0

    search = prefix_beam.Search(1, language_model)
    search.read(np.tile([5.0, 0.0, 0.0], (9, 1)))  # The empty prefix stays the best.
    assert search.best() == () and asked == [((), 1), ((), 2)]


def test_masked_frames_are_not_searched(logits):
    noisy = np.insert(logits, 2, np.nan, 0)
    mask = np.arange(T + 1) != 2
    assert prefix_beam.search(noisy, mask=mask) == prefix_beam.search(logits)


def test_a_language_model_of_weight_zero_is_none(logits):
    """Whatever it says: 0 · ln 0 is no number."""
    for said in (-math.inf, math.nan, -1.0):
        options = {"language_model": lambda *_, said=said: said, "weight": 0.0}
        found = prefix_beam.search(logits, bonus=0.3, **options)
        assert found == prefix_beam.search(logits, bonus=0.3)


@pytest.mark.parametrize(
    "wrong", [{"weight": -1.0}, {"weight": math.nan}, {"bonus": math.inf}], ids=str
)
def test_a_weight_that_is_none_is_refused(wrong, logits):
    with pytest.raises(ValueError, match="weight must be finite, 0 or more"):
        prefix_beam.search(logits, **wrong)


@pytest.mark.parametrize(("shape", "beam"), [((T,), 4), ((T, K), 0), ((T, 0), 4)])
def test_a_search_without_room_is_refused(shape, beam):
    with pytest.raises(ValueError, match="a beam"):
        prefix_beam.search(np.zeros(shape), beam=beam)


def test_numbers_are_those_of_torch(x64):
    with np.load(FIXTURE) as file:
        found = dict(file)
    frames, lengths = found["frames"], found["lengths"]
    mask = np.arange(found["logits"].shape[1]) < frames[:, None]
    label_mask = np.arange(found["labels"].shape[1]) < lengths[:, None]

    def total(logits):
        log_p = ctc.log_probability(
            logits, found["labels"], mask=mask, label_mask=label_mask
        )
        return jnp.where(log_p > -jnp.inf, -log_p, 0.0) @ found["weights"], log_p

    grads, log_p = jax.jit(jax.grad(total, has_aux=True))(jnp.asarray(found["logits"]))
    np.testing.assert_allclose(-log_p, found["losses"], rtol=1e-12)
    np.testing.assert_allclose(grads, found["gradient"], rtol=1e-9, atol=1e-12)
    assert np.isinf(log_p).sum() == 1
