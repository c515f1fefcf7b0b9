"""Generated dates, written in many ways, and what they are in ISO 8601.

    Tuesday the 3rd of May 1988     1988-05-03
    Dienstag, den 3. Mai 88         1988-05-03
    5/13/88                         1988-05-13

They are English, German and French, of the years 1950 to 2049, so that each text has
one right answer: a year of two digits is one of these, between dots the day comes
first, and where a month between slashes is a number, the day is above 12.
"""

import datetime

import numpy as np

from seqnets.data.files import Place
from seqnets.datasets.dataset import Dataset, Splits, cut, pick
from seqnets.datasets.pairs import Pair

SIZES = (10_000, 1_000, 1_000)  # Pairs in train, valid and test.

_FIRST = datetime.date(1950, 1, 1).toordinal()
_LAST = datetime.date(2049, 12, 31).toordinal()

MONTHS = {
    "en": "January February March April May June July August September October"
    " November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November"
    " Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre"
    " décembre",
}
WEEKDAYS = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
}
ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
    " thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
    " twentieth"
)

# What a style may name: D, M the day and the month as numbers, DD, MM with two digits;
# Y the year, YY its last two digits; th a day such as 3rd, and day one such as "third";
# month, mon, week the names and their first three letters.
STYLES = {
    "en": (
        "{D} {month} {Y}",
        "{D} {mon} {Y}",
        "{D} {mon} {YY}",
        "{D}-{mon}-{YY}",
        "{month} {D}, {Y}",
        "{mon} {th}, {Y}",
        "{month} {th} {Y}",
        "{th} {month}, {Y}",
        "{th} of {month} {Y}",
        "the {th} of {month}, {Y}",
        "the {day} of {month} {Y}",
        "{month} the {day}, {Y}",
        "{week}, {D} {mon} {Y}",
        "{week}, {month} {th}, {Y}",
        "{week} the {th} of {month} {Y}",
        "{wk} {mon} {D} {Y}",
        "{Y} {MON} {D}",
        "{Y}/{MM}/{DD}",
        "{Y}{MM}{DD}",
    ),
    "de": (
        "{D}. {month} {Y}",
        "{D}. {month} {YY}",
        "{D}.{M}.{YY}",
        "{DD}.{MM}.{Y}",
        "{week}, {D}. {month} {Y}",
        "{week}, den {D}. {month} {YY}",
        "{wk}., {D}.{M}.{Y}",
    ),
    "fr": ("{er} {month} {Y}", "le {er} {month} {Y}", "{week} {er} {month} {Y}"),
}
# The day is above 12, so that it is seen which of the two numbers is the month.
NUMBERS = ("{D}/{M}/{Y}", "{D}/{M}/{YY}", "{M}/{D}/{Y}", "{M}/{D}/{YY}")


def read(place: Place) -> Dataset:
    """Returns the pairs; no text is in two splits.

    Returns:
      A data set of `Pair`s; its info names "source" and "target".
    """
    del place
    return Dataset(draw_splits)


def draw_splits(seed: int = 0, sizes: tuple[int, int, int] = SIZES) -> Splits:
    """Draws pairs of different texts for each split.

    Args:
      seed: of the pairs.
      sizes: pairs in train, valid and test.
    """
    rng, found = np.random.default_rng(seed), {}
    while len(found) < sum(sizes):
        pair = draw(rng)
        found[pair.source] = pair
    splits = cut(list(found.values()), sizes[0], sizes[0] + sizes[1])
    return splits | {"info": {"source": "date as written", "target": "ISO 8601"}}


def draw(rng: np.random.Generator) -> Pair:
    """Draws a day and a way to write it."""
    date = datetime.date.fromordinal(int(rng.integers(_FIRST, _LAST + 1)))
    ways = [(language, style) for language in STYLES for style in STYLES[language]]
    language, style = pick(rng, [*ways, *(("en", style) for style in NUMBERS)])
    if style in NUMBERS and date.day <= 12:
        date = date.replace(day=date.day + 12)
    return Pair(write(date, style, language), date.isoformat())


def write(date: datetime.date, style: str, language: str) -> str:
    """Writes a date.

    Args:
      date: any.
      style: with the names of its parts in braces, as in `STYLES`.
      language: of its words, "en", "de" or "fr".
    """
    month = MONTHS[language].split()[date.month - 1]
    week = WEEKDAYS[language].split()[date.weekday()]
    return style.format(
        D=date.day,
        DD=f"{date.day:02}",
        M=date.month,
        MM=f"{date.month:02}",
        Y=date.year,
        YY=f"{date.year % 100:02}",
        month=month,
        mon=month[:3],
        MON=month[:3].upper(),
        week=week,
        wk=week[: 2 if language == "de" else 3],
        th=f"{date.day}{_ending(date.day)}",
        day=_ordinal(date.day),
        er="1er" if date.day == 1 else date.day,
    )


def _ending(day: int) -> str:
    endings = {1: "st", 2: "nd", 3: "rd"}
    return "th" if 11 <= day <= 13 else endings.get(day % 10, "th")


def _ordinal(day: int) -> str:
    if day <= 20:
        return ORDINALS.split()[day - 1]
    tens, rest = ("twenty", "thirty")[day // 10 - 2], day % 10
    return f"{tens}-{ORDINALS.split()[rest - 1]}" if rest else "thirtieth"
