"""Lines of standard input, and the answers to them."""

import collections
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

ERRORS = (ValueError, OSError, MemoryError)  # Of a line, rather than of the program.


class Unanswered(NamedTuple):
    """What stands in the place of an answer: the line cannot be answered."""

    number: int
    error: Exception

    def __str__(self) -> str:
        return "-\t-\t"


def read() -> Iterator[str]:
    """Yields the lines of standard input without their ends.

    Raises:
      ValueError: standard input is closed.
    """
    if sys.stdin is None:
        raise ValueError("standard input is closed: give it lines, as in `< FILE`")
    if are_typed():
        print("One per line, Ctrl-D to end:", file=sys.stderr)
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(errors="surrogateescape")  # `answers` refuses the line.
    for line in sys.stdin:
        yield line.rstrip("\r\n")


def are_typed() -> bool:
    """Tells whether lines come from a terminal."""
    return sys.stdin is not None and sys.stdin.isatty()


def one_by_one(
    ask: Callable[[Iterator[str]], Iterable[Any]],
) -> Callable[[Iterable[str]], Iterator[Any]]:
    """Returns a function that answers each line before it reads the next one.

    Args:
      ask: `lines -> records`; it may read lines ahead.
    """

    def answer(lines: Iterable[str]) -> Iterator[Any]:
        for line in lines:
            yield from ask(iter([line]))

    return answer


def answers(
    ask: Callable[[Iterator[str]], Iterable[Any]], lines: Iterable[str]
) -> Iterator[Any]:
    """Yields an answer to each line; an error answers its own line, and no other.

    Args:
      ask: `lines -> records`, one for each line, in their order; it may read lines
        ahead. Records that keep something from line to line go on after an error, as
        those of `map` do. Those of a generator end there, and `ask` is called anew.
      lines: what is asked.

    Yields:
      A record for each line, or an `Unanswered`; "" for a blank line that has none.

    Raises:
      ValueError, OSError: an error before any line was read.
    """
    number, records = 0, None
    asked: collections.deque[str] = collections.deque()  # And not yet answered.

    def take(line: str) -> str:
        asked.append(line)
        _refuse_bytes(line)
        return line

    taken = map(take, lines)  # A generator would end at the first error.
    while True:
        is_new = records is None
        try:
            records = iter(ask(taken)) if is_new else records
            for record in records:
                number += 1
                yield _told(asked.popleft(), record)
            if is_new:
                return
            records = None  # They ended at the last error, or else with the lines.
            continue
        except ERRORS as error:
            if not asked:
                raise
            failed = error
        # Where lines were read ahead, which of them it was is found one by one.
        alone = len(asked) == 1
        while asked:
            line = asked.popleft()
            number += 1
            yield Unanswered(number, failed) if alone else _ask(ask, line, number)


def _ask(ask: Callable[[Iterator[str]], Iterable[Any]], line: str, number: int) -> Any:
    """Returns the answer to one line, or an `Unanswered`."""
    try:
        _refuse_bytes(line)
        (record,) = ask(iter([line]))
        return _told(line, record)
    except ERRORS as error:
        return Unanswered(number, error)


def _told(line: str, record: Any) -> Any:
    """Returns what is printed for a line; "" in the place of columns of "-".

    Those stand for an error alone. What does answer a blank line is kept, such as a
    poem about nothing.
    """
    says_something = line.strip() or str(record).replace("-", "").strip()
    return record if says_something else ""


def streamed(
    ask: Callable[[str], Iterable[Any]], lines: Iterable[str]
) -> Iterator[Any]:
    """Yields what answers each line, record by record, and an empty text behind it.

    Args:
      ask: `line -> records`, which answer its parts as they become final.
      lines: what is asked, read one at a time.

    Yields:
      Records, an `Unanswered` where there is an error, and "" at the end of each line.
    """
    for number, line in enumerate(lines, 1):
        try:
            _refuse_bytes(line)
            yield from ask(line)
        except ERRORS as error:
            yield Unanswered(number, error)
        yield ""


def _refuse_bytes(line: str) -> None:
    """Refuses a line with bytes that are no text."""
    try:
        line.encode()
    except UnicodeEncodeError:
        raise ValueError("not text in UTF-8") from None
