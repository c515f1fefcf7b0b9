"""Strings of spoken digits, recognised without frames labelled in training (E7).

The order of the digits is known, and not when each is spoken: a bidirectional LSTM with
the loss of connectionist temporal classification (CTC; Graves et al., 2006). The metric
is the digit error rate: substitutions, deletions and insertions over digits spoken. An
empty answer scores 1; a guess for each digit, 0.9. The default dials telephone tones in
noise. `predict` takes paths of sound files, of any rate; several channels are mixed.

A beam takes an n-gram of the training strings into account (Hannun et al., 2014):
argmax_l ln p(l | frames) + lm_weight ln p_LM(l) + lm_bonus |l|. `digit_error/acoustic`
is that of the same beam without it.

`predict --stream` answers while it listens: the net reads chunks, each with a limited
look-ahead behind it, and `streaming.png` shows what that costs.
"""

import functools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jax import Array
from ml_collections import ConfigDict

from seqnets import cells, datasets, losses, metrics
from seqnets.data import audio, buckets, tsv
from seqnets.data.assets import Assets
from seqnets.datasets import digit_strings
from seqnets.datasets.audio import RATE
from seqnets.datasets.dataset import Dataset
from seqnets.decode import ctc, ctc_decoder
from seqnets.initializers import count_parameters
from seqnets.modules import DIRECTIONS, Readout, Recurrent
from seqnets.plots import speech, streaming
from seqnets.tasks.streaming_recogniser import STREAMED, StreamingRecogniser
from seqnets.training import evaluation
from seqnets.training.config import check
from seqnets.training.fields import (
    COUNT,
    FRACTION,
    INTERVAL,
    NOT_NEGATIVE,
    Field,
    common,
    rows_of,
)
from seqnets.training.task import Batch, Params, Task

SYMBOLS = ("-", *"0123456789")  # The blank, and the digits.
RAGGED = {"frames": "mask", "labels": "label_mask"}
SHOWN = 3  # Test strings that have a picture.

FIELDS = common("corpus", "buckets", "depth", "dropout") | {
    "held_out": Field(str, optional=True),
    "digits": Field(int, COUNT, many=INTERVAL),
    "gap": Field(float, NOT_NEGATIVE, many=INTERVAL),
    "stretch": Field(float, FRACTION),
    "passes": Field(int, COUNT),
    "passes_of_evaluation": Field(int, COUNT),
    "features.kind": Field(str, ("mel", "mfcc")),
    "features.bands": Field(int, COUNT),
    "features.coefficients": Field(int, COUNT),
    "features.deltas": Field(bool),
    "features.stack": Field(int, COUNT),
    "noise": Field(float, NOT_NEGATIVE),
    "direction": Field(str, DIRECTIONS),
    "telephone": Field(bool),
    "beam": Field(int, COUNT, optional=True),
    "lm_order": Field(int, COUNT, optional=True),
    "lm_weight": Field(float, NOT_NEGATIVE),
    "lm_bonus": Field(float),
}


class Recognition(NamedTuple):
    """A decoded string, and the scores that it comes from."""

    digits: str
    probability: float
    path: str  # Of the sound file; empty where there is none.
    logits: np.ndarray | None = None  # [T, 11]
    places: np.ndarray | None = None  # [T], the digit that each step belongs to, or -1.

    def __str__(self) -> str:
        if self.logits is None:
            return "-\t-\t"
        return tsv.row(self.digits or "-", f"{self.probability:.3f}", self.path)


class Recogniser(nn.Module):
    """Scores the blank and ten digits at each step: z_t = W [h→_t; h←_t] + b."""

    recurrent: Recurrent
    readout: Readout
    noise: float  # Deviation of what is added to the features in training.
    dtype: Any

    def __call__(
        self, frames: Array, *, mask: Array, key: Array | None = None
    ) -> Array:
        """Returns logits [B, T, 11] of features [B, T, D]; without a key, no noise."""
        keys = (None,) * 3 if key is None else jax.random.split(key, 3)
        xs = frames.astype(self.dtype)
        if key is not None and self.noise:
            xs += self.noise * jax.random.normal(keys[0], xs.shape, self.dtype)
        _, ys = self.recurrent(xs, mask=mask, key=keys[1])
        return self.readout(ys, key=keys[2])

    def hear(
        self, frames: Array, *, state: Any, mask: Array, look_ahead: int
    ) -> tuple[Any, Array]:
        """As `__call__`, a chunk after the other; arguments as of `Recurrent`."""
        xs, how = frames.astype(self.dtype), {"state": state, "look_ahead": look_ahead}
        state, ys = self.recurrent(xs, mask=mask, **how)
        return state, self.readout(ys)


class Speech(StreamingRecogniser, Task):
    """Recognises strings of digits by CTC."""

    symbols = SYMBOLS
    unit = "strings"
    goal = ("valid", "digit_error", "min")

    def __init__(self, config: ConfigDict, assets: Assets):
        self.config, self.assets, self._strings = config, assets, {}
        if config.lm_order is not None and config.beam is None:
            raise ValueError("lm_order needs a beam to search: set config.beam")
        self.features = audio.Features(**config.features, rate=RATE)
        cell = cells.build(config.cell)
        if config.dropout:
            cell = cells.Dropout(cell, config.dropout)
        self.model = Recogniser(
            Recurrent(cells.Stack((cell,) * config.depth), config.direction),
            Readout(len(SYMBOLS), config.dropout),
            config.noise,
            jnp.dtype(config.compute_dtype),
        )
        self.answer = jax.jit(self._answer)
        self.hear = jax.jit(self._hear, static_argnames="chunk")

    @functools.cached_property
    def dataset(self) -> Dataset:
        c = self.config
        held_out = c.seed if c.held_out == "seed" else c.held_out
        options = {"assets": self.assets, "held_out": held_out}
        return datasets.load(c.corpus, "audio", c.data_dir, **options)

    def strings(self, split: str) -> list[digit_strings.DigitString]:
        """Returns the strings of a split; those of evaluations have one seed always."""
        if split not in self._strings:
            c, train = self.config, split == "train"
            passes = c.passes if train else c.passes_of_evaluation
            random = {"seed": c.seed, "stretch": c.stretch} if train else {}
            recordings, options = self.dataset[split], {"gap": c.gap} | random
            if c.telephone:
                found = digit_strings.dial(recordings, passes, **options)
            else:
                options["digits"] = c.digits
                found = digit_strings.join(recordings, passes, **options)
            self._strings[split] = found
        return self._strings[split]

    def make_batches(self, split: str) -> buckets.BucketedBatches:
        c, train = self.config, split == "train"
        if train:
            _ = self.decoding, self.usual  # The run keeps them from its start on.
        examples = []
        for digits, samples in self.strings(split):
            labels = np.array(digits, np.int32) + 1
            examples.append({"frames": self.features(samples), "labels": labels})
        rows = rows_of(c, split)
        order = {"buckets": c.buckets, "seed": c.seed, "shuffle": train}
        return buckets.BucketedBatches(examples, rows, ragged=RAGGED, **order)

    def init(self, key):
        frames = jnp.zeros((1, 1, self.features.dim))
        return self.model.init(key, frames, mask=jnp.ones((1, 1), bool))["params"]

    def loss(self, params, state, batch, key):
        """Mean -ln p(labels) of the strings that have a path of their length."""
        masks = {"mask": batch["mask"], "label_mask": batch["label_mask"]}
        labels, rows = batch["labels"], batch["rows"]
        args = {"params": params}, batch["frames"]
        logits = self.model.apply(*args, mask=batch["mask"], key=key)
        nats, count = ctc.loss(logits, labels, rows=rows, **masks)
        impossible = (~ctc.possible(logits, labels, **masks)).astype(jnp.float32)
        sums = {"loss": (nats, count), "impossible": losses.total(impossible, rows)}
        return losses.mean(nats, count), (state, sums)

    def _answer(self, params: Params, batch: Batch) -> tuple[Array, Array]:
        mask = batch["mask"]
        return self.model.apply({"params": params}, batch["frames"], mask=mask), mask

    def scores(self, params, split, limit):
        found = evaluation.answers(self._answer, params, self.batches(split))[:limit]
        spoken = [string.text for string in self.strings(split)[:limit]]
        digits = sum(map(len, spoken))

        def errors(options: dict[str, Any]) -> np.ndarray:
            decoded = [spell(ctc_decoder.decode(*row, **options)) for row in found]
            return np.array(list(map(metrics.edit_distance, spoken, decoded)))

        wrong = errors(self.decoding)
        measured = {
            "digit_error": float(wrong.sum() / digits),
            "accuracy": float((wrong == 0).mean()),
            "parameters": count_parameters(params),
        }
        if self.config.lm_order is not None:
            alone = errors({"beam": self.config.beam}).sum()
            measured["digit_error/acoustic"] = float(alone / digits)
        return measured

    @functools.cached_property
    def decoding(self) -> dict[str, Any]:
        """The options of `ctc_decoder.decode`."""
        c = self.config
        if c.lm_order is None:
            return {"beam": c.beam}
        texts = self.assets.keep(
            "transcripts.json", lambda: [s.text for s in self.strings("train")]
        )
        labels = [[SYMBOLS.index(digit) for digit in text] for text in texts]
        counted = ctc_decoder.ngram(labels, c.lm_order, len(SYMBOLS))
        options = {"weight": c.lm_weight, "bonus": c.lm_bonus}
        return {"beam": c.beam, "language_model": counted} | options

    def recognise(self, logits: Array, mask: Array, path: str = "") -> Recognition:
        """Decodes scores [T, 11] of a string, and finds where its digits are."""
        labels, p, places = ctc_decoder.read(logits, mask, **self.decoding)
        return Recognition(spell(labels), p, path, logits[mask], places)

    def predict(self, params: Params, lines: Iterable[str]) -> Iterator[Recognition]:
        """Yields what is recognised in each sound file, a path a line."""
        for path in map(str.strip, lines):
            if not path:
                yield Recognition("", float("nan"), path)
                continue
            frames = self.features(audio.read(path, RATE))
            batch = buckets.collate([{"frames": frames}], {"frames": "mask"})
            logits, mask = jax.device_get(self.answer(params, batch))
            yield self.recognise(logits[0], mask[0], path)

    def report(self, params: Params, directory: Path) -> None:
        """Writes test.tsv, streaming.png, and speech_1.png ... of the first strings."""
        found = evaluation.answers(self._answer, params, self.batches("test"))
        lines = ["spoken\trecognised\tprobability\terrors\n"]
        for i, string in enumerate(self.strings("test")):
            result, spoken = self.recognise(*found[i]), string.text
            errors = metrics.edit_distance(spoken, result.digits)
            answer = f"{result.digits}\t{result.probability:.3f}"
            lines.append(f"{spoken}\t{answer}\t{errors}\n")
            if i < SHOWN:
                title = " ".join(result.digits) or "nothing"
                speech.draw(
                    directory / f"speech_{i + 1}.png",
                    self.features.spectrogram(string.samples),
                    np.asarray(jax.nn.softmax(result.logits)),
                    result.places,
                    f"recognised: {title}     spoken: {' '.join(spoken)}",
                    symbols=SYMBOLS,
                    labels=result.digits,
                    shift=audio.SHIFT,
                    step=self.features.step,
                )
        (directory / "test.tsv").write_text("".join(lines), encoding="utf-8")
        found = self.delays(params, self.strings("test")[:STREAMED])
        streaming.write(directory, found, unit="seconds", ylabel="digit error rate")

    def baselines(self) -> dict[str, float]:
        """Returns the digit error, on the validation split, of constant answers."""
        strings = self.strings("train"), self.strings("valid")
        train, valid = (np.concatenate([s.digits for s in own]) for own in strings)
        usual = float(np.mean(valid != np.bincount(train).argmax()))
        return {"silence": 1.0, "as many digits, all the same": usual}


def spell(labels: Iterable[int]) -> str:
    """Returns the digits of labels."""
    return "".join(SYMBOLS[label] for label in labels)


def build(config: ConfigDict, workdir: str | Path | None = None) -> Speech:
    """Builds the task of `configs/speech.py`; see `experiments.build`."""
    check(config, FIELDS)
    return Speech(config, Assets(workdir))
