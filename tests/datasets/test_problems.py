"""Word problems: a user's own, those that are published, and those that are drawn."""

import gzip
import json
from fractions import Fraction

import pytest

from seqnets import datasets, equations
from seqnets.arithmetic import OPERATORS
from seqnets.data import quantities
from seqnets.datasets import number_stories
from seqnets.datasets.problems import Problem, parse

FIELDS = {"text": "22 less 14 ?", "equation": "x = 22 - 14", "answer": 8}


def line(**changes):
    return json.dumps(FIELDS | changes)


def refused(place, *words, kind=ValueError, **options):
    with pytest.raises(kind) as caught:
        datasets.load(place, "problems", **options).train  # noqa: B018
    assert "\n" not in str(caught.value)
    for word in words:
        assert str(word) in str(caught.value)


def test_one_file_is_cut_and_a_folder_has_parts(tmp_path):
    own = tmp_path / "my.jsonl"
    own.write_text("".join(f"{line(answer=i)}\n" for i in range(20)))
    found = datasets.load(own, "problems")
    assert [len(found[split]) for split in datasets.SPLITS] == [16, 2, 2]
    assert [p.answer for p in (found.train + found.valid + found.test)] == [
        str(i) for i in range(20)
    ]
    folder = tmp_path / "own"
    folder.mkdir()
    for name in ("train", "dev", "test"):
        (folder / f"{name}.jsonl").write_text(line())
    (folder / "test.jsonl").unlink()
    (folder / "test.jsonl.gz").write_bytes(gzip.compress(line(text="ü").encode()))
    found = datasets.load(folder, "problems")
    assert found.train == found.valid == [Problem("22 less 14 ?", "x = 22 - 14", "8")]
    assert found.test[0].text == "ü"


@pytest.mark.parametrize(
    "answer, expected",
    [
        (32.10, Fraction(321, 10)),
        ("(1/6)", Fraction(1, 6)),
        ("7((2)/(3))", Fraction(23, 3)),
        ("25%", Fraction(1, 4)),
        (-6, Fraction(-6)),
        (1e-05, Fraction(1, 100_000)),
        (-2.5e16, Fraction(-(25 * 10**15))),
        (None, Fraction(8)),
    ],
)
def test_answers_are_exact_and_by_default_the_equations_value(answer, expected):
    assert parse(line(answer=answer)).value == expected


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "a JSON object"),
        ("22 - 14", "a JSON object"),
        ("[" * 100_000, "a JSON object"),
        ('{"text": "a"}', "a JSON object"),
        (line(text=" "), '"text" must be'),
        (line(equation=[3]), '"equation" must be'),
        (line(equation="1/0"), "division by zero"),
        (line(equation="9^9^9"), "too large"),
        (line(equation="x=1+"), "missing at the end"),
        (line(answer=[1]), '"answer" must be'),
        (line(answer="many"), "the \"answer\": the equation 'many'"),
        (line()[:-2] + "1e999999999}", '"answer": too large'),
    ],
)
def test_a_line_that_is_no_problem_is_named(tmp_path, text, message):
    own = tmp_path / "my.jsonl"
    own.write_text(f"{line()}\n{text}\n{line()}\n")
    refused(own, f"{own}, line 2", message)


def test_too_few_lines_and_missing_files_are_named(tmp_path):
    own = tmp_path / "my.jsonl"
    own.write_text(line())
    refused(own, own, "too few")
    empty = tmp_path / "empty"
    empty.mkdir()
    refused(empty, empty, "train.jsonl", kind=FileNotFoundError)
    refused("mawps_single", "fetch mawps_single", kind=FileNotFoundError)
    refused("mawps_single", "fold is 0 to 4, not 5", fold=5)


@pytest.mark.parametrize("damage", ["{}", '[{"sQuestion": "a"}]', "[1]", "no"])
def test_a_damaged_published_file_is_named(tmp_path, damage):
    folder = tmp_path / "mwp" / "mwptoolkit_mawps-single"
    folder.mkdir(parents=True)
    for part in ("train", "valid", "test"):
        (folder / f"{part}set.json").write_text(damage)
    with pytest.raises(ValueError, match="trainset.json") as caught:
        datasets.load("mawps_single", "problems", str(tmp_path)).train  # noqa: B018
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "name, sizes",
    [("mawps", [1898, 237, 238]), ("svamp", [800, 100, 100])],
)
def test_the_real_problems_are_all_there(shared, name, sizes):
    found = datasets.load(name, "problems", shared("mwp"))
    assert [len(found[split]) for split in datasets.SPLITS] == sizes


def test_five_folds_test_each_problem_once(shared):
    tests = []
    for fold in range(5):
        found = datasets.load("mawps_single", "problems", shared("mwp"), fold=fold)
        splits = [found[split] for split in datasets.SPLITS]
        assert sum(map(len, splits)) == 1987
        tests += found.test
    whole = datasets.load("mawps_single", "problems", shared("mwp"))
    every = [problem for split in datasets.SPLITS for problem in whole[split]]
    assert sorted(tests) == sorted(every)


@pytest.fixture(scope="module")
def stories():
    return number_stories.draw_splits(sizes=(300, 50, 50))


def test_stories_have_whole_positive_answers_and_no_number_to_spare(stories):
    for split in datasets.SPLITS:
        for problem in stories[split]:
            value, found = problem.value, quantities.find(problem.text)
            assert value.denominator == 1 and 0 < value <= number_stories.MOST
            own = quantities.express(equations.parse(problem.equation), found.numbers)
            named = {symbol for symbol in own if symbol not in OPERATORS}
            assert named == {quantities.name(k + 1) for k in range(len(found.numbers))}


def test_no_story_is_in_two_splits_and_the_words_decide_on_the_equation(stories):
    texts = [problem.text for split in datasets.SPLITS for problem in stories[split]]
    assert len(set(texts)) == len(texts) == 400
    by_numbers = {}
    for problem in stories["train"]:
        found = quantities.find(problem.text)
        own = quantities.express(equations.parse(problem.equation), found.numbers)
        by_numbers.setdefault(len(found.numbers), []).append(own)
    for own in by_numbers.values():
        most = max(own.count(expression) for expression in own)
        assert most < len(own) / 2 or len(own) < 10


def test_the_seed_draws_the_same_stories_again(stories):
    again = number_stories.draw_splits(sizes=(300, 50, 50))
    assert again["test"] == stories["test"]
    other = number_stories.draw_splits(seed=1, sizes=(3, 1, 1))
    assert other["train"][0] != stories["train"][0]
