"""Base classes of tasks on DNA: classes of windows, and genes in sequences."""

import functools
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from ml_collections import ConfigDict

from seqnets import datasets, genes, losses, strands
from seqnets.baselines import position_weights, reading_frames
from seqnets.data import bases, buckets, fasta, gene_tags
from seqnets.data.assets import Assets, are_names
from seqnets.data.gene_tags import CODING
from seqnets.datasets.dataset import Dataset
from seqnets.datasets.dna import Annotated
from seqnets.decode import crf
from seqnets.genes import Marked, marked
from seqnets.initializers import count_parameters
from seqnets.training import evaluation
from seqnets.training.fields import rows_of
from seqnets.training.supervised import Supervised, Verdict
from seqnets.training.task import Batch, Params, Task

# Paths, even of files that are not there; others are paths where there is a file.
FASTA = (".fasta", ".fa", ".fna", ".fasta.gz", ".fa.gz", ".fna.gz")


class InFile(NamedTuple):
    """The answers to all sequences of a FASTA file; `str` has a line for each."""

    answers: tuple[Any, ...]

    def __str__(self) -> str:
        return "\n".join(map(str, self.answers))


class DNATask(Task):
    """What tasks on DNA share.

    A subclass gives `kind`, `model`, which is called as `model(codes, mask=, key=)`,
    and `encode`, the arrays of an example. These fields of the config are read: corpus,
    data_dir, fold, buckets, batch_size, eval_batch_size, seed and reverse.

    Attributes:
      kind: of the data set; see `datasets.load`.
      ragged: fields of an encoded example, and their masks; see `BucketedBatches`.
    """

    kind: str
    model: Any
    ragged = {"codes": "mask"}

    def __init__(self, config: ConfigDict, assets: Assets):
        super().__init__()
        self.config, self.assets = config, assets

    @functools.cached_property
    def dataset(self) -> Dataset:
        c = self.config
        options = {"assets": self.assets, "fold": c.fold}
        return datasets.load(c.corpus, self.kind, c.data_dir, **options)

    def encode(self, example: Any) -> dict[str, np.ndarray]:
        """Returns the arrays of an example of the data set."""
        raise NotImplementedError

    def make_batches(self, split: str) -> buckets.BucketedBatches:
        c, training = self.config, split == "train"
        return buckets.BucketedBatches(
            list(map(self.encode, self.dataset[split])),
            rows_of(c, split),
            ragged=self.ragged,
            buckets=c.buckets,
            seed=c.seed,
            shuffle=training,
        )

    def init(self, key: Array) -> Params:
        codes, mask = jnp.ones((1, 1), jnp.uint8), jnp.ones((1, 1), bool)
        return self.model.init(key, codes, mask=mask)["params"]

    def apply(self, params: Params, batch: Batch, key: Array | None) -> Any:
        """Returns what the model gives for a batch."""
        args = {"params": params}, batch["codes"]
        return self.model.apply(*args, mask=batch["mask"], key=key)

    def turned(self, batch: Batch, key: Array) -> Batch:
        """Replaces a random half of the rows by their reverse complements."""
        other = batch | {
            "codes": strands.reverse_complement(batch["codes"], batch["mask"])
        }
        if "tags" in batch:
            other["tags"] = strands.other_tags(batch["tags"], batch["mask"])
        rows = jax.random.bernoulli(key, 0.5, (len(batch["codes"]), 1))
        return batch | {
            name: jnp.where(rows, other[name], batch[name])
            for name in ("codes", "tags")
            if name in batch
        }

    def augmented(self, batch: Batch, key: Array | None) -> tuple[Batch, Array | None]:
        """Returns the batch to train on, its rows turned, and what is left of the key.

        Where `reverse` says so; in evaluation, without a key, both are as they were.
        """
        if key is None or not self.config.reverse:
            return batch, key
        own, key = jax.random.split(key)
        return self.turned(batch, own), key


def read_line(line: str) -> np.ndarray | None:
    """Returns the codes of a line of bases; None for an empty one."""
    codes = bases.encode(line)
    fasta.report("the line", [codes])
    return codes if len(codes) else None


def is_path(line: str) -> bool:
    """Tells whether a line is the path of a FASTA file, rather than bases."""
    if line.lower().endswith(FASTA):
        return True
    return ("/" in line or "." in line) and os.path.exists(line)


def answers(
    ask: Callable[[Iterable[str]], Iterable[Any]], lines: Iterable[str]
) -> Iterator[Any]:
    """Yields one answer to each line: of bases, or of a FASTA file an `InFile`.

    Args:
      ask: `lines of bases -> answers`, one for each.
      lines: bases, or the path of a FASTA file.
    """
    for line in lines:
        path = line.strip()
        if is_path(path):
            records = fasta.read(Path(path))
            yield InFile(tuple(ask(bases.decode(record.codes) for record in records)))
        else:
            yield from ask([line])


class WindowClassifier(DNATask, Supervised):
    """Classifies windows."""

    kind, unit = "windows", "windows"

    @functools.cached_property
    def classes(self) -> Sequence[str]:
        return self.assets.keep(
            "classes.json", lambda: self.dataset.info["classes"], check=are_names
        )

    def encode(self, example: Any) -> dict[str, np.ndarray]:
        label = np.int32(self.classes.index(example.label))
        return {"codes": example.codes, "label": label}

    def outputs(self, params, batch, key):
        return self.apply(params, batch, key)

    def loss(self, params, state, batch, key):
        batch, key = self.augmented(batch, key)
        return super().loss(params, state, batch, key)

    def read(self, line: str) -> tuple[str, dict[str, Any]] | None:
        codes = read_line(line)
        return None if codes is None else (bases.decode(codes), {"codes": codes})

    def collate(self, example: dict[str, Any]) -> Batch:
        return buckets.collate([example], self.ragged)

    def predict(
        self, params: Params, lines: Iterable[str]
    ) -> Iterator[Verdict | InFile]:
        """Yields the verdict on each line of bases, or those on a FASTA file."""
        return answers(functools.partial(super().predict, params), lines)

    def verdict(self, line, words, p, weights):
        return super().verdict(words, words, p, None)

    def baselines(self) -> dict[str, float]:
        """Returns the accuracy, on the validation split, of simple methods."""
        train, valid = self.dataset.train, self.dataset.valid
        labels = [[w.label for w in part] for part in (train, valid)]
        found = self.majority(*labels)
        codes = [[w.codes for w in part] for part in (train, valid)]
        if len({len(own) for part in codes for own in part}) == 1:
            answers = position_weights.predict(codes[0], labels[0], codes[1])
            found["bases by their places"] = float(
                np.mean([a == b for a, b in zip(answers, labels[1], strict=True)])
            )
        return found


class GeneTagger(DNATask):
    """Marks the coding stretches of sequences by a CRF over `gene_tags`."""

    kind, unit = "genes", "bases"
    goal = ("valid", "f1", "max")
    ragged = {"codes": "mask", "tags": "mask"}

    def __init__(self, config: ConfigDict, assets: Assets):
        super().__init__(config, assets)
        self.answer = jax.jit(self._answer)

    def encode(self, example: Annotated) -> dict[str, np.ndarray]:
        tags = gene_tags.tags_of(example.genes, len(example.codes))
        return {"codes": example.codes, "tags": tags}

    def loss(self, params, state, batch, key):
        """-ln p of the tags of a sequence, by the base."""
        batch, key = self.augmented(batch, key)
        scores, chain = self.apply(params, batch, key)
        mask, tags = batch["mask"], batch["tags"].astype(jnp.int32)
        nats = -crf.log_likelihood(chain, scores, tags, mask).sum()
        count = mask.sum(dtype=jnp.float32)
        return losses.mean(nats, count), (state, {"loss": (nats, count)})

    def _answer(self, params: Params, batch: Batch) -> tuple[Array, Array, Array]:
        scores, chain = self.apply(params, batch, None)
        mask = batch["mask"]
        p = crf.marginals(chain, scores, mask) @ jnp.asarray(CODING, jnp.float32)
        return crf.viterbi(chain, scores, mask)[0], p, mask

    def test(self, params: Params, split: str) -> Iterator[tuple[Annotated, Any, Any]]:
        """Yields the sequences of a split, the tags found, and p(coding), [T] each."""
        found = evaluation.answers(self._answer, params, self.batches(split))
        for example, (tags, p, mask) in zip(self.dataset[split], found, strict=True):
            yield example, tags[mask], p[mask]

    def scores(self, params: Params, split: str, limit: int | None) -> dict[str, float]:
        """Returns what `genes.measure` does, and the number of parameters."""
        found = list(self.test(params, split))[:limit]
        pairs = [(example, gene_tags.genes_of(tags)) for example, tags, _ in found]
        return genes.measure(pairs) | {"parameters": count_parameters(params)}

    def baselines(self) -> dict[str, float]:
        """Returns F1, on the validation split, of the longest open reading frames."""
        pairs = [(e, reading_frames.longest(e.codes)) for e in self.dataset.valid]
        return {"longest open reading frame": genes.measure(pairs)["f1"]}

    def predict(
        self, params: Params, lines: Iterable[str]
    ) -> Iterator[Marked | InFile]:
        """Yields the genes of each line of bases, or those of a FASTA file."""
        return answers(functools.partial(self._mark, params), lines)

    def _mark(self, params: Params, lines: Iterable[str]) -> Iterator[Marked]:
        for line in lines:
            codes = read_line(line)
            if codes is None:
                yield Marked((), "")
                continue
            batch = buckets.collate([{"codes": codes}], {"codes": "mask"})
            tags = np.asarray(self.answer(params, batch)[0])[0, : len(codes)]
            yield marked(codes, tags)
