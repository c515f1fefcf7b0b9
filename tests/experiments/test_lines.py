"""Line i of the output answers line i of the input, whatever the other lines are."""

import io
import itertools
import sys

import pytest

from experiments.commands import lines as standard_input
from experiments.commands.lines import Unanswered, answers, read

BAD = {"bad": ValueError, "missing": FileNotFoundError, "huge": MemoryError}
INPUT = ["a", "bad", "", "missing", "huge", "b", "bad", "\udcff", "c", "c"]


def one_by_one(lines):
    for line in lines:
        if line in BAD:
            raise BAD[line](line)
        yield line.upper()


def some_at_once(lines):
    """As a command that makes batches: an error comes after lines were read ahead."""
    lines = iter(lines)
    while some := list(itertools.islice(lines, 3)):
        yield from [*one_by_one(some)]


def mapped(lines):
    """As a command that keeps something from line to line: it outlives an error."""
    return map(lambda line: next(one_by_one([line])), lines)


@pytest.mark.parametrize("ask", [one_by_one, some_at_once, mapped])
@pytest.mark.parametrize("count", range(len(INPUT) + 1))
def test_every_line_has_its_own_answer_or_error(ask, count):
    found = list(answers(ask, INPUT[:count]))
    assert len(found) == count
    for number, (line, record) in enumerate(zip(INPUT, found, strict=False), 1):
        if line in BAD or line == "\udcff":
            assert isinstance(record, Unanswered) and record.number == number
            assert type(record.error) is BAD.get(line, ValueError)
            assert str(record) == "-\t-\t"
        else:
            assert record == line.upper()


@pytest.mark.parametrize("say", [lambda line: f"-\t-\t{line.strip()}", "-\t{}".format])
@pytest.mark.parametrize("ahead", [1, 3])
def test_a_blank_line_has_an_empty_answer_and_no_mark_of_an_error(say, ahead):
    asked = ["a", "", " \t", "b", "bad", ""]

    def ask(lines):
        lines = iter(lines)
        while some := list(itertools.islice(lines, ahead)):
            if "bad" in some:
                raise ValueError("bad")
            yield from map(say, some)

    a, *blank, b, bad, last = map(str, answers(ask, asked))
    assert [a, b] == [say("a"), say("b")]
    assert bad == "-\t-\t" and [*blank, last] == ["", "", ""]


def test_what_does_answer_a_blank_line_is_kept():
    assert list(answers(lambda lines: ("a poem" for _ in lines), ["", "a"])) == [
        *("a poem", "a poem")
    ]


def test_what_is_kept_from_line_to_line_outlives_the_errors_of_lines():
    made = []

    def ask(lines):
        made.append(kept := [])

        def answer(line):
            if line in BAD:
                raise BAD[line](line)
            kept.append(line)
            return "".join(kept)

        return map(answer, lines)

    found = list(answers(ask, INPUT))
    assert [r for r in found if isinstance(r, str)] == ["a", "a", "ab", "abc", "abcc"]
    assert [kept for kept in made if kept] == [["a", "", "b", "c", "c"]]


@pytest.mark.parametrize("ask", [one_by_one, mapped])
def test_an_answer_comes_before_the_next_line_is_read(ask):
    asked = []

    def lines():
        for line in INPUT:
            asked.append(line)
            yield line

    for number, _ in enumerate(answers(ask, lines()), 1):
        assert len(asked) == number


@pytest.mark.parametrize("error", [ValueError, OSError, TypeError])
def test_an_error_of_no_line_ends_the_answers(error):
    def ask(lines):
        raise error("of an option")

    with pytest.raises(error, match="of an option"):
        list(answers(ask, INPUT))


def test_an_error_of_the_program_is_no_answer():
    def ask(lines):
        for line in lines:
            yield line[7]

    with pytest.raises(IndexError):
        list(answers(ask, INPUT))


def test_bytes_that_are_no_text_are_one_bad_line(monkeypatch):
    stdin = io.TextIOWrapper(io.BytesIO(b"a\n\xff\0\xfe\r\nb"), encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", stdin)
    first, bad, last = answers(one_by_one, read())
    assert (first, last) == ("A", "B") and "UTF-8" in str(bad.error)


def test_closed_input_is_an_error_that_says_what_to_do(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(ValueError, match="standard input is closed: give it lines"):
        list(answers(one_by_one, read()))


def test_what_is_typed_is_answered_before_the_next_line_is_read(monkeypatch):
    typed = []

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stdin", Terminal())
    assert standard_input.are_typed()
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert not standard_input.are_typed()

    def lines():
        for line in ("1", "bad", "2"):
            typed.append(line)
            yield line

    ask = standard_input.one_by_one(some_at_once)
    for number, record in enumerate(answers(ask, lines()), 1):
        assert len(typed) == number
        assert isinstance(record, Unanswered) == (number == 2)


def test_a_streamed_answer_ends_with_an_empty_text_whatever_happens():
    read = []

    def ask(line):
        for part in line.split():
            if part == "bad":
                raise ValueError("it is bad")
            read.append(part)
            yield part

    found = standard_input.streamed(ask, ["a b", "", "c bad d", "\udcff", "e"])
    assert next(found) == "a" and read == ["a"]  # As they come.
    rest = list(found)
    assert [r for r in rest if isinstance(r, str)] == [
        "b",
        "",
        "",
        "c",
        "",
        "",
        "e",
        "",
    ]
    failed = [(r.number, str(r.error)) for r in rest if not isinstance(r, str)]
    assert failed == [(3, "it is bad"), (4, "not text in UTF-8")]
