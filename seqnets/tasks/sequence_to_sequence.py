"""Base class of what learns to write one sequence after another: batches and loss."""

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from ml_collections import ConfigDict

from seqnets import datasets, losses
from seqnets.data import buckets
from seqnets.data.assets import Assets
from seqnets.data.buckets import BucketedBatches
from seqnets.data.segmentation import Segmenter, bare
from seqnets.datasets.dataset import Dataset
from seqnets.datasets.pairs import Pair
from seqnets.decode import scheduled_sampling
from seqnets.modules import EncoderDecoder
from seqnets.tasks import encoder_decoders
from seqnets.training.fields import rows_of
from seqnets.training.pretrained import WordTables
from seqnets.training.task import Batch, Params

RAGGED = {"source": "source_mask", "inputs": "mask", "targets": "mask"}


class SequenceToSequence(WordTables):
    """Writes the target of a `Pair` after reading its source.

    For other examples a subclass replaces `kind`, `options`, `pair` and, for what else
    stands in a batch, `encode` and `ask`. The fields of the config are those of
    `encoder_decoders`, and unit, lowercase, vocabulary_size and min_count where it does
    not replace `segmenter`; where a config lacks them, `shared` counts as False and
    `source_limit` as None.

    Both sides end with `<EOS>`, which is also what the decoder reads first. No more
    than `source_limit` symbols are read, `<EOS>` aside, `limit` of them where it is
    None, and no more than `limit + 1` are written.

    Attributes:
      kind: of the data set; see `datasets.load`.
    """

    kind = "pairs"
    unit = "symbols"

    def __init__(self, config: ConfigDict, assets: Assets):
        self.config, self.assets = config, assets
        self.check_options()

    def check_options(self) -> None:
        """Raises ValueError for options of the config that do not go together."""
        encoder_decoders.check_options(self.config)

    @functools.cached_property
    def dataset(self) -> Dataset:
        c, options = self.config, self.options()
        return datasets.load(
            c.corpus, self.kind, c.data_dir, assets=self.assets, **options
        )

    def options(self) -> Mapping[str, Any]:
        """Returns other options of the data set's reader."""
        return {}

    def pair(self, example: Any) -> Pair:
        """Returns what is read and what is written of an example of the data set."""
        return example

    @property
    def shared(self) -> bool:
        """Whether both sides have one vocabulary, and one embedding."""
        return self.config.get("shared", False)

    @property
    def source_limit(self) -> int:
        """How many symbols of a source are read, `<EOS>` aside."""
        own = self.config.get("source_limit")
        return self.config.limit if own is None else own

    @functools.cached_property
    def source(self) -> Segmenter:
        return self._kept("source")

    @functools.cached_property
    def target(self) -> Segmenter:
        return self.source if self.shared else self._kept("target")

    def _kept(self, side: str) -> Segmenter:
        sides = ("source", "target") if self.shared else (side,)

        def make() -> Segmenter:
            pairs = list(map(self.pair, self.dataset.train))
            lines = (getattr(pair, s) for s in sides for pair in pairs)
            return self.segmenter(side, lines)

        return self.assets.keep(f"{side}.json", make, Segmenter)

    def segmenter(self, side: str, lines: Iterable[str]) -> Segmenter:
        """Makes the vocabulary of a side, "source" or "target", from its lines."""
        c = self.config
        options = {"size": c.vocabulary_size, "min_count": c.min_count}
        return Segmenter.make(lines, c.unit, lowercase=c.lowercase, **options)

    @functools.cached_property
    def model(self) -> EncoderDecoder:
        sizes = len(self.source), len(self.target)
        return encoder_decoders.build(self.config, *sizes, self.shared)

    def tables(self) -> Mapping[str, Sequence[str]]:
        sides = {"source": self.source}
        if not self.shared:
            sides["target"] = self.target
        # A file of vectors has words and marks without signs of the spaces beside them.
        return {name: tuple(map(bare, own.symbols)) for name, own in sides.items()}

    def encode(self, example: Any) -> dict[str, np.ndarray]:
        """Returns the arrays of an example, each side cut to its limit."""
        pair, end = self.pair(example), np.int32(self.target.eos)
        target = self.target.encode(pair.target, self.config.limit)
        return {
            "source": self.encode_source(pair.source),
            "inputs": np.concatenate([[end], target]).astype(np.int32),
            "targets": np.append(target, end),
        }

    def ask(self, line: str) -> dict[str, np.ndarray]:
        """Returns the arrays of a source for which a target is to be written."""
        return {"source": self.encode_source(line)}

    def encode_source(self, line: str) -> np.ndarray:
        """Returns the ids of a source, cut to its limit, and `<EOS>`; int32 [S]."""
        ids = self.source.encode(line, self.source_limit)
        return np.append(ids, np.int32(self.source.eos))

    def make_batches(self, split: str) -> BucketedBatches:
        c, train, examples = self.config, split == "train", self.dataset[split]
        self.report_cuts(split)
        examples = [self.encode(example) for example in examples]
        rows = rows_of(c, split)
        order = {"buckets": c.buckets, "parts": c.target_buckets, "shuffle": train}
        return BucketedBatches(examples, rows, ragged=RAGGED, seed=c.seed, **order)

    def report_cuts(self, split: str) -> None:
        """Says how many examples of a split are cut; by sides, where limits differ."""
        pairs = list(map(self.pair, self.dataset[split]))
        limits = self.source_limit, self.config.limit
        sources = [self.source.exceeds(pair.source, limits[0]) for pair in pairs]
        targets = [self.target.exceeds(pair.target, limits[1]) for pair in pairs]
        cuts = {"sources": (sources, limits[0]), "targets": (targets, limits[1])}
        if limits[0] == limits[1]:
            either = [any(own) for own in zip(sources, targets, strict=True)]
            cuts = {self.kind: (either, limits[1])}
        for what, (cut, limit) in cuts.items():
            buckets.report_cuts(sum(cut), len(pairs), split, what, limit)

    def init(self, key: Array) -> Params:
        ids, mask = jnp.zeros((1, 1), jnp.int32), jnp.ones((1, 1), bool)
        return self.model.init(key, ids, mask, ids, mask)["params"]

    def loss(self, params, state, batch, key):
        """The mean of -ln p of the symbols, with label smoothing in training."""
        c, inputs, smoothing = self.config, batch["inputs"], 0.0
        if key is not None:
            smoothing = c.label_smoothing
            if c.own_output:
                key, own_key = jax.random.split(key)
                own = jax.random.bernoulli(own_key, c.own_output, inputs.shape)
                inputs = self.read_own(params, batch, own)
        logits = self.logits(params, batch, inputs, key)
        targets, mask = batch["targets"], batch["mask"]
        nats, count = losses.cross_entropy(logits, targets, mask)
        sums = {"loss": (nats, count)}
        if smoothing:
            nats, _ = losses.cross_entropy(logits, targets, mask, smoothing=smoothing)
        return losses.mean(nats, count), (state, sums)

    def finish(self, sums):
        loss = float(sums["loss"][0] / sums["loss"][1])
        return {"loss": loss, "perplexity": float(np.exp(min(loss, 700.0)))}

    def logits(
        self, params: Params, batch: Batch, inputs: Array, key: Array | None = None
    ) -> Array:
        """Returns the scores [B, T, V] of the symbols after those of `inputs`."""
        args = batch["source"], batch["source_mask"], inputs, batch["mask"]
        return self.model.apply({"params": params}, *args, key=key)

    def begin(self, params: Params, batch: Batch) -> tuple[Any, Any, Any]:
        """Reads sources, and returns (bound, step, state) to write targets with.

        Args:
          params: of the model.
          batch: "source" and "source_mask", [B, S].

        Returns:
          The decoder that is bound to the sources; `step(state, symbols [B]) -> (state,
          logits [B, V])`; and its first state.
        """
        run = functools.partial(self.model.apply, {"params": params})
        args = batch["source"], batch["source_mask"]
        bound, state = run(*args, method="read")
        return bound, functools.partial(run, bound, method="step"), state

    def read_own(self, params: Params, batch: Batch, own: Array) -> Array:
        """Returns what the decoder reads where `own` [B, T] has it read its output."""
        _, step, state = self.begin(jax.lax.stop_gradient(params), batch)
        return scheduled_sampling.mix_inputs(step, state, batch["inputs"], own)
