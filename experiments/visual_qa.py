"""Questions about pictures (E13).

Layers of convolution turn a picture into the vectors of its regions, and a cell the
question into one vector; an answer is one of the K of the training split. How the two
come together: side by side into a net, the plain way; by stacked attention, which looks
at the regions several times (Yang et al., 2016); or by a relation network, which sees
every pair of regions (Santoro et al., 2017). Accuracy counts, and that of each group of
questions; the baselines see no picture. The default's pictures are grids of coloured
shapes, and what is asked of them can always be told.

A user's own pictures are a folder with questions.tsv, lines `picture<TAB>question<TAB>
answer`; a line that `predict` reads is the path of a picture, a tab, and a question.
"""

import functools
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jax import Array
from ml_collections import ConfigDict

from seqnets import cells
from seqnets.convolution2d import Convolutions
from seqnets.data.assets import Assets
from seqnets.dropout import dropout
from seqnets.feedforward import MLP
from seqnets.modules import Embedding, PictureEncoder, SequenceEncoder
from seqnets.plots import bars, confusion, picture_attention
from seqnets.plots import pictures as plots
from seqnets.relation import POOLS, Relation
from seqnets.stacked_attention import StackedAttention
from seqnets.tasks import picture_nets
from seqnets.tasks.picture_questions import PictureQuestions
from seqnets.training.config import check
from seqnets.training.fields import COUNT, FRACTION, LAYERS, Field, common
from seqnets.training.task import Params

NETS = ("plain", "attention", "relation")
PARTS = ("tiny", "small", "med", "large")  # Of the training of "shapes".
SHOWN = 16  # Test questions with their pictures,
DRAWN = 6  # and those whose attention is drawn.

FIELDS = (
    picture_nets.FIELDS
    | common("corpus", "min_count", "embedding_dim", "attention_dim", "width")
    | common("dropout")
    | {
        "pictures": Field(int, COUNT, optional=True),
        "generated": Field(int, COUNT, optional=True),
        "part": Field(str, PARTS, optional=True),
        "curriculum": Field(float, FRACTION),
        "net": Field(str, NETS),
        "depth": Field(int, LAYERS),
        "pool": Field(str, POOLS),
        "looks": Field(int, COUNT),
    }
)


class Answerer(nn.Module):
    """Scores the answers to questions about pictures.

    plain:      z = readout([m_1; ...; m_S; q])
    attention:  z = readout(u_K), of `StackedAttention`
    relation:   z = readout(r), of `Relation`

    where m are the regions, q is the state of a cell that has read the question, and
    the read-out has one hidden layer of rectifiers.

    Attributes:
      classes: K.
      vocabulary_size, embedding_dim: of the words of questions.
      cell: reads the question.
      layers: of convolution.
      net: None for the plain one.
      width: of the read-out's hidden layer.
      dropout: rate at which what the read-out reads is dropped in training.
      dtype: in which it computes.
      background: colour that is subtracted from pixels.
    """

    classes: int
    vocabulary_size: int
    embedding_dim: int
    cell: cells.Cell
    layers: Convolutions
    net: StackedAttention | Relation | None
    width: int
    dropout: float = 0.0
    dtype: Any = jnp.float32
    background: tuple[float, ...] | float = 0

    @nn.compact
    def __call__(
        self, pictures: Array, tokens: Array, *, mask: Array, key: Array | None = None
    ) -> tuple[Array, Array | None]:
        """Returns logits [B, K], and the weights of attention [B, looks, S], or None.

        Args:
          pictures: bytes [B, H, W, C].
          tokens: ids of the words of questions, [B, T].
          mask: [B, T] bool.
          key: draws dropout; None for evaluation.
        """
        keys = (None, None) if key is None else jax.random.split(key)
        seen = self.layers, self.dtype, self.background
        regions = PictureEncoder(*seen, name="picture")(pictures)
        # With smaller vectors, the question hardly matters at first, and long after.
        table = self.vocabulary_size, self.embedding_dim, "standard", self.dtype
        embedding = Embedding(*table, name="embedding")
        encoder = SequenceEncoder(self.cell, name="question")
        question, _ = encoder(embedding(tokens), mask=mask, key=keys[0])
        question, weights = question.astype(self.dtype), None
        match self.net:
            case None:
                flat = regions.reshape(len(regions), -1)
                found = jnp.concatenate([flat, question], -1)
            case StackedAttention():
                params = self.param("net", self.net.init, regions.shape[-1])
                found, weights = self.net.apply(params, regions, question)
            case Relation():
                dims = regions.shape[-1], question.shape[-1]
                params = self.param("net", self.net.init, *dims)
                found = self.net.apply(params, regions, question)
        hidden = MLP((self.width, self.classes))
        params = self.param("readout", hidden.init, found.shape[-1])
        return hidden.apply(params, dropout(keys[1], found, self.dropout)), weights


class VisualQA(PictureQuestions):
    """Answers questions; see `configs/visual_qa.py` for the fields of its config."""

    def __init__(self, config: ConfigDict, assets: Assets):
        super().__init__(config, assets)
        self.layers, self.cell = picture_nets.build(config), cells.build(config.cell)

    @functools.cached_property
    def net(self) -> StackedAttention | Relation | None:
        c = self.config
        match c.net:
            case "attention":
                return StackedAttention(self.cell.out_dim, c.attention_dim, c.looks)
            case "relation":
                return Relation(c.width, c.depth, c.pool)
        return None

    @functools.cached_property
    def model(self) -> Answerer:
        c = self.config
        return Answerer(
            len(self.classes),
            len(self.vocabulary),
            c.embedding_dim,
            self.cell,
            self.layers,
            self.net,
            c.width,
            c.dropout,
            jnp.dtype(c.compute_dtype),
            self.background,
        )

    def init(self, key: Array) -> Params:
        pixels, ids = jnp.zeros((1, *self.shape), jnp.uint8), jnp.zeros((1, 1), int)
        return self.model.init(key, pixels, ids, mask=ids == 0)["params"]

    def outputs(self, params, batch, key):
        args = batch["picture"], batch["tokens"]
        return self.model.apply({"params": params}, *args, mask=batch["mask"], key=key)

    def report(self, params: Params, directory: Path) -> None:
        """Writes test.tsv, and draws questions, groups, confusions and attention."""
        tested, examples = self.test(params), self.dataset.test
        self.write_test(directory / "test.tsv", tested, (e.question for e in examples))
        counts = tested.confusion(len(self.classes))
        confusion.draw(directory / "confusion.png", counts, self.classes)
        right = tested.predictions == tested.targets
        if self.groups:
            of = np.array([example.group for example in examples])
            shares = {g: right[of == g].mean() for g in self.groups if (of == g).any()}
            title = {
                "title": "Test questions by group",
                "xlabel": "share that is right",
            }
            bars.draw(directory / "groups.png", shares, {}, **title)
        step = max(1, len(examples) // SHOWN)
        shown = list(range(0, len(examples), step))[:SHOWN]
        pictures = [examples[i].picture for i in shown]
        texts = [f"{examples[i].question}\n{self.heading(tested, i)}" for i in shown]
        title = f"Test questions and their answers; {right.mean():.1%} are right"
        path = directory / "questions.png"
        plots.draw(path, pictures, texts, title, marked=[not right[i] for i in shown])
        if tested.weights[0] is not None:
            where = self.layers.shape(*self.shape[:2])
            for number, i in enumerate(shown[:DRAWN], 1):
                weights = tested.weights[i].reshape(-1, *where)
                looks = [f"look {k}" for k in range(1, 1 + len(weights))]
                path, text = directory / f"attention_{number}.png", texts[number - 1]
                picture = examples[i].picture
                picture_attention.draw(path, picture, looks, weights, title=text)


def build(config: ConfigDict, workdir: str | Path | None = None) -> VisualQA:
    """Builds the task of `configs/visual_qa.py`; see `experiments.build`."""
    check(config, FIELDS)
    return VisualQA(config, Assets(workdir))
