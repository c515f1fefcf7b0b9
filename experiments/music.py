"""Music as piano rolls: what keys sound next (E16).

p(x_1 ... x_T | style) = Π_t Π_k p(x_tk | x_1 ... x_{t-1}, style): a sigmoid for each of
88 keys, after a stack of cells (Boulanger-Lewandowski et al., 2012; Bai et al., 2018).
So the keys of a frame are drawn as if they knew nothing of each other; with `hidden`
units each is given the lower ones, too (their RNN-NADE), as good samples need it.
Metric: `frame_nats`, -ln p of a frame, summed over the keys, averaged over the frames
of a split from the second of each piece on, as Bai et al. count it; the first one is
learnt as well, from nothing (002's one-to-many). Baselines: keys by themselves. The
default is chorales by rules, which tell the least that any net can reach.
"""

import functools
import logging
import re
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from ml_collections import ConfigDict

from seqnets import cells
from seqnets.checks import require_choice
from seqnets.data import midi, piano_roll
from seqnets.data.assets import Assets
from seqnets.data.piano_roll import KEYS
from seqnets.datasets.music import read_midi
from seqnets.modules import Recurrent
from seqnets.modules.nade import NADE
from seqnets.modules.piano_roll_net import PianoRollNet
from seqnets.plots import piano_roll as plots
from seqnets.tasks.music_task import MusicTask
from seqnets.training.config import check
from seqnets.training.fields import COUNT, Field, at_least, common
from seqnets.training.task import Batch, Params

FIELDS = common("corpus", "buckets", "depth", "dropout") | {
    "grid": Field(int, COUNT, optional=True),
    "style": Field(bool),
    "hidden": Field(int, at_least(0, 2**20)),
}
TEMPO, TEMPI = 90.0, (4, 1000)  # Beats a minute; a MIDI file can tell none slower.
LENGTH, BEGINNING = 64, 16  # Frames of a sample in the report, and of a beginning.


class Tune(NamedTuple):
    """A piece that was sampled; `str` gives the keys of each frame, and the files."""

    roll: np.ndarray  # uint8 [T, 88], the beginning included.
    style: str
    frames_per_beat: int
    begun: int  # Frames of the beginning.
    files: tuple[Path, ...] = ()

    def __str__(self) -> str:
        return "\n".join([piano_roll.text(self.roll), *map(str, self.files)])

    def write(self, stem: Path, tempo: float = TEMPO) -> "Tune":
        """Writes STEM.mid, .wav, .png, and .txt of names; without mido, no MIDI."""
        ends = ".wav", ".png", ".txt"
        found = [stem.with_name(f"{stem.name}{end}") for end in ends]
        seconds = 60 / tempo / self.frames_per_beat
        piano_roll.write_wav(found[0], self.roll, seconds)
        marks = {"frames_per_beat": self.frames_per_beat, "begun": self.begun}
        what = "A beginning, continued" if self.begun else "A sample"
        plots.draw(found[1], [self.roll], [f"{what}: {self.style}"], **marks)
        found[2].write_text(f"{piano_roll.text(self.roll)}\n", encoding="utf-8")
        if midi.is_there():
            found.insert(0, stem.with_name(f"{stem.name}.mid"))
            midi.write(found[0], self.roll, self.frames_per_beat, tempo)
        else:
            logging.getLogger(__name__).warning(
                "no MIDI file was written: pip install mido"
            )
        return self._replace(files=tuple(found))


class Music(MusicTask):
    """Predicts and samples piano rolls; see `configs/music.py` for its fields."""

    def __init__(self, config: ConfigDict, assets: Assets):
        super().__init__(config, assets)
        cell = cells.build(config.cell)
        if config.dropout:
            cell = cells.Dropout(cell, config.dropout)
        self.cell = cells.Stack((cell,) * config.depth)
        self.draw = jax.jit(self._draw, static_argnames="length")
        self.probabilities = jax.jit(self._probabilities)

    @functools.cached_property
    def model(self) -> PianoRollNet:
        c, styles = self.config, len(self.beats) if self.config.style else 0
        keys = NADE(KEYS, c.hidden, c.dropout)
        return PianoRollNet(
            Recurrent(self.cell), keys, styles, jnp.dtype(c.compute_dtype)
        )

    def init(self, key: Array) -> Params:
        roll, style = jnp.zeros((1, 1, KEYS)), jnp.zeros(1, jnp.int32)
        return self.model.init(key, roll, style, mask=jnp.ones((1, 1), bool))["params"]

    def logits(self, params: Params, batch: Batch, key: Array | None) -> Array:
        """Returns the logits of each key, given all before it, [B, T, 88]."""
        args = {"params": params}, batch["roll"], batch["style"]
        return self.model.apply(*args, mask=batch["mask"], key=key)

    def _draw(
        self,
        params: Params,
        begun: Array,
        style: Array,
        key: Array,
        temperature: Array,
        *,
        length: int,
    ) -> Array:
        """Draws `length` frames after those of [B, P, 88]: uint8 [B, length, 88]."""
        apply = functools.partial(self.model.apply, {"params": params})
        first = jnp.pad(begun, ((0, 0), (1, 0), (0, 0)))  # Silence before the first.
        state, ys = apply(first, style, method="read")

        def step(carry, key):
            state, y = carry
            frame = apply(y, key, temperature, method="draw")
            state, ys = apply(frame[:, None], style, state=state, method="read")
            return (state, ys[:, -1]), frame

        keys = jax.random.split(key, length)
        _, frames = jax.lax.scan(step, (state, ys[:, -1]), keys)
        return frames.swapaxes(0, 1)

    def sample(
        self,
        params: Params,
        *,
        style: str | None = None,
        beginning: str | None = None,
        begin: int = BEGINNING,
        length: int = LENGTH,
        temperature: float = 1.0,
        tempo: float = TEMPO,
        seed: int = 0,
        output: str | None = None,
    ) -> Tune:
        """Draws a piece, from nothing or from a beginning.

        Args:
          params: of the model.
          style: one of the data's styles; None takes the first one. A net that was not
            trained with styles takes from it only the length of a frame.
          beginning: a MIDI file, of which the first frames are continued.
          begin: how many frames of it.
          length: frames to draw.
          temperature: divides the logits; below 1, likely keys become likelier.
          tempo: beats a minute of the files, 4 to 1000.
          seed: equal seeds give equal pieces.
          output: writes OUTPUT.mid, OUTPUT.wav, OUTPUT.png and OUTPUT.txt.

        Raises:
          ValueError: for an option out of its range, an unknown style, or as `midi`.
        """
        if not 0 < temperature < np.inf:
            raise ValueError(
                f"temperature must be above 0 and finite, not {temperature}"
            )
        if not TEMPI[0] <= tempo <= TEMPI[1]:
            raise ValueError(f"tempo must be {TEMPI[0]} to {TEMPI[1]}, not {tempo}")
        for name, value in (("length", length), ("begin", begin)):
            if value < 1:
                raise ValueError(f"{name} must be 1 or more, not {value}")
        style = next(iter(self.beats)) if style is None else style
        require_choice(self, "style", style, self.beats)
        roll = np.zeros((0, KEYS), np.uint8)
        if beginning:
            roll = read_midi(beginning, self.beats[style])[:begin]
        tune = self.continued(params, roll, style, length, temperature, seed)
        return tune if output is None else tune.write(Path(output), tempo)

    def continued(
        self,
        params: Params,
        roll: np.ndarray,
        style: str,
        length: int = LENGTH,
        temperature: float = 1.0,
        seed: int = 0,
    ) -> Tune:
        """Draws frames after those of a roll [P, 88], which may be none."""
        own = np.array([list(self.beats).index(style)], np.int32)
        args = params, roll[None], own, jax.random.key(seed), np.float32(temperature)
        drawn = np.asarray(self.draw(*args, length=length))[0]
        whole = np.concatenate([roll, drawn])
        return Tune(whole, style, self.beats[style], len(roll))

    def _probabilities(self, params: Params, batch: Batch) -> Array:
        return jax.nn.sigmoid(self.logits(params, batch, None))

    def report(self, params: Params, directory: Path) -> None:
        """Writes samples of each style, and one that continues a test piece; test.png.

        Of each sample there are a MIDI file, a WAV, a picture, and the names of keys.
        """
        pieces = self.dataset.test
        for style in self.beats:
            tune = self.continued(params, np.zeros((0, KEYS), np.uint8), style)
            tune.write(directory / re.sub(r"\W+", "_", f"sample_{style}"))
        first = pieces[0]
        tune = self.continued(params, first.roll[:BEGINNING], first.style)
        tune.write(directory / "continued")
        given = "the frames before"
        given += ", and the lower keys" if self.config.hidden else ""
        batch = next(self.batches("test"))
        row = int(batch["index"][0])
        p = np.asarray(self.probabilities(params, batch))[0, : len(pieces[row].roll)]
        plots.draw(
            directory / "test.png",
            [pieces[row].roll, p],
            ["A test piece", f"The probability of each key, given {given}"],
            frames_per_beat=self.beats[pieces[row].style],
        )


def build(config: ConfigDict, workdir: str | Path | None = None) -> Music:
    """Builds the task of `configs/music.py`; see `experiments.build`."""
    check(config, FIELDS)
    return Music(config, Assets(workdir))
