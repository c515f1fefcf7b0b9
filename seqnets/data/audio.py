"""Audio: files decoded to one channel and one sampling rate, and spectral features.

A frame is 25 ms long and begins 10 ms after the one before.
"""

import dataclasses
import io
import math
import os
from pathlib import Path

import kaldi_native_fbank
import numpy as np
import scipy.fft
import scipy.signal
import soundfile

from seqnets.data import sound_files

SHIFT = 0.01  # Seconds from frame to frame.
LOUDEST = 32767  # Kaldi's constants are made for 16-bit integers.

_RANGE = 10.0  # Nats, 43 dB: energies are clipped so much below the greatest one.


def read(path: str | os.PathLike, rate: int) -> np.ndarray:
    """Reads a file; see `decode`.

    Raises:
      OSError: there is no such file.
      ValueError: as for `decode`.
    """
    return decode(Path(path).read_bytes(), rate, name=str(path))


def decode(data: bytes, rate: int, *, name: str) -> np.ndarray:
    """Decodes WAV, FLAC, Ogg, MP3 and what else is in `sound_files.FORMATS`.

    Several channels become their mean; other sampling rates are resampled to `rate`,
    without aliasing.

    Args:
      data: the contents of a file.
      rate: samples a second of what is returned.
      name: name of the file, for messages.

    Returns:
      Samples in [-1, 1], float32 [N]; resampled ones may be slightly outside.

    Raises:
      ValueError: it is not audio, is truncated, or has no samples or only zeros.
    """
    if not data:
        raise ValueError(f"{name}: not an audio file: it is empty")
    if (fault := sound_files.fault(data)) is not None:
        raise ValueError(f"{name}: {fault}")
    samples, found = _read(data, name)
    mono = samples.mean(1) if len(samples) else np.zeros(0)
    if not np.isfinite(mono).all():
        raise ValueError(f"{name}: it has samples that are no numbers")
    if not mono.any():
        what = "it is silent" if len(mono) else "it has no samples"
        raise ValueError(f"{name}: {what}")
    return resample(mono, found, rate)


def _read(data: bytes, name: str) -> tuple[np.ndarray, int]:
    """Returns the samples of a sound file, float32 [N, channels], and their rate."""
    what = "not an audio file"
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            if file.format not in sound_files.FORMATS:
                raise ValueError(
                    f"{name}: a {file.format} file may be cut without a sign; convert"
                    f" it to one of {', '.join(sound_files.FORMATS)}"
                )
            what = "it is cut off or damaged"
            rate, promised = file.samplerate, file.frames
            samples = file.read(dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        reason = error.error_string.strip().rstrip(".")
        raise ValueError(f"{name}: {what}: {reason or 'no reason given'}") from None
    if len(samples) < promised:
        raise ValueError(
            f"{name}: it is cut off: {len(samples)} samples, where its header says"
            f" {promised}"
        )
    return samples, rate


def resample(samples: np.ndarray, found: int, wanted: int) -> np.ndarray:
    """Returns samples [N] of another rate, float32."""
    if found != wanted:
        shared = math.gcd(found, wanted)
        samples = scipy.signal.resample_poly(samples, wanted // shared, found // shared)
    return samples.astype(np.float32)


@dataclasses.dataclass(frozen=True)
class Features:
    """Features of frames: log mel energies, or their cepstrum.

    mel:   ln of the energy in triangular bands, evenly spaced in mel
    mfcc:  of these the first components of their discrete cosine transform, which are
           the shape of the spectrum without its detail (Davis & Mermelstein, 1980)

    Deltas are the slopes of a line through five frames, and the slopes of these. Each
    feature has mean 0 and variance 1 over a recording, which removes the effect of
    loudness and microphone. Neighbouring frames are stacked to make fewer steps.

    Attributes:
      kind: mel or mfcc.
      rate: samples a second.
      bands: number of bands of the mel scale.
      coefficients: number of coefficients of mfcc.
      deltas: whether slopes are added to the features.
      stack: number of frames in a step.
    """

    kind: str = "mel"
    rate: int = 8000
    bands: int = 26
    coefficients: int = 13
    deltas: bool = False
    stack: int = 1

    def __post_init__(self):
        if self.kind not in ("mel", "mfcc"):
            raise ValueError(f"features are mel or mfcc, not {self.kind!r}")
        if not 1 <= self.coefficients <= self.bands or self.stack < 1:
            raise ValueError(
                f"no {self.coefficients} coefficients of {self.bands} bands, in stacks"
                f" of {self.stack}"
            )

    @property
    def dim(self) -> int:
        """The number of features of a step."""
        own = self.bands if self.kind == "mel" else self.coefficients
        return own * (3 if self.deltas else 1) * self.stack

    @property
    def step(self) -> float:
        """The seconds from step to step."""
        return SHIFT * self.stack

    @property
    def shortest(self) -> int:
        """The number of samples of a frame; shorter recordings are padded."""
        return round(2.5 * SHIFT * self.rate)

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        """Returns features of samples [N]: float32 [T, dim], at least one step."""
        xs = self.of_frames(self.spectrogram(samples))
        return self.steps(xs, xs.mean(0), xs.std(0))

    def of_frames(self, energies: np.ndarray) -> np.ndarray:
        """Returns features of ln energies [frames, bands], not normalised yet."""
        xs = _clipped(energies)
        if self.kind == "mfcc":
            xs = scipy.fft.dct(xs, norm="ortho")[:, : self.coefficients]
        if self.deltas:
            slopes = _slopes(xs)
            xs = np.concatenate([xs, slopes, _slopes(slopes)], 1)
        return xs

    def steps(self, xs: np.ndarray, mean: np.ndarray, std: np.ndarray) -> np.ndarray:
        """Normalises what `of_frames` gave, and stacks it: float32 [T, dim]."""
        xs = (xs - mean) / np.maximum(std, 1e-2)
        missing = -len(xs) % self.stack
        xs = np.pad(xs, ((0, missing), (0, 0)), mode="edge")
        return xs.reshape(-1, self.dim).astype(np.float32)

    def spectrogram(self, samples: np.ndarray) -> np.ndarray:
        """Returns ln energies of samples [N]: float32 [frames, bands]."""
        samples = np.pad(samples, (0, max(0, self.shortest - len(samples))))
        bank = self.bank()
        loudest = max(float(np.abs(samples).max()), 1e-9)
        bank.accept_waveform(self.rate, samples / loudest * LOUDEST)
        bank.input_finished()
        frames = [bank.get_frame(i) for i in range(bank.num_frames_ready)]
        return _clipped(np.stack(frames))

    def bank(self) -> kaldi_native_fbank.OnlineFbank:
        """Returns what makes ln energies of samples up to `LOUDEST`."""
        options = kaldi_native_fbank.FbankOptions()
        options.frame_opts.samp_freq = self.rate
        options.frame_opts.dither = 0.0  # Features are deterministic.
        options.frame_opts.snip_edges = False
        options.mel_opts.num_bins = self.bands
        return kaldi_native_fbank.OnlineFbank(options)


def _clipped(energies: np.ndarray) -> np.ndarray:
    return np.maximum(energies, energies.max() - _RANGE)


def _slopes(xs: np.ndarray) -> np.ndarray:
    """Returns d_t = Σ_n n (x_{t+n} - x_{t-n}) / 2 Σ_n n², n = 1, 2."""
    return scipy.signal.savgol_filter(xs, 5, 1, deriv=1, axis=0, mode="nearest")
