"""A recogniser of sounds that answers while it listens.

The net reads chunks, each with the look-ahead behind it, and its features are taken
from what has been heard so far (`seqnets.data.audio_stream`). A figure shows what the
one and the other cost.
"""

import functools
import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

import jax
import numpy as np
from jax import Array

from seqnets import metrics
from seqnets.data import audio_stream, tsv
from seqnets.data.audio_stream import REMEMBERED, StreamingFeatures, Usual, arriving
from seqnets.decode import incremental
from seqnets.look_ahead import start
from seqnets.tasks.delays import Delays
from seqnets.training.task import Params

LOOK_AHEADS = (0, 2, 4, 8, 16, 32)  # Steps, of the figure.
CHUNK, LOOK_AHEAD = 0.1, 0.5  # Seconds.
STREAMED = 100  # Strings that the figure asks.
ROWS = 64  # Strings that are read side by side.


class Heard(NamedTuple):
    """A symbol, and the seconds of sound at which it was said, and was final.

    A beam says it at the frame since which its best labels have it.
    """

    symbol: str
    said: float
    final: float

    def __str__(self) -> str:
        return tsv.row(self.symbol, f"{self.said:.2f}", f"{self.final:.2f}")


class Source(Protocol):
    """Features that windows are cut from; see `StreamingFeatures`."""

    steps: int

    def window(self, begin: int, end: int) -> np.ndarray:
        """Returns features [n, D] of the steps there are."""


class Recorded(NamedTuple):
    """Features [T, D] that were taken from a whole recording."""

    xs: np.ndarray

    @property
    def steps(self) -> int:
        return len(self.xs)

    def window(self, begin: int, end: int) -> np.ndarray:
        return self.xs[begin:end]


class StreamingRecogniser:
    """What a CTC recogniser adds to a task, to answer while it listens.

    A subclass has `model`, with a method `hear` and a field `recurrent`; `features`;
    `strings` of a split, with `text` and `samples`; `decoding`, the options of
    `ctc_decoder.decode`; and `symbols`. It sets
    `self.hear = jax.jit(self._hear, static_argnames="chunk")`.
    """

    def stream(
        self,
        params: Params,
        line: str,
        *,
        chunk: float = CHUNK,
        look_ahead: float = LOOK_AHEAD,
    ) -> Iterator[Heard]:
        """Yields the symbols of a sound file, each as soon as it is final.

        Args:
          params: parameters of the model.
          line: the path of a sound file; or of a pipe, through which samples come as
            16-bit integers (little-endian, one channel, at the rate of the features).
          chunk: seconds of sound that are read at a time.
          look_ahead: seconds of sound behind a chunk that are awaited first.
        """
        if line.strip():
            pieces = arriving(line.strip(), self.features.rate)
            sizes = {"chunk": chunk, "look_ahead": look_ahead}
            yield from self.listen(params, pieces, **sizes)

    def listen(
        self,
        params: Params,
        pieces: Iterable[np.ndarray],
        *,
        chunk: float = CHUNK,
        look_ahead: float = LOOK_AHEAD,
    ) -> Iterator[Heard]:
        """Yields the symbols of a sound while it comes in.

        Args:
          params: parameters of the model.
          pieces: samples [N] in [-1, 1], at the rate of the features, of any N each.
          chunk, look_ahead: as of `stream`.

        Raises:
          ValueError: for a chunk or a look-ahead that is no duration, or too long.
        """
        n, ahead = self.sizes(chunk, look_ahead)
        source = StreamingFeatures(self.features, self.usual)
        reader = incremental.reader(**self.decoding)
        state, begin, samples = self._start(params, 1), 0, 0
        step, rate = self.features.step, self.features.rate

        def named(said: Sequence[incremental.Said]) -> Iterator[Heard]:
            for label, frame in said:
                yield Heard(self.symbols[label], frame * step, samples / rate)

        for piece in itertools.chain(pieces, [None]):
            if piece is None:
                source.end()
            else:
                source.read(piece)
                samples += len(piece)
            awaited = 1 if source.ended else n + ahead
            while source.steps - begin >= awaited:
                state, found = self._windows(params, state, [source], begin, n, ahead)
                yield from named(reader.read(found[0]))
                begin += n
                source.forget(begin)
        yield from named(reader.end())

    @functools.cached_property
    def usual(self) -> Usual:
        """What recordings of training are like; older runs do not have it."""

        def make() -> list[Any]:
            recordings = [string.samples for string in self.strings("train")]
            return list(audio_stream.usual(self.features, recordings))

        def is_usual(value: Any) -> bool:
            if not (
                isinstance(value, list) and len(value) == 3 and _positive(value[0])
            ):
                return False
            sizes = [len(a) if isinstance(a, list) else 0 for a in value[1:]]
            return sizes == 2 * [self.features.dim // self.features.stack]

        options = {"check": is_usual, "needed": False}
        return Usual(*self.assets.keep("usual.json", make, **options))

    def sizes(self, chunk: float, look_ahead: float) -> tuple[int, int]:
        """Returns a chunk and a look-ahead, given in seconds, in steps."""
        for name, value in (("chunk", chunk), ("look_ahead", look_ahead)):
            least = "more than 0" if name == "chunk" else "0 or more"
            if not math.isfinite(value) or value < 0 or (name == "chunk" and not value):
                raise ValueError(f"{name} must be {least} seconds, not {value}")
        if chunk + look_ahead > REMEMBERED:
            raise ValueError(
                f"chunk and look_ahead must be at most {REMEMBERED:g} seconds together,"
                f" not {chunk + look_ahead:g}"
            )
        step = self.features.step
        return max(1, round(chunk / step)), round(look_ahead / step)

    def _start(self, params: Params, rows: int) -> Any:
        net = self.model.recurrent
        own = params["recurrent"]["cell"]
        return start(net.cell, own, rows, self.model.dtype, net.direction)

    def _hear(
        self, params: Params, state: Any, frames: Array, mask: Array, *, chunk: int
    ) -> tuple[Any, Array]:
        """Returns the next state, and the scores [B, N, K] of a chunk."""
        how = {"state": state, "mask": mask, "look_ahead": frames.shape[1] - chunk}
        state, logits = self.model.apply(
            {"params": params}, frames, **how, method="hear"
        )
        return state, logits[:, :chunk]

    def _windows(
        self,
        params: Params,
        state: Any,
        sources: Sequence[Source],
        begin: int,
        chunk: int,
        look_ahead: int,
        width: int | None = None,
    ) -> tuple[Any, list[np.ndarray]]:
        """Reads the chunks of all sources that begin at a step.

        Args:
          width: steps of the arrays, so that look-aheads can share a compilation.

        Returns:
          The state after them, and the scores [n, K] of the steps there are.
        """
        width = chunk + look_ahead if width is None else width
        frames = np.zeros((len(sources), width, self.features.dim), np.float32)
        mask = np.zeros(frames.shape[:2], bool)
        for row, source in enumerate(sources):
            if begin < source.steps:
                xs = source.window(begin, begin + chunk + look_ahead)
                frames[row, : len(xs)] = xs
                mask[row, : len(xs)] = True
        state, logits = self.hear(params, state, frames, mask, chunk=chunk)
        logits = jax.device_get(logits)
        sizes = [min(max(source.steps - begin, 0), chunk) for source in sources]
        return state, [row[:n] for row, n in zip(logits, sizes, strict=True)]

    def read_all(
        self,
        params: Params,
        sources: Sequence[Source],
        chunk: int,
        look_ahead: int,
        width: int | None = None,
    ) -> list[np.ndarray]:
        """Returns the scores [T, K] of sounds, as a stream would have given them.

        Args:
          params: parameters of the model.
          sources: features of sounds that have ended.
          chunk, look_ahead: steps.
          width: as many or more than both; results depend on it by rounding only.
        """
        found = []
        for first in range(0, len(sources), ROWS):
            own = list(sources[first : first + ROWS])
            parts: list[list[np.ndarray]] = [[] for _ in own]
            if len(sources) > ROWS:  # All groups have one shape.
                own += [Recorded(np.zeros((0, self.features.dim)))] * (ROWS - len(own))
            state = self._start(params, len(own))
            for begin in range(0, max(source.steps for source in own), chunk):
                sizes = begin, chunk, look_ahead, width
                state, rows = self._windows(params, state, own, *sizes)
                for part, row in zip(parts, rows, strict=False):
                    part.append(row)
            found += map(np.concatenate, parts)
        return found

    def delays(self, params: Params, spoken: Sequence[Any]) -> Delays:
        """Measures the error rate of streams against their look-ahead, in seconds.

        One curve limits the look-ahead alone; the other one takes features from what
        has been heard so far as well.

        Args:
          params: parameters of the model.
          spoken: strings with `text` and `samples`.
        """
        step, (chunk, _) = self.features.step, self.sizes(CHUNK, 0.0)
        width = chunk + LOOK_AHEADS[-1]
        known = [Recorded(self.features(string.samples)) for string in spoken]
        longest = max(source.steps for source in known)
        heard = [self._heard(string.samples) for string in spoken]
        named = {"of the whole recording": known, "of what was heard so far": heard}
        curves = {
            f"features {name}": [
                self._rate(self.read_all(params, sources, chunk, n, width), spoken)
                for n in LOOK_AHEADS
            ]
            for name, sources in named.items()
        }
        whole = self._rate(self.read_all(params, known, longest, 0), spoken)
        return Delays.of(chunk, LOOK_AHEADS, curves, whole, scale=step)

    def _heard(self, samples: np.ndarray) -> StreamingFeatures:
        found = StreamingFeatures(self.features, self.usual)
        found.read(samples)
        found.end()
        return found

    def _rate(self, logits: Sequence[np.ndarray], spoken: Sequence[Any]) -> float:
        """Returns edits over symbols spoken."""
        wrong = 0
        for row, string in zip(logits, spoken, strict=True):
            reader = incremental.reader(**self.decoding)
            said = reader.read(row) + reader.end()
            text = "".join(self.symbols[label] for label, _ in said)
            wrong += metrics.edit_distance(string.text, text)
        return wrong / sum(len(string.text) for string in spoken)


def _positive(value: Any) -> bool:
    return isinstance(value, int | float) and value > 0
