"""Chorales keep to their rules, and what the rules know is computed exactly."""

import math

import numpy as np
import pytest

from seqnets.data.piano_roll import from_pitches
from seqnets.datasets import chorale_rules as rules
from seqnets.datasets.chorale_rules import Piece


def test_what_may_follow_has_probabilities_that_sum_to_one():
    for mode in rules.CHORDS:
        state = None
        for beat in range(2 * rules.PHRASE):
            found = rules.following(mode, 4, beat, state)
            assert sum(found.values()) == pytest.approx(1)
            state = max(found, key=lambda s: (found[s], s))


def test_a_beat_of_a_known_key_tells_chord_and_soprano():
    for mode, chords in rules.CHORDS.items():
        seen = {}
        for chord in range(len(chords)):
            for soprano in rules.SOPRANO:
                tones = [(2 + tone) % 12 for tone in chords[chord]]
                if soprano % 12 not in tones:
                    continue
                state = rules.State(chord, soprano)
                notes = rules.frame(mode, 2, state)
                assert {note % 12 for note in notes} == set(tones)
                assert list(notes) == sorted(set(notes), reverse=True)
                assert seen.setdefault(notes, state) == state


def test_phrases_end_in_cadences(monkeypatch):
    rng = np.random.default_rng(0)
    for mode in rules.CHORDS:
        style, roll = rules.draw(rng, mode)
        assert style == mode and roll.shape == (32, 88)
        dominant, tonic = (np.flatnonzero(roll[t])[0] % 12 for t in (14, 15))
        assert (dominant - tonic) % 12 == 7


def every_piece(mode, beats):
    """Yields all frames that begin a piece, with the probability of each."""
    paths = [(1 / len(rules.TONICS), key, ()) for key in rules.TONICS]
    for beat in range(beats):
        paths = [
            (p * q, key, (*states, state))
            for p, key, states in paths
            for state, q in rules.following(
                mode, key, beat, states[-1] if states else None
            ).items()
        ]
    for p, key, states in paths:
        yield p, tuple(rules.frame(mode, key, state) for state in states)


def test_the_floors_are_those_of_the_sum_over_all_pieces():
    _, roll = rules.draw(np.random.default_rng(4), "minor")
    found = rules.floors([Piece("minor", roll[:3])])
    own = [frozenset((np.flatnonzero(row) + 21).tolist()) for row in roll[:3]]
    joint = by_key = 0.0
    pieces = [
        (p, list(map(frozenset, frames))) for p, frames in every_piece("minor", 3)
    ]
    for t in (1, 2):
        after = [(p, f[t]) for p, f in pieces if f[:t] == own[:t]]
        total = math.fsum(p for p, _ in after)
        joint -= math.log(math.fsum(p for p, f in after if f == own[t]) / total)
        for note in range(21, 109):
            same = (p for p, f in after if (note in f) == (note in own[t]))
            by_key -= math.log(math.fsum(same) / total)
    assert found["the rules"] == pytest.approx(joint / 2)
    assert found["the rules, key by key"] == pytest.approx(by_key / 2)
    assert joint < by_key


def test_a_frame_has_four_keys():
    _, roll = rules.draw(np.random.default_rng(1), "major")
    assert (roll.sum(1) == 4).all()
    assert from_pitches([])[0].shape == (0, 88)
