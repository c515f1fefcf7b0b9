"""Base class of what reads one sequence and writes another: batches, loss, search."""

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from ml_collections import ConfigDict

from seqnets import datasets, losses
from seqnets.cells.attention import alignments
from seqnets.data import buckets
from seqnets.data.assets import Assets
from seqnets.data.buckets import BucketedBatches
from seqnets.data.segmentation import Segmenter
from seqnets.datasets.dataset import Dataset
from seqnets.datasets.pairs import Pair
from seqnets.decode import beam, forcing
from seqnets.decode.constraints import Constraint
from seqnets.modules import EncoderDecoder
from seqnets.training import encoder_decoders, evaluation
from seqnets.training.pretrained import WordTables
from seqnets.training.task import Batch, Params

RAGGED = {"source": "source_mask", "inputs": "mask", "targets": "mask"}


class SequenceToSequence(WordTables):
    """Writes the target of a `Pair` after reading its source.

    For other examples a subclass replaces `kind`, `options`, `pair` and, for what else
    stands in a batch, `encode` and `ask`. The fields of the config are those of
    `encoder_decoders`, and unit, lowercase, vocabulary_size and min_count where it does
    not replace `segmenter`; `shared` counts as False where a config lacks it.

    Both sides end with `<EOS>`, which is also what the decoder reads first. No more
    than `limit` symbols are read or written, `<EOS>` aside.

    Attributes:
      kind: of the data set; see `datasets.load`.
    """

    kind = "pairs"
    unit = "symbols"

    def __init__(self, config: ConfigDict, assets: Assets):
        self.config, self.assets = config, assets
        encoder_decoders.check_options(config)
        static = ("width", "n_best", "alpha")
        self.search = jax.jit(self._search, static_argnames=static)
        self.attended = jax.jit(self._attended)

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
        found = {"source": self.source.symbols, "target": self.target.symbols}
        return {"source": found["source"]} if self.shared else found

    def encode(self, example: Any) -> dict[str, np.ndarray]:
        """Returns the arrays of an example, cut to the limit."""
        pair, end = self.pair(example), np.int32(self.target.eos)
        target = self.target.encode(pair.target)[: self.config.limit]
        return {
            "source": self.encode_source(pair.source),
            "inputs": np.concatenate([[end], target]).astype(np.int32),
            "targets": np.append(target, end),
        }

    def ask(self, line: str) -> dict[str, np.ndarray]:
        """Returns the arrays of a source for which a target is to be written."""
        return {"source": self.encode_source(line)}

    def constraint(self, batch: Batch) -> Constraint | None:
        """Returns which symbols may be written for sources; None: any."""
        return None

    def encode_source(self, line: str) -> np.ndarray:
        """Returns the ids of a source, cut to the limit, and `<EOS>`; int32 [S]."""
        ids = self.source.encode(line)[: self.config.limit]
        return np.append(ids, np.int32(self.source.eos))

    def make_batches(self, split: str) -> BucketedBatches:
        c, train, examples = self.config, split == "train", self.dataset[split]
        cut = sum(self._is_cut(self.pair(example)) for example in examples)
        buckets.report_cuts(cut, len(examples), split, self.kind, c.limit)
        examples = [self.encode(example) for example in examples]
        rows = c.batch_size if train else c.eval_batch_size or c.batch_size
        order = {"buckets": c.buckets, "parts": c.target_buckets, "shuffle": train}
        return BucketedBatches(examples, rows, ragged=RAGGED, seed=c.seed, **order)

    def _is_cut(self, pair: Pair) -> bool:
        sides = (self.source, pair.source), (self.target, pair.target)
        return any(len(own.encode(line)) > self.config.limit for own, line in sides)

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
        return forcing.mix(step, state, batch["inputs"], own)

    def _search(
        self, params: Params, batch: Batch, *, width: int, n_best: int, alpha: float
    ) -> beam.Hypotheses:
        _, step, state = self.begin(params, batch)
        end = self.target.eos
        return beam.search(
            step,
            state,
            jnp.full(len(batch["source"]), end, jnp.int32),
            width=width,
            length=self.config.limit + 1,
            eos=end,
            n_best=n_best,
            alpha=alpha,
            no_repeat=self.config.get("no_repeat", 0),
            forbidden=() if self.target.unit == "word" else (self.target.unk,),
            constraint=self.constraint(batch),
        )

    def _attended(self, params: Params, batch: Batch) -> Array | None:
        """Returns the weights of attention [B, T, S] while `inputs` are read."""
        if self.config.attention is None:
            return None
        run = functools.partial(self.model.apply, {"params": params})
        args = batch["source"], batch["source_mask"]
        bound, state = run(*args, method="read")
        xs = run(bound, batch["inputs"], method="inputs")
        options = {"state": state, "mask": batch["mask"]}
        return alignments(self.model.decoder, bound.params, xs, **options)

    def _free(self, params: Params, batch: Batch) -> tuple[Array, Array]:
        """Returns the sum of -ln p of each row's targets after its own output."""
        mask = batch["mask"]
        inputs = self.read_own(params, batch, jnp.ones_like(mask))
        logits = self.logits(params, batch, inputs)
        return jax.vmap(losses.cross_entropy)(logits, batch["targets"], mask)

    def _greedy(self, params: Params, batch: Batch) -> Array:
        return self._search(params, batch, width=1, n_best=1, alpha=0.0).tokens[:, 0]

    def _by_beam(self, params: Params, batch: Batch) -> Array:
        c = self.config
        options = {"width": c.beam, "n_best": 1, "alpha": c.length_penalty}
        return self._search(params, batch, **options).tokens[:, 0]

    def write(
        self, params: Params, split: str, limit: int | None = None, *, beam: bool
    ) -> list[str]:
        """Writes the targets of a split, greedily or by the config's beam."""
        function = self._by_beam if beam else self._greedy
        batches = self._in_order(split, limit)
        found = evaluation.answers(function, params, batches)
        return [self.target.decode(ids.tolist()) for ids in found]

    def free_perplexity(
        self, params: Params, split: str, limit: int | None = None
    ) -> float:
        """Returns the perplexity of targets where the decoder reads its own output."""
        batches = self._in_order(split, limit)
        found = evaluation.answers(self._free, params, batches)
        nats, counts = np.sum(found, 0, np.float64)
        return float(np.exp(min(nats / counts, 700.0)))

    def _in_order(self, split: str, limit: int | None) -> Iterator[Batch]:
        if limit is None:
            return self.batches(split)
        examples = list(map(self.encode, self.dataset[split][:limit]))
        rows = self.config.eval_batch_size or self.config.batch_size
        order = {"buckets": self.config.buckets, "shuffle": False}
        return BucketedBatches(examples, rows, ragged=RAGGED, **order).batches(0, 1)
