"""Handwriting: where a pen goes next, point by point (E15).

Graves (2013): LSTMs with skips predict the density of the next offset, a mixture of
Gaussians, and what the pen does. Without a text the nets draw on their own; with one, a
window slides over it, and they write it. The metric is nats a point on offsets divided
by their root mean square over the training set, the pen's state included: `offset_nats`
and `pen_nats` add up to it. A density can be above 1, so that nats can be negative.

The baselines know nothing of what came before: a Gaussian, and a mixture of as many
Gaussians as the nets have. The default strings of digits are drawn from a stroke font.
"""

import functools
import logging
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from ml_collections import ConfigDict

from seqnets import cells, mixture_density
from seqnets.cells import alignments
from seqnets.data import buckets
from seqnets.data.assets import Assets
from seqnets.datasets import strokes
from seqnets.datasets.strokes import Drawing
from seqnets.modules import Readout, Recurrent
from seqnets.modules.pen_net import PenNet
from seqnets.plots import handwriting as plots
from seqnets.tasks.pen_task import INPUTS, Nats
from seqnets.tasks.pen_writer import PenWriter, Written
from seqnets.training.config import check
from seqnets.training.fields import (
    COUNT,
    FRACTION,
    NOT_NEGATIVE,
    POSITIVE,
    Field,
    common,
)
from seqnets.training.task import Batch, Params
from seqnets.unroll import bind

BIASES = (0.0, 0.5, 1.0, 2.0)  # Of the samples of a report, a row each.
SHOWN = 5  # Samples in a row.

FIELDS = common("corpus", "limit", "buckets", "depth", "dropout") | {
    "window": Field(int, COUNT, optional=True),
    "pace": Field(float, POSITIVE),
    "mixtures": Field(int, COUNT),
    "least": Field(float, POSITIVE),
    "stretch": Field(float, FRACTION),
    "bias": Field(float, NOT_NEGATIVE),
}


class Writing(Written):
    """What a net wrote; its text is a picture, as SVG."""

    def __str__(self) -> str:
        return plots.svg(strokes.to_strokes(self.points), self.text)


class Handwriting(PenWriter):
    """Draws, or writes texts; see `configs/handwriting.py` for its config."""

    def __init__(self, config: ConfigDict, assets: Assets):
        super().__init__(config, assets)
        self.answer = jax.jit(self._answer)

    @functools.cached_property
    def cell(self) -> cells.SkipStack:
        c, plain = self.config, cells.build(self.config.cell)
        upper = cells.Dropout(plain, c.dropout) if c.dropout else plain
        first = plain
        if c.window is not None:
            first = cells.Window(plain, c.window, self.text_dim, c.pace)
        return cells.SkipStack((first, *(upper,) * (c.depth - 1)), in_dim=INPUTS)

    @functools.cached_property
    def model(self) -> PenNet:
        c = self.config
        readout = Readout(mixture_density.width(c.mixtures), c.dropout)
        dtype = jnp.dtype(c.compute_dtype)
        return PenNet(Recurrent(self.cell), readout, dtype)

    def init(self, key: Array) -> Params:
        inputs, memory = jnp.zeros((1, 1, INPUTS)), None
        if self.config.window is not None:
            memory = self.memory(jnp.zeros((1, 1), jnp.int32), jnp.ones((1, 1), bool))
        return self.model.init(key, inputs, memory=memory)["params"]

    def outputs(self, params: Params, batch: Batch, key: Array | None) -> Array:
        """Returns what describes the density of every point, [B, T, 3 + 6 M]."""
        memory = None
        if self.config.window is not None:
            memory = self.memory(batch["text"], batch["text_mask"])
        run = {"mask": batch["mask"], "memory": memory, "key": key}
        return self.model.apply({"params": params}, batch["inputs"], **run)

    def sample(
        self,
        params: Params,
        *,
        prompt: str = "",
        length: int | None = None,
        bias: float | None = None,
        seed: int = 0,
        out: str = "",
    ) -> Writing | str:
        """Writes a text, or draws.

        Args:
          prompt: the text; drawn from the training's symbols where there is none.
          length: the most points, after which it is cut, which a warning says; None:
            the config's limit.
          bias: how much samples keep to what is probable, 0 or more; None: the
            config's.
          seed: of the sample.
          out: a file to write instead, .svg or .png.

        Raises:
          ValueError: for a symbol that was never written, or an option out of range.
        """
        bias = self.config.bias if bias is None else bias
        length = self.config.limit if length is None else length
        if not (math.isfinite(bias) and bias >= 0):
            raise ValueError(f"bias must be a finite number, 0 or more, not {bias}")
        if length < 1:
            raise ValueError(f"length must be at least 1, not {length}")
        if prompt and self.config.window is None:
            raise ValueError(
                "this run draws and has no window over a text: no --prompt"
            )
        if out and Path(out).suffix not in (".svg", ".png"):
            raise ValueError(f"out must end in .svg or .png, not {out!r}")
        if not prompt and self.config.window is not None:
            rng = np.random.default_rng(seed)
            prompt = "".join(rng.choice(self.info["symbols"], 4))
        (own,) = self.written(params, [prompt], [bias], length=length, seed=seed)
        found = Writing(*own)
        if not found.ended:
            logging.getLogger(__name__).warning(
                "cut after %d points, before its end: give a greater --length", length
            )
        if not out:
            return found
        if out.endswith(".svg"):
            Path(out).write_text(str(found), encoding="utf-8")
        else:
            plots.draw(Path(out), [[strokes.to_strokes(found.points)]], [prompt])
        return out

    def _answer(self, params: Params, batch: Batch) -> tuple[Any, Array, Array]:
        """Returns the mixtures, and -ln p of offsets and pens, of every point."""
        found = self.mixture(self.outputs(params, batch, None))
        return found, *self.nats(params, batch, None)

    def ask(self, params: Params, drawing: Drawing) -> tuple[Any, np.ndarray]:
        """Returns the mixtures of the points of one drawing, and -ln p of each [T]."""
        batch = buckets.collate([self.encode(drawing)], self.ragged)
        found, offsets, pens = jax.device_get(self.answer(params, batch))
        count = int(batch["mask"].sum())
        return jax.tree.map(lambda a: a[0, :count], found), (offsets + pens)[0, :count]

    def predict(self, params: Params, lines: Iterable[str]) -> Iterator[Nats]:
        """Yields how probable drawings are, a line of the plain format each.

        Of a drawing of more than `limit` points the first ones are read, and counted.
        """
        for line in lines:
            if not line.strip():
                yield Nats(math.nan, 0, "")
                continue
            drawing = strokes.parse(line)
            _, nats = self.ask(params, drawing)
            counts = len(nats), len(drawing.points)
            buckets.report_cut(*counts, "points", self.config.limit)
            yield Nats(float(nats.mean()), len(nats), drawing.text)

    def report(self, params: Params, directory: Path) -> None:
        """Draws samples by bias, as SVG, too, and the density along a test drawing."""
        shown = self.dataset.test[:SHOWN]
        texts = [drawing.text for drawing in shown] * len(BIASES)
        biases = np.repeat(BIASES, len(shown))
        length = min(self.config.limit, 2 * max(len(d.points) for d in shown))
        found = self.written(params, texts, biases, length=length, seed=0)
        rows = [[strokes.to_strokes(drawing.points) for drawing in shown]]
        for i in range(len(BIASES)):
            row = found[i * len(shown) : (i + 1) * len(shown)]
            rows.append([strokes.to_strokes(writing.points) for writing in row])
        names = ["test", *(f"bias {bias:g}" for bias in BIASES)]
        plots.draw(directory / "samples.png", rows, names)
        (directory / "samples.svg").write_text(plots.svg_page(rows), encoding="utf-8")
        drawing = max(shown, key=lambda d: len(d.points))
        example, (mixtures, nats) = self.encode(drawing), self.ask(params, drawing)
        title = f"Density of the next point; {nats.mean():.2f} nats a point"
        plots.density(
            directory / "density.png",
            example["offsets"],
            example["pens"],
            mixtures,
            title,
        )
        if self.config.window is not None:
            phi = self.window(params, drawing)
            plots.window(directory / "window.png", drawing, phi)

    def window(self, params: Params, drawing: Drawing) -> np.ndarray:
        """Returns the weight of each symbol, and of the end, at each point, [T, S]."""
        batch = buckets.collate([self.encode(drawing)], self.ragged)
        memory = self.memory(batch["text"], batch["text_mask"])
        bound = bind(self.cell, params["recurrent"]["cell"], memory)
        xs = jnp.asarray(batch["inputs"], self.model.dtype)
        phi = alignments(self.cell, bound, xs, mask=batch["mask"])
        return np.asarray(phi)[0, : len(drawing.points), : len(drawing.text) + 1]


def build(config: ConfigDict, workdir: str | Path | None = None) -> Handwriting:
    """Builds the task of `configs/handwriting.py`; see `experiments.build`."""
    check(config, FIELDS)
    return Handwriting(config, Assets(workdir))
