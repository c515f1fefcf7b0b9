"""Chorales by rules, of which every probability is known (kind "music").

A piece is in one of five keys, major or minor, which is its style: four phrases of
eight beats. The chord of a beat follows from the one before by `FOLLOWS`, the last two
of a phrase are a cadence, IV V and V I in turn. The soprano moves to a tone of the
chord, a near one rather than a far one; alto and tenor are the next tones of the chord
below it, and the bass has the root. So a beat of a known key tells chord and soprano,
and what the rules know of the next beat, from the beats before, is computed exactly.
"""

import functools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from seqnets.data.files import Place
from seqnets.data.piano_roll import KEYS, from_pitches
from seqnets.datasets.dataset import Dataset, cut, pick
from seqnets.datasets.music import Piece, dataset

SIZES = 900, 100, 100
PHRASE, PHRASES = 8, 4  # Beats, and phrases of a piece.
TONICS = (0, 2, 5, 7, 9)  # C, D, F, G and A.

# By mode: the chords I, II, IV, V and VI, in semitones above the key, the root first.
CHORDS = {
    "major": ((0, 4, 7), (2, 5, 9), (5, 9, 0), (7, 11, 2), (9, 0, 4)),
    "minor": ((0, 3, 7), (2, 5, 8), (5, 8, 0), (7, 11, 2), (8, 0, 3)),
}
TONIC, SUBDOMINANT, DOMINANT = 0, 2, 3  # I, IV and V.
CADENCES = (SUBDOMINANT, DOMINANT), (DOMINANT, TONIC)
# Tenths: how often the chords I, II, IV, V and VI follow each of them.
FOLLOWS = ((1, 2, 3, 3, 1), (0, 1, 0, 8, 1), (2, 2, 1, 5, 0), (6, 0, 0, 2, 2),
           (0, 4, 4, 2, 0))  # fmt: skip
# How readily the soprano moves by so many semitones.
STEPS = (3, 6, 6, 3, 3, 2, 1, 2)
SOPRANO = range(62, 80)
_BASS = 40  # The lowest root.


class State(NamedTuple):
    """A beat of a piece in a known key."""

    chord: int
    soprano: int  # A MIDI note.


Frame = tuple[int, ...]  # MIDI notes, the soprano first.


def read(place: Place) -> Dataset:
    """Draws 1,100 chorales."""
    del place

    def draw_all() -> dict[str, Sequence[Piece]]:
        rng = np.random.default_rng(1685)
        pieces = [draw(rng, ("major", "minor")[i % 2]) for i in range(sum(SIZES))]
        return cut(pieces, SIZES[0], SIZES[0] + SIZES[1])

    return dataset(draw_all, dict.fromkeys(CHORDS, 1))


def draw(rng: np.random.Generator, mode: str) -> Piece:
    """Draws a piece in one of `TONICS`; the mode is "major" or "minor"."""
    key, states = pick(rng, TONICS), []
    for beat in range(PHRASE * PHRASES):
        choices = following(mode, key, beat, states[-1] if states else None)
        states.append(list(choices)[rng.choice(len(choices), p=list(choices.values()))])
    roll, _ = from_pitches(frame(mode, key, state) for state in states)
    return Piece(mode, roll)


@functools.cache
def frame(mode: str, key: int, state: State) -> Frame:
    """Returns the notes of a beat: soprano, alto, tenor and bass."""
    root, *_ = tones = [(key + tone) % 12 for tone in CHORDS[mode][state.chord]]
    below = (p for p in range(state.soprano - 1, 0, -1) if p % 12 in tones)
    return state.soprano, next(below), next(below), _BASS + (root - _BASS) % 12


def following(
    mode: str, key: int, beat: int, state: State | None
) -> dict[State, float]:
    """Returns what may come at a beat, and how probable it is.

    Args:
      mode: "major" or "minor".
      key: 0 to 11, C to B.
      beat: from 0 on.
      state: of the beat before; None at the first one.
    """
    phrase, place = divmod(beat, PHRASE)
    return _following(mode, key, state, place - PHRASE + 2, phrase % len(CADENCES))


@functools.cache
def _following(mode, key, state, of_cadence, cadence):
    if state is None:
        chords = {TONIC: 1.0}
    elif of_cadence >= 0:
        chords = {CADENCES[cadence][of_cadence]: 1.0}
    else:
        chords = {c: n / 10 for c, n in enumerate(FOLLOWS[state.chord]) if n}
    found = {}
    for chord, p in chords.items():
        tones = [(key + tone) % 12 for tone in CHORDS[mode][chord]]
        weights = {s: _step(s, state) for s in SOPRANO if s % 12 in tones}
        total = sum(weights.values())
        found |= {State(chord, s): p * w / total for s, w in weights.items() if w}
    return found


def _step(soprano: int, state: State | None) -> int:
    if state is None:
        return 1
    size = abs(soprano - state.soprano)
    return STEPS[size] if size < len(STEPS) else 0


def floors(pieces: Iterable[Piece]) -> dict[str, float]:
    """Returns the nats a frame of the rules themselves, frames 2, 3 ... of each piece.

    "the rules" is -ln p of the whole frame, the entropy; "the rules, key by key" takes
    the keys for independent given the past, as a net with a sigmoid for each key does,
    and is the least that such a net can reach:

    -Σ_k ln p(y_k | the frames before),  p(y_k) = Σ_frames p(frame) y_k(frame)

    The style is known, the key is inferred from the frames by Bayes' rule.
    """
    joint = by_key = count = 0.0
    for style, roll in pieces:
        frames = [tuple(np.flatnonzero(row).tolist()) for row in roll]
        belief = {(key, None): 1 / len(TONICS) for key in TONICS}
        for beat, own in enumerate(frames):
            outcomes = _outcomes(style, beat, belief)
            there = outcomes.pop(own)
            p = sum(there.values())
            if beat:
                joint -= np.log(p)
                by_key -= _log_keys(own, p, outcomes)
                count += 1
            belief = {state: q / p for state, q in there.items()}
    return {"the rules": float(joint / count), "the rules, key by key": by_key / count}


def _outcomes(style, beat, belief):
    """Returns {keys of a frame: {(key, state): probability}}."""
    found = {}
    for (key, before), q in belief.items():
        for state, p in following(style, key, beat, before).items():
            keys = _keys(style, key, state)
            own = found.setdefault(keys, {})
            own[key, state] = own.get((key, state), 0.0) + q * p
    return found


@functools.cache
def _keys(style: str, key: int, state: State) -> Frame:
    roll, _ = from_pitches([frame(style, key, state)])
    return tuple(np.flatnonzero(roll[0]).tolist())


def _log_keys(own: Frame, p: float, others) -> float:
    """Returns Σ_k ln p(y_k), of a frame with probability p, others with theirs."""
    on = np.zeros(KEYS)
    off = np.zeros(KEYS)
    for keys, states in ((own, {None: p}), *others.items()):
        sounding = np.isin(np.arange(KEYS), keys)
        on += sounding * sum(states.values())
        off += ~sounding * sum(states.values())
    return float(np.log(np.where(np.isin(np.arange(KEYS), own), on, off)).sum())
