"""A sound heard in parts has, at its end, the features of the whole."""

import os
import threading

import numpy as np
import pytest
import soundfile

from seqnets.data import audio
from seqnets.data.audio_stream import StreamingFeatures, Usual, arriving, usual

RATE = 8000
KINDS = [
    audio.Features(bands=6, coefficients=6),
    audio.Features(bands=6, coefficients=6, stack=3),
    audio.Features("mfcc", bands=8, coefficients=4, deltas=True, stack=2),
]


def sound(seconds=0.7, seed=0):
    rng = np.random.default_rng(seed)
    times = np.arange(int(seconds * RATE)) / RATE
    loud = np.where((times * 5).astype(int) % 2, 0.3, 0.01)
    return (loud * rng.standard_normal(len(times))).astype(np.float32)


def heard(features, samples, sizes=(), **options):
    found = StreamingFeatures(features, **options)
    for part in np.split(samples, sizes):
        found.read(part)
    found.end()
    return found


@pytest.mark.parametrize("features", KINDS, ids=repr)
def test_all_that_was_heard_has_the_features_of_the_whole(features):
    samples = sound()
    found = heard(features, samples, (3, 3, 1000, 4000))
    whole = features(samples)
    assert found.steps == len(whole)
    np.testing.assert_allclose(
        found.window(0, found.steps), whole, rtol=1e-4, atol=1e-3
    )
    with_usual = heard(features, samples, usual=usual(features, [sound(9.0, 2)]))
    for n in (1, 100):  # What reaches beyond the end needs nothing usual.
        end = with_usual.window(2, found.steps + n)
        np.testing.assert_array_equal(end, found.window(2, found.steps))
    assert np.abs(with_usual.window(2, found.steps) - end).max() > 0.1


@pytest.mark.parametrize("features", KINDS, ids=repr)
def test_a_window_does_not_depend_on_what_comes_later_or_how_it_came(features):
    samples = sound()
    other = np.concatenate([samples[:4000], sound(0.3, 1)])
    end = heard(features, samples[:4000]).steps - 2
    one, two = heard(features, samples), heard(features, other, range(80, 6400, 80))
    np.testing.assert_array_equal(one.window(4, end), two.window(4, end))


def test_what_is_usual_counts_for_the_frames_that_are_missing():
    """Mean and variance are those of as many frames as are usual, by brute force."""
    features, samples = KINDS[1], sound()
    rng = np.random.default_rng(3)
    frames = 40
    drawn = rng.normal(9.0, 2.0, (frames, 6))
    own = Usual(frames, drawn.mean(0).tolist(), drawn.var(0).tolist())
    found = heard(features, samples, usual=own)
    for steps in (2, 9, 13, 20):
        xs = found.frames(0, 3 * steps).astype(float)
        missing = max(0, frames - len(xs))
        # As many numbers of the same mean and variance as those drawn.
        ends = np.sqrt(own.variance) * np.array([[1.0], [-1.0]]) + own.mean
        pooled = np.concatenate([np.repeat(xs, 2, 0), *[ends] * missing])
        expected = features.steps(xs, pooled.mean(0), pooled.std(0))
        window = found.window(0, steps)
        np.testing.assert_allclose(window, expected, rtol=1e-4, atol=1e-4)


def test_what_is_usual_is_the_average_of_recordings():
    features, recordings = KINDS[2], [sound(0.5, 1), sound(0.9, 2)]
    xs = [heard(features, samples).frames() for samples in recordings]
    found = usual(features, recordings)
    assert found.frames == np.mean([len(x) for x in xs])
    np.testing.assert_allclose(found.mean, np.mean([x.mean(0) for x in xs], 0))
    np.testing.assert_allclose(found.variance, np.mean([x.var(0) for x in xs], 0))


def test_steps_are_there_once_their_frames_are():
    features = KINDS[1]
    found, steps = StreamingFeatures(features), []
    for part in np.split(sound(), range(80, 5600, 80)):
        found.read(part)
        steps.append(found.steps)
        assert not found.ended
    # Frame i is 200 samples around 80 i + 40: it is there two shifts later.
    assert steps == [max(0, (i - 1) // 3) for i in range(1, 71)]
    found.end()
    assert found.ended and found.steps == 24


def test_what_is_long_ago_is_forgotten():
    features, samples = KINDS[1], sound(2.0)
    short = heard(features, samples, remembered=0.3)  # Ten steps.
    later = heard(features, samples[1200:], remembered=0.3)  # Five steps on.
    window = later.window(20, 24)
    np.testing.assert_allclose(short.window(25, 29), window, rtol=1e-4, atol=1e-3)
    short.forget(25)
    np.testing.assert_allclose(short.window(25, 29), window, rtol=1e-4, atol=1e-3)
    with pytest.raises(ValueError, match="steps 3 to 5 are not among those from 15"):
        short.window(3, 5)
    with pytest.raises(ValueError, match="are not among"):
        short.window(100, 101)
    going_on = StreamingFeatures(features)
    going_on.read(samples)
    with pytest.raises(ValueError, match=f"steps 3 to 99 .* to {going_on.steps} "):
        going_on.window(3, 99)


@pytest.mark.parametrize("samples", [np.zeros(0, "f"), np.ones(3, "f")], ids=len)
def test_a_sound_of_less_than_a_frame_has_a_step(samples):
    found = heard(KINDS[0], samples)
    assert found.steps >= 1 and np.isfinite(found.window(0, found.steps)).all()


def test_files_and_pipes_arrive_piece_by_piece(tmp_path):
    samples = sound(0.1)
    path, pipe = tmp_path / "a.wav", tmp_path / "pipe"
    soundfile.write(path, samples, RATE)
    pieces = list(arriving(path, RATE))
    assert {len(piece) for piece in pieces} == {80}
    np.testing.assert_array_equal(np.concatenate(pieces), audio.read(path, RATE))

    def piped(data):
        def write():
            with open(pipe, "wb") as file:
                file.write(data)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            return np.concatenate(list(arriving(pipe, RATE)))
        finally:
            writer.join()

    os.mkfifo(pipe)
    data = np.round(samples[:-7] * 32768).astype("<i2").tobytes()
    np.testing.assert_allclose(piped(data), samples[:-7], atol=2e-5)
    with pytest.raises(ValueError, match="pipe: the pipe ends within a sample"):
        piped(data[:-1])
    with pytest.raises(ValueError, match="pipe: the pipe gave no samples"):
        piped(b"")
    with pytest.raises(FileNotFoundError):
        next(arriving(tmp_path / "none", RATE))
