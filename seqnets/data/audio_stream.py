"""Features of a sound that is still coming in.

What `Features` takes from the whole recording is taken here from what has been heard of
it: the greatest energy, the frames that a slope is drawn through, and the mean and the
variance of each feature. As long as a sound is shorter than is usual, the frames that
are missing count with their usual mean and variance:

    μ = (n μ_heard + m μ_usual) / (n + m),  m = max(0, N_usual - n) for n frames heard

and the variance alike. All of it is taken anew for each window, so that a window which
reaches beyond the end of the sound has the features of the whole.
"""

import itertools
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from seqnets.data import audio
from seqnets.data.audio import LOUDEST, SHIFT, Features

REMEMBERED = 30.0  # Seconds of sound that count.
ASKED = 200  # Recordings that show what is usual.


class Usual(NamedTuple):
    """What recordings are like on the average: JSON."""

    frames: float
    mean: list[float]  # Of each feature of a frame.
    variance: list[float]  # Within a recording.


def usual(features: Features, recordings: Sequence[np.ndarray]) -> Usual:
    """Returns the average of recordings, samples [N] each, or of some of them."""
    found = []
    for samples in recordings[:: max(1, len(recordings) // ASKED)]:
        hearing = StreamingFeatures(features)
        hearing.read(samples)
        hearing.end()
        xs = hearing.frames()
        found.append((len(xs), xs.mean(0), xs.var(0)))
    frames, means, variances = zip(*found, strict=True)
    averages = (np.mean(a, 0).tolist() for a in (means, variances))
    return Usual(float(np.mean(frames)), *averages)


class StreamingFeatures:
    """Frames of a sound, read in parts of any length as it comes."""

    def __init__(
        self,
        features: Features,
        usual: Usual | None = None,
        remembered: float = REMEMBERED,
    ):
        """Begins; nothing has been heard.

        Args:
          features: of the whole sound.
          usual: what counts for frames that are missing; None: nothing does.
          remembered: seconds before the end of a window that count for it.
        """
        self._features, self._usual = features, usual
        self._bank = features.bank()
        self._frames: list[np.ndarray] = []
        self._forgotten = self._samples = 0
        self._ended = False
        self._limit = max(1, round(remembered / features.step))  # Steps.

    @property
    def steps(self) -> int:
        """How many steps have been heard; at the end, one may be filled up."""
        frames, stack = self._forgotten + len(self._frames), self._features.stack
        return -(-frames // stack) if self._ended else frames // stack

    @property
    def ended(self) -> bool:
        """Whether all has been heard."""
        return self._ended

    def read(self, samples: np.ndarray) -> None:
        """Hears the next samples [N], in [-1, 1]."""
        self._samples += len(samples)
        if len(samples):
            self._bank.accept_waveform(self._features.rate, samples * LOUDEST)
            self._take()

    def end(self) -> None:
        """Hears the end; a sound of less than a frame is followed by zeros."""
        missing = self._features.shortest - self._samples
        if missing > 0:
            self._bank.accept_waveform(self._features.rate, np.zeros(missing))
        self._bank.input_finished()
        self._ended = True
        self._take()

    def frames(self, begin: int = 0, end: int | None = None) -> np.ndarray:
        """Returns features of frames [n, D], not normalised, as known at the last."""
        low = max(0, begin - self._forgotten)
        high = None if end is None else end - self._forgotten
        return self._features.of_frames(np.stack(self._frames[low:high]))

    def window(self, begin: int, end: int) -> np.ndarray:
        """Returns features [n, dim] of steps, as known at step `end`.

        Args:
          begin: the first step.
          end: the one after the last. Where all has been heard, it may lie behind the
            end of the sound, which is then known to be the end.

        Raises:
          ValueError: the steps have not been heard, or are forgotten.
        """
        stack, last = self._features.stack, end > self.steps and self._ended
        oldest, end = self._forgotten // stack, min(end, self.steps) if last else end
        if not oldest <= begin <= end <= self.steps:
            raise ValueError(
                f"steps {begin} to {end} are not among those from {oldest} to"
                f" {self.steps} that are heard"
            )
        if begin == end:
            return np.zeros((0, self._features.dim), np.float32)
        first = max(oldest, min(begin, end - self._limit))
        xs = self.frames(first * stack, end * stack)
        mean, variance = xs.mean(0), xs.var(0)
        if self._usual is not None and not last:
            mean, variance = _mixed(len(xs), mean, variance, self._usual)
        return self._features.steps(xs, mean, np.sqrt(variance))[begin - first :]

    def forget(self, step: int) -> None:
        """Drops what no window counts that ends behind a step."""
        old = (step - self._limit) * self._features.stack
        if old > self._forgotten:
            del self._frames[: old - self._forgotten]
            self._forgotten = old

    def _take(self) -> None:
        ready, taken = self._bank.num_frames_ready, self._forgotten + len(self._frames)
        self._frames += [np.array(self._bank.get_frame(i)) for i in range(taken, ready)]
        self._bank.pop(ready - taken)


def _mixed(
    count: int, mean: np.ndarray, variance: np.ndarray, usual: Usual
) -> tuple[np.ndarray, np.ndarray]:
    """Returns mean and variance, filled up to the usual number of frames."""
    share = min(1.0, count / usual.frames)
    mixed = share * mean + (1.0 - share) * np.array(usual.mean)
    own, other = mean - mixed, usual.mean - mixed
    rest = (1.0 - share) * (np.array(usual.variance) + other**2)
    return mixed, share * (variance + own**2) + rest


def arriving(path: str | os.PathLike, rate: int) -> Iterator[np.ndarray]:
    """Yields the samples of a sound, [N] in [-1, 1], a hundredth of a second at a time.

    Args:
      path: of a file, as `audio.read` takes it; or of a named pipe, through which
        samples come as 16-bit integers (little-endian, one channel).
      rate: samples a second.

    Raises:
      OSError: there is no such file.
      ValueError: as `audio.read`; or a pipe ends within a sample, or gives none.
    """
    size = round(SHIFT * rate)
    if not (Path(path).exists() and stat.S_ISFIFO(os.stat(path).st_mode)):
        samples = audio.read(path, rate)
        for begin in range(0, len(samples), size):
            yield samples[begin : begin + size]
        return
    with open(path, "rb") as pipe:
        for count in itertools.count():
            data = pipe.read(2 * size)
            if len(data) % 2 or not (data or count):
                what = "ends within a sample" if data else "gave no samples"
                raise ValueError(f"{path}: the pipe {what}; 16 bits are one")
            yield np.frombuffer(data, "<i2").astype(np.float32) / 32768
            if len(data) < 2 * size:
                return
