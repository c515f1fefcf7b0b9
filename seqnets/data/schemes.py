"""Tag schemes: the spans of a sentence, written as a tag for each of its tokens.

A tag is `O`, outside all spans, or a prefix and the kind of its span: `B-PER`; spans
without kinds, such as words, have the prefix alone. The prefixes:

            one token    first    between    last
    BIO     B            B        I          I         (also known as IOB2)
    BMES    S            B        M          E
    IOBES   S            B        I          E

Spans are read leniently, as the evaluation of CoNLL-2000 reads them (Tjong Kim Sang and
Buchholz, 2000): every token that is not `O` is in a span, and it is in that of its left
neighbour exactly where the neighbour is B, I or M, it is itself I, M or E, and the two
have one kind. So I without a B begins a span, as does a change of kind; and a span ends
where it is not continued, with an E or without.
"""

import functools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

SCHEMES = ("BIO", "BMES", "IOBES")

OUTSIDE = "O"
_PREFIXES = {"BIO": (*"BIO",), "BMES": (*"BMESO",), "IOBES": (*"BIESO",)}
_OPEN = frozenset("BIM")  # After these a span may continue; in BIO it need not.
_ONWARD = frozenset("IME")  # These continue a span.


class Span(NamedTuple):
    begin: int
    end: int  # The place after the last token.
    kind: str  # Empty where spans have no kinds.


def split(tag: str) -> tuple[str, str]:
    """Returns prefix and kind of a tag: `B-PER` is B and PER."""
    prefix, _, kind = tag.partition("-")
    return prefix, kind


def check(tags: Iterable[str], scheme: str) -> None:
    """Checks that each tag is one of a scheme; sequences are not checked.

    Raises:
      ValueError: for a tag that is not, with its position; or there is no such
        scheme.
    """
    for position, tag in enumerate(tags):
        reason = fault(tag, scheme)
        if reason is not None:
            raise ValueError(f"tag {position}, {tag!r}, {reason}")


@functools.cache
def fault(tag: str, scheme: str) -> str | None:
    """Returns why a tag is not in a scheme, or None if it is.

    Raises:
      ValueError: there is no such scheme.
    """
    require_scheme(scheme)
    prefix, kind = split(tag)
    if prefix not in _PREFIXES[scheme]:
        return f"is not in {scheme}: tags begin with {' '.join(_PREFIXES[scheme])}"
    if prefix == OUTSIDE and tag != OUTSIDE:
        return f"is not in {scheme}: {OUTSIDE} has no kind"
    if tag != prefix and not kind:
        return f"is not in {scheme}: no kind after the hyphen"
    return None


def fitting(tags: Iterable[str]) -> str:
    """Guesses a scheme: the first in `SCHEMES` that has the prefixes of all the tags.

    Tags with I are BIO, or IOBES if there is E or S too; tags with M are BMES. With
    neither I nor M, tags mean the same in each scheme that has them.

    Raises:
      ValueError: no scheme has them all.
    """
    found = {split(tag)[0] for tag in tags}
    for scheme in SCHEMES:
        if found <= set(_PREFIXES[scheme]):
            return scheme
    shown = " ".join(sorted(found)[:9])
    raise ValueError(
        f"the tags begin with {shown}, and none of {', '.join(SCHEMES)} has all these"
    )


def spans_of(tags: Sequence[str], scheme: str) -> list[Span]:
    """Reads the spans from the tags of a sentence, leniently.

    Raises:
      ValueError: as `check`.
    """
    check(tags, scheme)
    spans, before = [], (OUTSIDE, "")
    for place, (prefix, kind) in enumerate(map(split, tags)):
        if prefix in _ONWARD and before[0] in _OPEN and kind == before[1]:
            spans[-1] = spans[-1]._replace(end=place + 1)
        elif prefix != OUTSIDE:
            spans.append(Span(place, place + 1, kind))
        before = prefix, kind
    return spans


def tags_of(spans: Iterable[Span], length: int, scheme: str) -> list[str]:
    """Writes spans, in any order, as the tags of a sentence.

    Args:
      length: the number of tokens; those in no span are `O`.

    Raises:
      ValueError: two spans overlap, or one is empty or not within the sentence.
    """
    require_scheme(scheme)
    tags = [OUTSIDE] * length
    for begin, end, kind in spans:
        if not 0 <= begin < end <= length:
            raise ValueError(f"no span {begin}:{end} in a sentence of {length} tokens")
        if any(tag != OUTSIDE for tag in tags[begin:end]):
            raise ValueError(f"the span {begin}:{end} overlaps another")
        ending = f"-{kind}" if kind else ""
        tags[begin:end] = [p + ending for p in _prefixes(end - begin, scheme)]
    return tags


def tags_of_kind(kind: str, scheme: str) -> list[str]:
    """Returns all tags of one kind of span.

    Raises:
      ValueError: there is no such scheme.
    """
    require_scheme(scheme)
    ending = f"-{kind}" if kind else ""
    return [p + ending for p in _PREFIXES[scheme] if p != OUTSIDE]


def _prefixes(length: int, scheme: str) -> str:
    if scheme == "BIO":
        return "B" + "I" * (length - 1)
    if length == 1:
        return "S"
    return "B" + ("M" if scheme == "BMES" else "I") * (length - 2) + "E"


def convert(tags: Sequence[str], old: str, new: str) -> list[str]:
    """Writes the spans of some tags in another scheme.

    Within one scheme, tags that only a lenient reading takes become such as `allowed`
    allows.
    """
    return tags_of(spans_of(tags, old), len(tags), new)


def allowed(
    tags: Sequence[str], scheme: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns which sequences of tags `tags_of` can write.

    Args:
      tags: the K tags that there are, in the order of their ids.

    Returns:
      transition: bool [K, K], whether the second may follow the first.
      start: bool [K], whether a sentence may begin with it.
      stop: bool [K], whether a sentence may end with it.

    Raises:
      ValueError: as `check`.
    """
    check(tags, scheme)
    pairs = [split(tag) for tag in tags]
    onward = np.array([prefix in _ONWARD for prefix, _ in pairs], bool)
    open_ = np.array([prefix in _OPEN for prefix, _ in pairs], bool)
    unfinished = open_ & (scheme != "BIO")
    kinds = np.array([kind for _, kind in pairs], object)
    same = kinds[:, None] == kinds
    continued = open_[:, None] & same
    transition = np.where(onward, continued, ~unfinished[:, None])
    return transition, ~onward, ~unfinished


def require_scheme(scheme: str) -> None:
    """Raises ValueError for an unknown scheme."""
    if scheme not in SCHEMES:
        raise ValueError(f"no scheme {scheme!r}: there are {', '.join(SCHEMES)}")
