"""Dates in many ways: each text means one day, which a calendar finds again."""

import datetime
import re

import numpy as np
import pytest

from seqnets import datasets
from seqnets.datasets import dates

NAMES = [
    *(
        (name, i % 12 + 1)
        for i, name in enumerate(" ".join(dates.MONTHS.values()).split())
    )
]


def read(text):
    """Reads a date as a person does who knows the rules of the module."""
    words = text.lower()
    for name, value in NAMES:
        words = re.sub(rf"\b({name}|{name[:3]})\b", f" m{value} ", words, flags=re.I)
    for day in range(31, 0, -1):
        words = re.sub(rf"\b{dates._ordinal(day)}\b", str(day), words)
    words = re.sub(r"(\d)(st|nd|rd|th|er)\b", r"\1", words)
    if re.fullmatch(r"\d{8}", words):
        words = f"{words[:4]}/{words[4:6]}/{words[6:]}"
    month = [int(m) for m in re.findall(r"m(\d+)", words)]
    numbers = [n for n in re.findall(r"(?<![m\d])\d+", words)]
    if len(numbers[0]) == 4:
        year, *rest = numbers
    else:
        *rest, year = numbers
    rest = [int(n) for n in rest]
    if month:
        (day,), (month,) = rest, month
    elif len(numbers[0]) == 4 or rest[1] > 12:
        month, day = rest
    else:
        day, month = rest
    year = int(year) + (0 if len(year) == 4 else 1900 if int(year) >= 50 else 2000)
    return datetime.date(year, month, day).isoformat()


@pytest.fixture(scope="module")
def splits():
    return dates.draw_splits(sizes=(800, 100, 100))


def test_each_text_means_its_date_alone(splits):
    for split in datasets.SPLITS:
        for text, date in splits[split]:
            assert read(text) == date, text


def test_numbers_tell_which_one_is_the_month(splits):
    slashed = [
        p for s in datasets.SPLITS for p in splits[s] if p.source.count("/") == 2
    ]
    days = [int(pair.target[-2:]) for pair in slashed if pair.source.index("/") < 4]
    assert len(days) > 50 and min(days) > 12


def test_no_text_is_in_two_splits_and_all_ways_are_in_each(splits):
    texts = [pair.source for split in datasets.SPLITS for pair in splits[split]]
    assert len(set(texts)) == len(texts) == 1000
    forms = [
        {re.sub(r"\w", "x", re.sub(r"\w+", "w", p.source)) for p in splits[split]}
        for split in datasets.SPLITS
    ]
    assert forms[1] <= forms[0] and forms[2] <= forms[0]


def test_days_of_the_week_are_right(splits):
    for text, date in splits["train"]:
        for language, names in dates.WEEKDAYS.items():
            for i, name in enumerate(names.split()):
                if re.search(rf"\b{name}\b", text):
                    assert datetime.date.fromisoformat(date).weekday() == i, language


def test_the_seed_draws_the_same_again():
    first, again = (dates.draw(np.random.default_rng(3)) for _ in range(2))
    assert first == again
    found = datasets.load("dates", "pairs")
    assert found.info == {"source": "date as written", "target": "ISO 8601"}
