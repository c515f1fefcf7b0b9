"""Sound is read as it was written, and what is no sound gets one clear line."""

import io

import numpy as np
import pytest
import soundfile

from seqnets.data import audio

RATE = 8000


def tone(hertz, seconds=0.5, rate=RATE):
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


def written(samples, rate=RATE, format="WAV", subtype="PCM_16"):
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=format, subtype=subtype)
    return file.getvalue()


@pytest.mark.parametrize(
    ("format", "subtype"),
    [("WAV", "PCM_16"), ("WAV", "PCM_U8"), ("WAV", "FLOAT"), ("WAVEX", "PCM_24")]
    + [("WAV", "ULAW"), ("FLAC", "PCM_16")],
)
def test_formats_read_back(format, subtype):
    samples = tone(440)
    found = audio.decode(written(samples, RATE, format, subtype), RATE, name="a")
    assert found.dtype == np.float32 and found.shape == samples.shape
    np.testing.assert_allclose(found, samples, atol=0.03)


def test_a_file_is_read_by_its_path(tmp_path):
    (tmp_path / "a.wav").write_bytes(written(tone(440)))
    assert len(audio.read(tmp_path / "a.wav", RATE)) == RATE // 2
    with pytest.raises(FileNotFoundError):
        audio.read(tmp_path / "b.wav", RATE)


@pytest.mark.parametrize("rate", [44_100, 16_000, 6000])
def test_other_rates_become_ours(rate):
    found = audio.decode(written(tone(440, rate=rate), rate), RATE, name="a")
    assert len(found) == RATE // 2
    middle = slice(200, -200)
    np.testing.assert_allclose(found[middle], tone(440)[middle], atol=0.01)


def test_what_is_above_half_the_rate_does_not_come_back_lower():
    found = audio.resample(tone(6000, rate=44_100), 44_100, RATE)
    assert np.abs(found[200:-200]).max() < 0.01


def test_channels_become_their_mean():
    left, right = tone(440), 0.5 * tone(300)
    found = audio.decode(written(np.stack([left, right], 1)), RATE, name="a")
    np.testing.assert_allclose(found, (left + right) / 2, atol=1e-3)


WHOLE = written(tone(440))
BAD = {
    "it is empty": b"",
    "not an audio file": b"seven, three, one\n" * 40,
    "it is cut off": WHOLE[:-300],
    "14 bytes, where its header says 8044": WHOLE[:14],
    "it has no samples": written(np.zeros(0)),
    "it is silent": written(np.zeros(400)),
    "no numbers": written(np.full(400, np.nan), subtype="FLOAT"),
}


@pytest.mark.parametrize("reason", BAD)
def test_what_is_no_sound_gets_one_clear_line(reason):
    with pytest.raises(ValueError, match=reason) as caught:
        audio.decode(BAD[reason], RATE, name="a.wav")
    message = str(caught.value)
    assert message.startswith("a.wav: ") and "\n" not in message


def test_a_size_that_was_never_known_is_no_cut():
    streamed = WHOLE[:4] + b"\xff\xff\xff\xff" + WHOLE[8:]
    assert len(audio.decode(streamed, RATE, name="a")) == RATE // 2


@pytest.mark.parametrize(
    "options",
    [{}, {"kind": "mfcc", "deltas": True}, {"stack": 3}, {"deltas": True, "stack": 4}],
    ids=str,
)
def test_features_have_their_dimension_and_rate(options):
    features = audio.Features(**options)
    xs = features(tone(440) + 0.01 * np.random.default_rng(0).normal(size=4000))
    assert xs.dtype == np.float32 and np.isfinite(xs).all()
    assert xs.shape == (-(-50 // features.stack), features.dim)
    if features.stack == 1:
        np.testing.assert_allclose(xs.mean(0), 0, atol=1e-4)
        assert (xs.std(0) < 1.001).all()


def test_higher_tones_are_in_higher_bands():
    features = audio.Features(bands=20)
    peaks = [features.spectrogram(tone(f)).mean(0).argmax() for f in (300, 900, 2500)]
    assert peaks == sorted(set(peaks))


def test_energies_are_those_of_the_discrete_fourier_transform():
    """A tone twice as loud has ln 4 more energy; here beside one that is as before."""
    loud, soft = tone(440, 0.2), tone(440, 0.2) / 2
    found = audio.Features().spectrogram(np.concatenate([loud, soft]))
    band = found.mean(0).argmax()
    difference = found[5:15, band].mean() - found[25:35, band].mean()
    assert difference == pytest.approx(np.log(4), abs=0.01)


@pytest.mark.parametrize("kind", ["mel", "mfcc"])
def test_loudness_does_not_matter(kind):
    samples = tone(440) * np.linspace(0.2, 1, 4000)
    features = audio.Features(kind=kind, deltas=True)
    np.testing.assert_allclose(features(samples), features(samples / 50), atol=2e-3)


def test_cepstra_are_cosine_sums_of_log_energies():
    samples = tone(440) + tone(1000) * np.linspace(0, 1, 4000)
    features = audio.Features(kind="mfcc", bands=12, coefficients=5)
    energies = features.spectrogram(samples)
    places = (np.arange(12) + 0.5) / 12
    waves = np.cos(np.pi * np.outer(places, np.arange(5)))
    xs = energies @ waves
    expected = (xs - xs.mean(0)) / xs.std(0)
    np.testing.assert_allclose(features(samples), expected, atol=1e-3)


def test_deltas_are_slopes():
    samples = tone(440) * np.linspace(0.1, 1, 4000)
    xs = audio.Features(bands=4, coefficients=4).spectrogram(samples)
    deltas = audio.Features(bands=4, coefficients=4, deltas=True)(samples)[:, 4:8]
    padded = np.pad(xs, ((2, 2), (0, 0)), mode="edge")
    slopes = sum(
        n * (padded[2 + n : 2 + n + len(xs)] - padded[2 - n : 2 - n + len(xs)])
        for n in (1, 2)
    )
    expected = (slopes - slopes.mean(0)) / np.maximum(slopes.std(0), 0.1)
    np.testing.assert_allclose(deltas, expected, atol=1e-3)


@pytest.mark.parametrize("size", [1, 39, 200])
def test_the_shortest_sound_has_a_step(size):
    assert len(audio.Features(stack=3)(np.full(size, 0.1))) == 1


@pytest.mark.parametrize(
    "options", [{"kind": "mels"}, {"coefficients": 27}, {"stack": 0}], ids=str
)
def test_features_that_cannot_be_are_refused(options):
    with pytest.raises(ValueError):
        audio.Features(**options)
