"""What the race says of its times."""

import pytest

from benchmarks import timing


def test_summary_is_median_and_quartiles():
    assert timing.summarise([5.0, 1.0, 2.0, 4.0, 3.0]) == (3.0, 2.0, 4.0)
    assert timing.summarise([7.0]) == (7.0, 7.0, 7.0)


def test_ratio_is_of_the_two_times_of_a_round():
    # The machine became ten times slower; the medians' ratio would be 20 / 10.
    ours, theirs = [1.0, 10.0, 10.0], [2.0, 20.0, 30.0]

    assert timing.ratio(theirs, ours) == 2.0


def test_geometric_mean_of_a_ratio_and_its_inverse_is_one():
    assert timing.geometric_mean([4.0, 0.25]) == pytest.approx(1.0)
    assert timing.geometric_mean([2.0, 8.0]) == pytest.approx(4.0)


def test_there_is_no_mean_of_nothing():
    with pytest.raises(ValueError, match="at least one"):
        timing.geometric_mean([])
    with pytest.raises(ValueError, match="no values"):
        timing.summarise([])


def test_contenders_take_turns_and_each_begins_a_round(monkeypatch):
    monkeypatch.setattr(timing, "TURN_S", 0.0)
    calls = []

    def call(name):
        return lambda: calls.append(name)

    seconds = timing.interleave({name: call(name) for name in "abc"}, rounds=3)

    assert "".join(calls[-9:]) == "abcbcacab"
    assert {name: len(times) for name, times in seconds.items()} == dict.fromkeys(
        "abc", 3
    )
