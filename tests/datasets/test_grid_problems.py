"""Parity and addition: inputs, answers, and lines of a user's own."""

import numpy as np
import pytest

from seqnets.datasets import grid_problems
from seqnets.datasets.grid_problems import PROBLEMS, SYMBOLS


def sample(name, sizes, length):
    problem = PROBLEMS[name]
    rng = np.random.default_rng(0)
    return problem.sample(rng, np.asarray(sizes), problem.steps(length))


def test_parity_is_that_of_the_ones_and_so_many_bits_are_drawn():
    sizes = np.repeat([1, 7, 12], 400)
    batch = sample("parity", sizes, 12)
    ones = batch["inputs"]
    assert set(ones.flat) == {0.0, 1.0} and ones.shape == (1200, 12)
    np.testing.assert_array_equal(batch["targets"], ones.sum(1) % 2)
    means = ones.reshape(3, 400, 12).sum(2).mean(1)
    np.testing.assert_allclose(means, [0.5, 3.5, 6.0], atol=0.3)
    assert (ones.sum(1) <= sizes).all()
    assert (ones.reshape(3, 400, 12)[0].mean(0) < 0.1).all()  # At random places.
    assert batch["mask"].all() and batch["asked"].all()


def test_a_sum_stands_where_it_is_asked_for_in_the_order_of_its_digits():
    sizes = np.array([3, 1, 17, 3, 2] * 20)
    batch = sample("addition", sizes, 18)
    assert batch["inputs"].shape == batch["targets"].shape == (100, 57)
    rows = zip(*(batch[n] for n in ("inputs", "targets", "mask", "asked")), strict=True)
    for n, (inputs, targets, mask, asked) in zip(sizes, rows, strict=True):
        text = "".join(SYMBOLS[i] for i in inputs)
        a, b, rest = text.split("-", 2)
        assert len(a) == len(b) == n and set(rest) == {"-"}
        total = "".join(str(digit) for digit in targets[asked])
        assert total == f"{int(a) + int(b):0{n + 1}d}"
        np.testing.assert_array_equal(np.flatnonzero(mask), np.arange(3 * n + 3))
        np.testing.assert_array_equal(
            np.flatnonzero(asked), np.arange(2 * n + 2, 3 * n + 3)
        )
    zeros = batch["inputs"][sizes == 3][:, 0] == 0
    assert zeros.any() and not zeros.all()


def test_a_carry_runs_through_all_digits_of_a_number_longer_than_an_integer():
    nines = np.full((1, 40), 9)
    one = np.eye(40, dtype=int)[-1:]
    np.testing.assert_array_equal(grid_problems.add(nines, one), [[1] + [0] * 40])


@pytest.mark.parametrize("length", (1, 3))
def test_the_baseline_of_addition_is_that_of_the_most_frequent_digits(length):
    batch = sample("addition", np.full(4000, length), length)
    digits = batch["targets"][:, 2 * length + 2 :]
    best = [np.bincount(column).max() / 4000 for column in digits.T]
    expected = PROBLEMS["addition"].baselines(length, length)["guessing"]
    np.testing.assert_allclose(np.mean(best), expected, atol=0.015)


def test_a_line_of_bits_is_filled_up_with_zeros():
    batch = grid_problems.read_bits(" 01 1\t1", 6, 6)
    np.testing.assert_array_equal(batch["inputs"], [[0, 1, 1, 1, 0, 0]])
    assert batch["targets"] == [1]
    assert grid_problems.write(batch["inputs"][0]) == "011100"


def test_a_sum_is_read_as_it_is_posed():
    batch = grid_problems.read_sum("123 + 99", 4, 6)
    assert "".join(SYMBOLS[i] for i in batch["inputs"][0]) == "123-099-" + "-" * 7
    assert batch["targets"][batch["asked"]].tolist() == [0, 2, 2, 2]
    assert batch["mask"].sum() == 12
    assert grid_problems.write(batch["inputs"][0]) == "123+099"
    assert grid_problems.read_sum("12345+1", 4, 6)["inputs"].shape == (1, 18)


@pytest.mark.parametrize("line", ("012", "0101010", "no", "٠١", "1+1"))
def test_what_is_no_vector_of_bits_is_refused(line):
    with pytest.raises(ValueError, match="no vector of 1 to 6 bits, as in 0110"):
        grid_problems.read_bits(line, 6, 6)


@pytest.mark.parametrize("line", ("12", "1+2+3", "1+1234567", "-1+2", "١+١", "+3"))
def test_what_is_no_sum_is_refused(line):
    with pytest.raises(ValueError, match="no sum of two numbers of 1 to 6 digits"):
        grid_problems.read_sum(line, 4, 6)
