"""Equations beside their problems: which are right, and what a run folder shows."""

import pytest

from seqnets.datasets.problems import Problem
from seqnets.tasks import solutions

PROBLEMS = [
    Problem("Ann has 22 pens and gives 14 away .", "x=22-14", "8"),
    Problem("4 boxes of 25% of 12 .", "25%*12+4", "7"),
    Problem("3 of 7 .", "x=3/7", "0.4286"),
    Problem("2 and 3 .", "x=x", "5"),
]
WRITTEN = ["- n1 n2", "+ n1 * n2 n3", "/ n1 n2", "+ n1 n2"]


def compare(written, ordered=True):
    return solutions.compare(written, PROBLEMS, ordered=ordered)


def test_answers_count_by_value_and_equations_by_their_symbols():
    found = compare(WRITTEN)
    assert found.answers == [True] * 4
    assert found.equations == [True, True, True, False]
    assert found.operators == [1, 2, 1, None]
    assert found.scores() == {"accuracy": 1.0, "equation_accuracy": 0.75}
    # Without an order the terms are compared as they stand.
    assert compare(WRITTEN, ordered=False).equations == [True, False, True, False]


@pytest.mark.parametrize("wrong", ["", "/ n1 - n1 n1", "- n1 n7", "- n1", "n1 n2"])
def test_what_has_no_value_or_another_one_is_wrong(wrong):
    found = compare([wrong] * 4)
    assert not any(found.answers) and not any(found.equations)
    assert set(found.by_operators().values()) == {0.0}


def test_many_operators_are_one_group():
    long = Problem("1 and 2", "+".join("1" * 9), "9")
    found = solutions.compare(["n1"], [long], ordered=True)
    assert found.by_operators() == {"accuracy/operators_5_or_more": 0.0}


def test_a_solution_shows_the_numbers_of_the_text_and_each_step():
    posed = solutions.pose(PROBLEMS[1], True)
    found = solutions.solve(WRITTEN[1].split(), posed.quantities, -0.5)
    assert found.equation == "x = 4 + 25% * 12" and found.answer == "7"
    assert str(found) == "7\tx = 4 + 25% * 12\t0.25 * 12 = 3; 4 + 3 = 7\t-0.500"


def test_the_baseline_knows_the_most_frequent_equation_of_as_many_numbers():
    unread = Problem("7 or 8", "x + x = 7", "3.5")  # However many there are.
    known = [PROBLEMS[0], PROBLEMS[0], PROBLEMS[2], PROBLEMS[1], *[unread] * 5]
    asked = [
        Problem("5 or 6", "", ""),
        Problem("1 , 2 , 3", "", ""),
        Problem("", "", ""),
    ]
    found = solutions.most_frequent(known, asked, ordered=True)
    assert found == ["- n1 n2", "+ n1 * n2 n3", ""]


def test_the_table_has_a_line_for_each_problem(tmp_path):
    written = [*WRITTEN[:3], "/ n1 - n1 n1"]
    solutions.write(tmp_path, written, PROBLEMS, compare(written))
    head, *rows = (tmp_path / "test.tsv").read_text().splitlines()
    assert [row.split("\t")[0] for row in rows] == ["yes", "yes", "yes", "no"]
    assert "division by zero" in rows[3]
    assert {row.count("\t") for row in rows} == {head.count("\t")}
