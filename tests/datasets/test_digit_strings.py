"""Strings of digits: all recordings in each pass, in order, with gaps between."""

import collections

import numpy as np
import pytest

from seqnets.datasets import digit_strings
from seqnets.datasets.audio import RATE, Recording


def recorded(speakers=("ann", "bob"), digits=range(10), numbers=range(12)):
    """Recordings whose samples tell them apart."""
    return [
        Recording(d, s, n, np.full(80 + n, 0.1 + d / 100, np.float32))
        for s in speakers
        for d in digits
        for n in numbers
    ]


def test_every_recording_is_in_one_string_of_each_pass():
    found = recorded()
    strings = digit_strings.join(found, 3, digits=(2, 5))
    spoken = collections.Counter(digit for s in strings for digit in s.digits)
    assert spoken == dict.fromkeys(range(10), 3 * 24)
    sizes = collections.Counter(len(s.digits) for s in strings)
    assert max(sizes) == 5 and min(sizes.most_common(4))[0] >= 2
    assert sum(sizes[n] for n in sizes if n < 2) <= 3 * 2


def test_strings_are_recordings_in_order_with_gaps_between():
    found = recorded(speakers=("ann",), digits=(1, 4, 8))
    options = {"digits": (3, 3), "gap": (0.05, 0.1)}
    for digits, samples in digit_strings.join(found, 2, **options):
        levels = np.round(100 * samples - 10).astype(int)
        order = [digit for digit in levels if digit in (1, 4, 8)]
        # Noise may look like a digit for a sample or two.
        runs = [d for i, d in enumerate(order) if order[i : i + 9] == [d] * 9]
        assert tuple(dict.fromkeys(runs)) == tuple(dict.fromkeys(digits))
        spoken = 3 * 85
        assert 4 * 400 + spoken - 20 <= len(samples) <= 4 * 800 + spoken + 20


def test_a_string_is_of_one_speaker():
    found = [r._replace(digit=0 if r.speaker == "ann" else 1) for r in recorded()]
    for digits, _ in digit_strings.join(found, 1):
        assert len(set(digits)) == 1


def test_strings_are_a_function_of_the_seed():
    found = recorded()
    one, same, other = (
        [s.text for s in digit_strings.join(found, 1, seed=s)] for s in (0, 0, 1)
    )
    assert one == same != other


def test_stretching_changes_length_and_pitch():
    tone = np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE).astype(np.float32)
    found = [Recording(5, "ann", n, tone) for n in range(12)]
    options = {"digits": (1, 1), "gap": (0.0, 0.0), "stretch": 0.2}
    for _, samples in digit_strings.join(found, 1, **options):
        factor = RATE / len(samples)
        hertz = np.abs(np.fft.rfft(samples, 4 * RATE)).argmax() / 4
        assert 0.79 < factor < 1.21
        assert hertz == pytest.approx(1000 * factor, rel=0.01)


def test_telephone_numbers_have_few_beginnings_and_any_end():
    found = recorded(numbers=range(35))
    strings = digit_strings.dial(found, 4, seed=3)
    assert len(strings) == 4 * 2 * 50
    assert {len(s.digits) for s in strings} == {7}
    prefixes = digit_strings.telephones()
    assert {s.digits[:5] for s in strings} == set(prefixes)
    assert len(set(prefixes)) == digit_strings.AREAS * digit_strings.EXCHANGES
    assert len({prefix[:3] for prefix in prefixes}) == digit_strings.AREAS
    assert len({s.digits[5:] for s in strings}) > 90
    again = digit_strings.dial(found, 4, seed=3)
    assert [s.digits for s in again] == [s.digits for s in strings]


def test_a_number_needs_a_recording_of_every_digit():
    with pytest.raises(ValueError, match="bob has no recording of the digit 7"):
        digit_strings.dial(recorded()[:120] + recorded(("bob",), range(7)), 1)
