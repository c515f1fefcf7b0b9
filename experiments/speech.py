"""Spoken digits in strings, heard by a net that no frame was labelled for (E7).

"Three one four", of which the order of digits is known and nothing of when they are
said: a bidirectional LSTM with the loss of Graves et al. (2006). The digit error rate
counts: wrong, missing and superfluous digits over digits said. Saying nothing scores 1;
guessing a digit for each, 0.9. The default dials telephone tones in noise. `predict`
takes the paths of sound files, of any rate; several channels are mixed.
"""

import functools
import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jax import Array
from ml_collections import ConfigDict

from seqnets import cells, losses, metrics
from seqnets.cells.cell import affine
from seqnets.cells.wrappers import drop
from seqnets.data import audio, batching, files, spoken_digits
from seqnets.data.padded import Padded
from seqnets.data.spoken_digits import RATE, Spoken
from seqnets.decode import ctc, prefix_beam
from seqnets.initializers import glorot, size
from seqnets.modules.recurrent import Bidirectional, Recurrent
from seqnets.pictures import speech
from seqnets.training.task import Task

SYMBOLS = ("-", *"0123456789")  # The blank, and the digits.
SHOWN = 3  # Test strings that have a picture.


class Recognizer(nn.Module):
    """Scores, at each step of sound, the blank and ten digits.

    z_t = W [h→_t; h←_t] + b
    """

    cell: cells.Stack
    both: bool
    dropout: float
    noise: float
    dtype: Any

    @nn.compact
    def __call__(
        self, frames: Array, *, mask: Array, key: Array | None = None
    ) -> Array:
        """Reads features [B, T, D]; returns logits [B, T, 11].

        Args:
          frames: their rate of steps is that of the logits.
          mask: [B, T] bool, True at steps.
          key: draws noise and dropout; None for evaluation.
        """
        keys = (None,) * 3 if key is None else jax.random.split(key, 3)
        xs = frames.astype(self.dtype)
        if key is not None and self.noise:
            xs += self.noise * jax.random.normal(keys[0], xs.shape, self.dtype)
        run = (Bidirectional if self.both else Recurrent)(self.cell, name="recurrent")
        _, ys = run(xs, mask=mask, key=keys[1])
        if key is not None and self.dropout:
            kept = jax.random.bernoulli(keys[2], 1.0 - self.dropout, ys.shape)
            ys = drop(ys, kept, self.dropout)
        w = self.param("w_y", glorot, (ys.shape[-1], len(SYMBOLS)))
        b = self.param("b_y", nn.initializers.zeros, (len(SYMBOLS),))
        return affine(ys, w.astype(ys.dtype), b)


def build(config: ConfigDict, workdir: str | Path | None = None) -> Task:
    """Assembles the task that a config such as `configs/speech.py` describes.

    Args:
      config: see `configs/speech.py` for every field.
      workdir: a run folder, which remembers where its data was.

    Raises:
      ValueError: for options that there are not, or that do not go together.
    """
    check(config)
    corpus, data_dir = files.remembered(config.corpus, config.data_dir, workdir)
    features = audio.Features(**config.features, rate=RATE)
    cell = cells.build(config.cell)
    if config.dropout:
        cell = cells.Dropout(cell, config.dropout)
    model = Recognizer(
        cell=cells.Stack((cell,) * config.depth),
        both=config.both_directions,
        dropout=config.dropout,
        noise=config.noise,
        dtype=jnp.dtype(config.compute_dtype),
    )

    @functools.cache
    def recordings() -> spoken_digits.Splits:
        by_seed = config.held_out == "seed"
        held_out = config.seed if by_seed else config.held_out
        return spoken_digits.load(corpus, held_out=held_out, data_dir=data_dir)

    @functools.cache
    def strings(split: str) -> list[Spoken]:
        train = split == "train"
        return spoken_digits.join(
            recordings()[split],
            config.passes if train else config.passes_of_evaluation,
            # The strings that are evaluated are the same whatever the seed.
            seed=config.seed if train else 0,
            digits=tuple(config.digits),
            gap=tuple(config.gap),
            stretch=config.stretch if train else 0.0,
        )

    @functools.cache
    def examples(split: str) -> Padded:
        frames = [features(spoken.samples) for spoken in strings(split)]
        return Padded(
            [{"frames": xs, "place": np.int32(i)} for i, xs in enumerate(frames)],
            config.batch_size,
            buckets=config.buckets,
            seed=config.seed,
            shuffle=split == "train",
        )

    def batches(split: str, start: int = 0) -> Iterator[batching.Batch]:
        found = [np.array(spoken.digits) + 1 for spoken in strings(split)]
        labels, label_mask = batching.pad(found, max(config.digits))
        epochs = None if split == "train" else 1
        for batch in examples(split).batches(start, epochs):
            place = batch["place"]
            yield batch | {"labels": labels[place], "label_mask": label_mask[place]}

    def init(key: Array) -> Any:
        frames = jnp.zeros((1, 1, features.dim))
        return model.init(key, frames, mask=jnp.ones((1, 1), bool))["params"]

    def loss(params, state, batch, key):
        mask, rows = batch["mask"], batch["rows"]
        labels, label_mask = batch["labels"], batch["label_mask"]
        logits = model.apply({"params": params}, batch["frames"], mask=mask, key=key)
        masks = {"mask": mask, "label_mask": label_mask}
        nats, count = ctc.loss(logits, labels, rows=rows, **masks)
        impossible = ~ctc.possible(labels, **masks)
        sums = {
            "loss": (nats, count),
            "impossible": losses.total(impossible.astype(jnp.float32), rows),
        }
        return losses.mean(nats, count), (state, sums)

    @jax.jit
    def answer(params, frames, mask):
        return model.apply({"params": params}, frames, mask=mask)

    @jax.jit
    def explain(logits, mask, labels, label_mask):
        masks = {"mask": mask, "label_mask": label_mask}
        places, _ = ctc.align(logits, labels, **masks)
        return ctc.log_probability(logits, labels, **masks), places

    def hear(params: Any, samples: np.ndarray) -> tuple[Any, ...]:
        """Returns the labels, p, logits [T, 11], and the label's place at each step."""
        xs = features(samples)
        length = batching.roomy(len(xs), 32)
        mask = np.arange(length)[None] < len(xs)
        frames = np.pad(xs, ((0, length - len(xs)), (0, 0)))[None]
        logits = answer(params, frames, mask)
        (labels,) = decode(logits, mask, config.beam)
        padded, label_mask = batching.pad([np.array(labels, np.int32)], length)
        log_p, places = jax.device_get(explain(logits, mask, padded, label_mask))
        logits, steps = np.asarray(logits[0], np.float32), len(xs)
        return labels, float(np.exp(log_p[0])), logits[:steps], places[0, :steps]

    def predict(params: Any, lines: Iterable[str]) -> Iterator[str]:
        for line in lines:
            if not line.strip():
                yield "-\t-\t"
                continue
            labels, p, *_ = hear(params, audio.read(line.strip(), RATE))
            yield f"{spell(labels) or '-'}\t{p:.3f}\t{line.strip()}"

    def scores(params: Any, split: str, limit: int | None) -> dict[str, float]:
        pairs = itertools.islice(decoded(params, split), limit)
        wrong = [(metrics.edits(a, b), len(a)) for a, b in pairs]
        errors, said = np.sum(wrong, 0)
        return {
            "digit_error": float(errors / said),
            "accuracy": float(np.mean([count == 0 for count, _ in wrong])),
            "parameters": size(params),
        }

    def decoded(params: Any, split: str) -> Iterator[tuple[Sequence[int], ...]]:
        """Yields what is said and what is heard, in no order of strings."""
        for batch in batches(split):
            logits = answer(params, batch["frames"], batch["mask"])
            heard = decode(logits, batch["mask"], config.beam)
            for b in np.flatnonzero(batch["rows"]):
                yield tuple(batch["labels"][b][batch["label_mask"][b]]), heard[b]

    def report(params: Any, directory: Path) -> None:
        lines = ["said\theard\tprobability\terrors\n"]
        for i, spoken in enumerate(strings("test")):
            labels, p, logits, places = hear(params, spoken.samples)
            said, heard = "".join(map(str, spoken.digits)), spell(labels)
            lines.append(f"{said}\t{heard}\t{p:.3f}\t{metrics.edits(said, heard)}\n")
            if i < SHOWN:
                speech.draw(
                    directory / f"speech_{i + 1}.png",
                    features.spectrogram(spoken.samples),
                    np.asarray(jax.nn.softmax(logits)),
                    places,
                    f"heard: {' '.join(heard) or 'nothing'}     said: {' '.join(said)}",
                    symbols=SYMBOLS,
                    labels=heard,
                    shift=audio.SHIFT,
                    step=features.step,
                )
        path = directory / "test.tsv"
        path.write_text("".join(lines), encoding="utf-8")

    return Task(
        init=init,
        loss=loss,
        batches=batches,
        steps_per_epoch=lambda: examples("train").steps_per_epoch,
        unit="strings",
        goal=("valid", "digit_error", "min"),
        baselines=lambda: baselines(strings("train"), strings("valid")),
        report=report,
        predict=predict,
        scores=scores,
        save=lambda folder: files.remember(
            corpus, data_dir, folder, known=spoken_digits.KNOWN
        ),
    )


def check(config: ConfigDict) -> None:
    """Raises ValueError for numbers that make no strings."""
    (fewest, most), (shortest, longest) = config.digits, config.gap
    if not 1 <= fewest <= most:
        raise ValueError(f"no string has {fewest} to {most} digits")
    if not 0 <= shortest <= longest:
        raise ValueError(f"no gap lasts {shortest} to {longest} seconds")
    if min(config.passes, config.passes_of_evaluation) < 1:
        raise ValueError("passes must be positive, for each recording to be heard")
    if not 0 <= config.stretch < 1:
        raise ValueError(f"stretch must be in [0, 1), not {config.stretch}")
    if config.beam is not None and config.beam < 1:
        raise ValueError(f"beam must be 1 or more, or None, not {config.beam}")


_greedy = jax.jit(ctc.greedy)


def decode(
    logits: Array, mask: np.ndarray, beam: int | None = None
) -> list[tuple[int, ...]]:
    """Returns the string of each row, by the best path or by a prefix beam.

    Args:
      logits: scores [B, T, K].
      mask: [B, T] bool, True at steps.
      beam: prefixes that are kept; None takes the best path.
    """
    if beam is None:
        labels, label_mask = jax.device_get(_greedy(logits, mask=mask))
        pairs = zip(labels, label_mask, strict=True)
        return [tuple(row[own].tolist()) for row, own in pairs]
    pairs = zip(np.asarray(logits, np.float32), mask, strict=True)
    return [prefix_beam.search(z, mask=m, beam=beam)[0].labels for z, m in pairs]


def spell(labels: Iterable[int]) -> str:
    """Returns the digits of labels."""
    return "".join(SYMBOLS[label] for label in labels)


def baselines(train: list[Spoken], valid: list[Spoken]) -> dict[str, float]:
    """Returns the digit error rate, on the validation split, of who does not listen."""
    counts = np.bincount([digit for spoken in train for digit in spoken.digits])
    said = np.concatenate([spoken.digits for spoken in valid])
    usual = np.mean(said != counts.argmax())
    return {"silence": 1.0, "as many digits, all the same": float(usual)}
