"""Problems with long dependencies: inputs, answers and where they are asked for."""

import numpy as np
import pytest

from seqnets.datasets import long_range
from seqnets.datasets.long_range import PROBLEMS

LENGTH = 40


def sample(name, seed=0, rows=200, shortest=None, longest=LENGTH):
    """Returns the distances of a batch, and the batch."""
    problem, rng = PROBLEMS[name], np.random.default_rng(seed)
    shortest = problem.shortest if shortest is None else shortest
    distances = long_range.draw_distances(rng, shortest, longest, rows)
    return distances, problem.sample(rng, distances, problem.steps(longest))


def at(batch, name):
    """Returns the array where answers are asked for, in the order of the rows."""
    return batch[name][batch["asked"]]


def test_every_octave_of_distances_is_as_frequent():
    rng = np.random.default_rng(0)
    distances = long_range.draw_distances(rng, 8, 127, 8000)
    assert distances.min() == 8 and distances.max() == 127
    octaves = np.bincount(np.log2(distances).astype(int))[3:]
    np.testing.assert_allclose(octaves, 2000, rtol=0.1)
    assert set(long_range.draw_distances(rng, 7, 7, 100)) == {7}


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_batch_has_the_shapes_and_symbols_that_the_problem_says(name):
    problem, (_, batch) = PROBLEMS[name], sample(name)
    shape = (200, problem.steps(LENGTH))
    assert all(batch[n].shape[:2] == shape for n in batch)
    assert batch["mask"].dtype == batch["asked"].dtype == bool
    if problem.symbols is None:
        assert batch["inputs"].shape == (*shape, 2)
        assert batch["inputs"].dtype == batch["targets"].dtype == np.float32
    else:
        assert batch["inputs"].dtype == batch["targets"].dtype == np.int32
        assert 0 <= batch["inputs"].min() <= batch["inputs"].max() < problem.symbols
        counted = batch["targets"][batch["mask"]]
        assert 0 <= counted.min() <= counted.max() < problem.answers


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_batch_is_a_function_of_its_seed(name):
    (_, one), (_, same), (_, other) = (sample(name, seed) for seed in (3, 3, 4))
    for array in one:
        np.testing.assert_array_equal(one[array], same[array])
    assert np.any(one["inputs"] != other["inputs"])


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_row_is_asked_something_and_that_counts(name):
    _, batch = sample(name)
    assert batch["asked"].any(1).all()
    assert not np.any(batch["asked"] & ~batch["mask"])


@pytest.mark.parametrize("name", sorted(set(PROBLEMS) - {"adding", "copying"}))
def test_answers_are_equally_frequent(name):
    _, batch = sample(name, rows=2000)
    counts = np.bincount(at(batch, "targets"), minlength=PROBLEMS[name].answers)
    mean = 2000 / len(counts)
    assert np.all(abs(counts - mean) < 5.0 * np.sqrt(mean))


def test_the_sum_is_of_one_number_in_each_half():
    lengths, batch = sample("adding")
    values, marks = np.moveaxis(batch["inputs"], -1, 0)
    assert abs(values).max() <= 1.0
    np.testing.assert_allclose(at(batch, "targets"), (values * marks).sum(1))
    for row, length in zip(marks, lengths, strict=True):
        assert row[: length // 2].sum() == row[length // 2 : length].sum() == 1.0
        assert row.sum() == 2.0
    np.testing.assert_array_equal(batch["asked"].argmax(1), lengths - 1)


def test_both_halves_are_marked_anywhere():
    _, batch = sample("adding", rows=2000, shortest=8, longest=8)
    marked = batch["inputs"][..., 1].mean(0)
    np.testing.assert_allclose(marked, 0.25, atol=0.05)


def test_ten_symbols_come_back_after_the_distance():
    distances, batch = sample("copying")
    for row, distance in enumerate(distances):
        inputs, targets = batch["inputs"][row], batch["targets"][row]
        end = distance + 20
        assert np.all((inputs[:10] >= 1) & (inputs[:10] <= 8))
        assert inputs[9 + distance] == 9  # Asks for them.
        assert not inputs[10 : 9 + distance].any() and not inputs[10 + distance :].any()
        assert not targets[: 10 + distance].any()
        np.testing.assert_array_equal(targets[10 + distance : end], inputs[:10])
        np.testing.assert_array_equal(np.flatnonzero(batch["mask"][row]), range(end))
        asked = np.flatnonzero(batch["asked"][row])
        np.testing.assert_array_equal(asked, range(10 + distance, end))


def test_parity_turns_with_every_one():
    lengths, batch = sample("parity")
    bits, odd = batch["inputs"], batch["targets"]
    np.testing.assert_array_equal(odd[:, 0], bits[:, 0])
    np.testing.assert_array_equal(odd[:, 1:] ^ odd[:, :-1], bits[:, 1:])
    np.testing.assert_array_equal(batch["mask"].sum(1), lengths)
    np.testing.assert_array_equal(batch["asked"].argmax(1), lengths - 1)


@pytest.mark.parametrize(
    ("name", "windows"),
    [
        ("temporal_order", [(10, 20), (50, 60)]),
        ("temporal_order4", [(10, 20), (33, 43), (66, 76)]),
    ],
)
def test_the_order_is_that_of_symbols_in_the_windows_of_the_paper(name, windows):
    _, batch = sample(name, rows=500, shortest=100, longest=100)
    letters = np.array(list(long_range.ORDER))[batch["inputs"]]
    places = set()
    for row, asked, answer in zip(
        letters, batch["asked"], at(batch, "targets"), strict=True
    ):
        length = asked.argmax() + 1
        assert 100 <= length <= 110
        assert row[0] == "E" and row[length - 1] == "B"
        marked = [t for t in range(length) if row[t] in "XY"]
        for t, (low, high) in zip(marked, windows, strict=True):
            assert low <= t <= high
        assert answer == int("".join("01"[row[t] == "Y"] for t in marked), 2)
        assert set(row[:length]) - set("XYEB") <= set("abcd")
        places.update(marked)
    assert places == {t for low, high in windows for t in range(low, high + 1)}


@pytest.mark.parametrize("name", ["temporal_order", "temporal_order4"])
def test_the_shortest_order_has_room_for_all_symbols(name):
    _, batch = sample(name, shortest=10, longest=10)
    ends = batch["asked"].argmax(1)
    for row, end in zip(batch["inputs"], ends, strict=True):
        assert (row[: end + 1] >= 6).sum() == {"temporal_order": 2}.get(name, 3)


def test_the_baselines_of_adding_are_what_those_answers_get():
    _, batch = sample("adding", rows=20_000, longest=10)
    values, marks = np.moveaxis(batch["inputs"], -1, 0)
    last = marks.shape[1] - 1 - marks[:, ::-1].argmax(1)
    answers = {"the mean": 0.0, "the last mark": values[np.arange(20_000), last]}
    scores = PROBLEMS["adding"].baselines(2, 10)
    assert scores.keys() == answers.keys()
    for name, answer in answers.items():
        mse = np.mean((at(batch, "targets") - answer) ** 2)
        assert scores[name] == pytest.approx(mse, rel=0.03)


def test_the_baseline_of_copying_is_what_guessing_the_ten_symbols_gets():
    distances, batch = sample("copying", rows=5000)
    nats = np.where(batch["asked"], np.log(8.0), 0.0).sum() / batch["mask"].sum()
    scores = PROBLEMS["copying"].baselines(1, LENGTH)
    assert scores == {"memoryless": pytest.approx(nats, rel=0.02)}
    assert PROBLEMS["copying"].baselines(1000, 1000)["memoryless"] == pytest.approx(
        10 * np.log(8.0) / 1020
    )


@pytest.mark.parametrize("name", [n for n, p in PROBLEMS.items() if p.stories])
def test_what_was_mentioned_last_answers_near_stories_only(name):
    problem = PROBLEMS[name]
    guessing = 1.0 / problem.answers
    near = problem.baselines(problem.shortest, problem.shortest)
    far = problem.baselines(400, 400)
    assert near == {"guessing": guessing, "last mentioned": 1.0}
    assert far["last mentioned"] == pytest.approx(guessing, abs=0.1)


def test_a_distance_is_scored_once():
    with pytest.raises(ValueError, match=r"lengths \(25, 50, 25\): one comes twice"):
        PROBLEMS["adding"].check(10, 50, (25, 50, 25))
