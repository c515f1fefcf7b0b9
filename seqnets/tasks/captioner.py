"""Base class of what writes about pictures: batches, the loss, answers to pictures."""

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from seqnets import datasets
from seqnets.data import buckets, pictures
from seqnets.data.buckets import BucketedBatches
from seqnets.data.segmentation import bare
from seqnets.datasets.dataset import SPLITS, Dataset
from seqnets.datasets.pairs import Pair
from seqnets.modules import DeepOutput, Embedding, PictureDecoder, PictureEncoder
from seqnets.tasks import encoder_decoders, picture_nets
from seqnets.tasks.line_writer import TOGETHER, LineWriter
from seqnets.tasks.sequence_to_sequence import RAGGED
from seqnets.tasks.translations import Written
from seqnets.training.fields import rows_of
from seqnets.training.task import Batch, Params


class Described(NamedTuple):
    """A picture, and one of its captions."""

    picture: np.ndarray  # uint8 [H, W, C]
    caption: str


class Captioner(LineWriter):
    """Writes a caption for each picture, whose path is a line.

    A picture is the "source" of a batch, bytes [B, H, W, C]; all have one shape.
    """

    kind = "captions"

    def check_options(self) -> None:
        self.layers = picture_nets.build(self.config)
        encoder_decoders.check_decoder(self.config, self.encoder.out_dim)

    @property
    def encoder(self) -> PictureEncoder:
        return PictureEncoder(self.layers, jnp.dtype(self.config.compute_dtype))

    @functools.cached_property
    def captioned(self) -> Dataset:
        """The data set as it is read."""
        c, options = self.config, {"shape": self.config.shape}
        options |= {"assets": self.assets}
        return datasets.load(c.corpus, self.kind, c.data_dir, **options)

    @functools.cached_property
    def dataset(self) -> Dataset:
        """The captions of each split, each a `Described`."""

        def described(split: str) -> list[Described]:
            return [
                Described(own.picture, caption)
                for own in self.captioned[split]
                for caption in own.captions
            ]

        return Dataset(lambda: {split: described(split) for split in SPLITS})

    @functools.cached_property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels of the pictures."""
        info = self.assets.keep(
            f"{self.kind}.json",
            lambda: self.captioned.info,
            check=lambda info: isinstance(info, dict) and len(info["shape"]) == 3,
        )
        return tuple(info["shape"])

    @functools.cached_property
    def model(self) -> PictureDecoder:
        c, dtype = self.config, jnp.dtype(self.config.compute_dtype)
        size, encoder = len(self.target), self.encoder
        return PictureDecoder(
            encoder,
            Embedding(size, c.embedding_dim, dtype=dtype),
            encoder_decoders.decoder(c, c.encoder_dim, encoder.out_dim),
            DeepOutput(size, c.readout, c.readout_dim, c.dropout),
            vector_dim=c.encoder_dim if c.bridge == "tanh" else None,
            tied=c.tied,
            dropout=c.dropout,
        )

    def tables(self) -> Mapping[str, Sequence[str]]:
        return {"target": tuple(map(bare, self.target.symbols))}

    def pair(self, example: Described) -> Pair:
        return Pair("", example.caption)

    def encode(self, example: Described) -> dict[str, np.ndarray]:
        end = np.int32(self.target.eos)
        target = self.target.encode(example.caption, self.config.limit)
        return {
            "source": example.picture,
            "inputs": np.concatenate([[end], target]).astype(np.int32),
            "targets": np.append(target, end),
        }

    def ask(self, line: str) -> dict[str, np.ndarray]:
        if not line.strip():
            return {"source": np.zeros(self.shape, np.uint8)}
        return {"source": pictures.read_whole(line.strip(), self.shape)}

    def check_line(self, line: str) -> None:
        """Every path can be asked for; `ask` says what is wrong with a picture."""

    def collate(self, asked: Sequence[Mapping[str, np.ndarray]]) -> Batch:
        rows = 1 if len(asked) == 1 else TOGETHER
        ragged, widths = {"source": "source_mask"}, {"source_mask": self.shape[0]}
        return buckets.pad_examples(asked, rows, widths, ragged=ragged)

    def make_batches(self, split: str) -> BucketedBatches:
        c, train = self.config, split == "train"
        self.report_cuts(split)
        rows = rows_of(c, split)
        order = {"parts": c.target_buckets, "shuffle": train, "seed": c.seed}
        examples = list(map(self.encode, self.dataset[split]))
        return BucketedBatches(examples, rows, ragged=RAGGED, **order)

    def report_cuts(self, split: str) -> None:
        examples, limit = self.dataset[split], self.config.limit
        cut = sum(self.target.exceeds(own.caption, limit) for own in examples)
        buckets.report_cuts(cut, len(examples), split, self.kind, limit)

    def init(self, key: Array) -> Params:
        pixels = jnp.zeros((1, *self.shape), jnp.uint8)
        ids, mask = jnp.zeros((1, 1), jnp.int32), jnp.ones((1, 1), bool)
        return self.model.init(key, pixels, mask, ids, mask)["params"]

    def loss(self, params, state, batch, key):
        """The mean of -ln p of the symbols, and in training λ Σ_s (1 - Σ_t α_ts)².

        The second term, a mean over pictures, makes every region be looked at as much
        as any other: "doubly stochastic attention" (Xu et al., 2015).
        """
        value, found = super().loss(params, state, batch, key)
        strength = self.config.doubly_stochastic
        if key is None or not strength:
            return value, found
        alpha, rows = self._attended(params, batch), batch["rows"]  # [B, T, S]
        spare = ((1.0 - alpha.sum(1)) ** 2).sum(-1)
        spare = jnp.where(rows, spare, 0.0).sum() / jnp.maximum(rows.sum(), 1)
        return value + strength * spare, found

    def predict(
        self,
        params: Params,
        lines: Iterable[str],
        *,
        beam: int | None = None,
        nbest: int = 1,
        length_penalty: float | None = None,
    ) -> Iterator[Written]:
        """Yields the captions of pictures, whose paths are lines; of "", nothing.

        Args:
          params: of the model.
          lines: paths of image files.
          beam: width of the search, 1 being greedy; None for the config's.
          nbest: how many captions are written for each, at most `beam`.
          length_penalty: α of the length normalisation; None for the config's.

        Raises:
          ValueError: for an option out of its range, or what is no picture.
        """
        options = {"beam": beam, "nbest": nbest, "length_penalty": length_penalty}
        yield from super().predict(params, lines, copy_unknown=False, **options)

    def look(
        self, params: Params, picture: np.ndarray, caption: str
    ) -> tuple[list[str], np.ndarray]:
        """Returns the words of a caption, and where each looked while it was written.

        Args:
          params: of a model with attention.
          picture: uint8 [H, W, C].
          caption: what is written; T words, its end not counted.

        Returns:
          The words, and weights [T, down, across] of the regions.
        """
        example = self.encode(Described(picture, caption))
        widths = {"source_mask": self.shape[0], "mask": self.config.limit + 1}
        batch = buckets.pad_examples([example], 1, widths, ragged=RAGGED)
        (alpha,) = jax.device_get(self.attended(params, batch))
        words = [self.target.symbols[id] for id in example["targets"][:-1]]
        shape = self.layers.shape(*self.shape[:2])
        return words, alpha[: len(words)].reshape(-1, *shape)

    def _rules(self, batch: Batch, no_repeat: int | None) -> dict[str, Any]:
        # Nothing can take the place of an unknown word: there is no source to copy.
        return super()._rules(batch, no_repeat) | {"forbidden": (self.target.unk,)}

    def _in_order(self, split: str, limit: int | None) -> Iterator[Batch]:
        """Yields the pictures of a split, each once, with their first captions."""
        examples = [
            self.encode(Described(own.picture, own.captions[0]))
            for own in self.captioned[split][:limit]
        ]
        rows = self.config.eval_batch_size or self.config.batch_size
        fixed = {"ragged": RAGGED, "shuffle": False}
        return BucketedBatches(examples, rows, **fixed).batches(0, 1)
