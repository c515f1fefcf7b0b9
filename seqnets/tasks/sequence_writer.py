"""Base class of what writes sequences: searched for, sampled, and scored by splits."""

import functools
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from ml_collections import ConfigDict

from seqnets import losses
from seqnets.cells.attention import alignments
from seqnets.data.assets import Assets
from seqnets.data.buckets import BucketedBatches
from seqnets.decode import beam, sampling
from seqnets.decode.constraints import Constraint
from seqnets.tasks.sequence_to_sequence import RAGGED, SequenceToSequence
from seqnets.training import evaluation
from seqnets.training.task import Batch, Params


class SequenceWriter(SequenceToSequence):
    """Writes targets, by a beam or at random, and tells what they attended to.

    What may be written is `constraint`'s to say, which a subclass replaces. Fields of
    the config beside those of the base class: beam, length_penalty, attention, and
    no_repeat, which counts as 0 where a config lacks it.

    Attributes:
      search: `(params, batch, *, width, n_best, alpha, no_repeat)`, compiled.
      draw: `(params, batch, key, *, temperature, top_k, top_p, no_repeat)`, compiled.
      attended: `(params, batch)`, compiled: the weights of attention [B, T, S] while
        "inputs" are read, or None.
    """

    def __init__(self, config: ConfigDict, assets: Assets):
        super().__init__(config, assets)
        static = ("width", "n_best", "alpha", "no_repeat")
        self.search = jax.jit(self._search, static_argnames=static)
        static = ("temperature", "top_k", "top_p", "no_repeat")
        self.draw = jax.jit(self._draw, static_argnames=static)
        self.attended = jax.jit(self._attended)

    def constraint(self, batch: Batch) -> Constraint | None:
        """Returns which symbols may be written for sources; None: any."""
        return None

    def _search(
        self,
        params: Params,
        batch: Batch,
        *,
        width: int,
        n_best: int,
        alpha: float,
        no_repeat: int | None = None,
    ) -> beam.Hypotheses:
        _, step, state = self.begin(params, batch)
        options = {"width": width, "n_best": n_best, "alpha": alpha}
        options |= self._rules(batch, no_repeat)
        return beam.search(step, state, self._first(batch), **options)

    def _draw(
        self,
        params: Params,
        batch: Batch,
        key: Array,
        *,
        temperature: float,
        top_k: int | None = None,
        top_p: float | None = None,
        no_repeat: int | None = None,
    ) -> beam.Hypotheses:
        """Samples a target for each source; its ln p is that at temperature 1."""
        _, step, state = self.begin(params, batch)
        first = self._first(batch)
        options = {"temperature": temperature, "top_k": top_k, "top_p": top_p}
        options |= self._rules(batch, no_repeat)
        tokens, lengths = sampling.sample(step, state, first, key, **options)
        inputs = jnp.concatenate([first[:, None], tokens[:, :-1]], 1)
        mask = jnp.arange(tokens.shape[1]) <= lengths[:, None]
        logits = self.logits(params, {**batch, "mask": mask}, inputs)
        nats, _ = jax.vmap(losses.cross_entropy)(logits, tokens, mask)
        found = tokens, lengths, -nats, -nats, lengths < tokens.shape[1]
        return beam.Hypotheses(*(array[:, None] for array in found))

    def _first(self, batch: Batch) -> Array:
        return jnp.full(len(batch["source"]), self.target.eos, jnp.int32)

    def _rules(self, batch: Batch, no_repeat: int | None) -> dict[str, Any]:
        """Returns what may be written, as options of `beam` and of `sampling`."""
        own = self.config.get("no_repeat", 0)
        return {
            "length": self.config.limit + 1,
            "eos": self.target.eos,
            "no_repeat": own if no_repeat is None else no_repeat,
            "forbidden": () if self.target.unit == "word" else (self.target.unk,),
            "constraint": self.constraint(batch),
        }

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
