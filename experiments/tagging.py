"""Tags for tokens: words of Chinese, names of people, places ... (E5, E6).

南京市长江大桥: is it 南京市|长江大桥, or 南京|市长|江大桥? 004 compares encoders of
characters, of words that were cut before, and of a lattice of both (Zhang & Yang,
2018). A CRF chooses the tags (Huang et al., 2015), and English words are spelled as
well (Lample et al., 2016; Ma & Hovy, 2016). What counts is F1 of spans, as conlleval
has it; the baseline gives each token its most frequent tag.
"""

import collections
import functools
import logging
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from ml_collections import ConfigDict

import experiments
from seqnets import cells, losses
from seqnets.data import batching, schemes
from seqnets.data.lexicon import load_lexicon
from seqnets.data.padded import Padded
from seqnets.data.schemes import OUTSIDE, Span
from seqnets.data.tagged_source import Segment, Sentence, TaggedSource
from seqnets.decode import crf
from seqnets.initializers import size
from seqnets.modules import spelling
from seqnets.modules.tagger import Tagger
from seqnets.naming import nearest
from seqnets.pictures import confusion
from seqnets.spans import mark, span_f1
from seqnets.structures.lattice import LatticeLSTM
from seqnets.training.task import Task

ENCODERS = ("tokens", "words", "lattice")
OUTPUTS = ("crf", "softmax")
BESIDE = ("words", "begin", "end")


def build(config: ConfigDict, workdir: str | Path | None = None) -> Task:
    """Assembles the task that a config such as `configs/tagging.py` describes.

    Args:
      config: see `configs/tagging.py` for every field.
      workdir: a run folder whose tags, vocabularies and lexicon are used again.

    Raises:
      ValueError: for options that do not go together.
    """
    check(config)
    lattice = config.encoder == "lattice"
    source = TaggedSource(
        config.corpus,
        scheme=config.scheme,
        lowercase=config.lowercase,
        digits=config.digits,
        min_count=config.min_count,
        spelled=config.spelling is not None,
        lexicon=config.lexicon if lattice else None,
        segment=segmenter(config) if config.encoder == "words" else None,
        data_dir=config.data_dir,
        workdir=workdir,
    )

    @functools.cache
    def model() -> Tagger:
        return tagger(config, source)

    @functools.cache
    def allowed() -> crf.CRFParams:
        scheme, tags = source.tags
        found = crf.CRFParams(*schemes.allowed(tags, scheme))
        if config.constraints:
            return found
        return jax.tree.map(np.ones_like, found)

    @functools.cache
    def unknown(part: str) -> np.ndarray:
        """How often each token, or word, is taken for one never seen."""
        α = config.unknown
        return α / (α + np.maximum(source.counts(part), 1)) if α else np.zeros(1)

    def init(key: Array) -> Any:
        batch = collate(source.encode(Sentence(("",), (0, 1), ())))
        return model().init(key, batch)["params"]

    def scored(params, batch, key=None):
        scores, chain = model().apply({"params": params}, batch, key=key)
        chain = crf.init(scores.shape[-1]) if chain is None else chain
        return scores, crf.constrain(chain, allowed())

    def loss(params, state, batch, key):
        mask, tags = batch["mask"], batch["tags"]
        if key is not None and config.unknown:
            key, *keys = jax.random.split(key, 3)
            for part, own in zip(("tokens", "words"), keys, strict=True):
                if part in batch:
                    p = jnp.asarray(unknown(part), jnp.float32)[batch[part]]
                    hidden = jax.random.bernoulli(own, p)
                    unk = source.vocabulary.unk
                    batch = batch | {part: jnp.where(hidden, unk, batch[part])}
        scores, chain = scored(params, batch, key)
        if config.output == "crf":
            log_p = crf.log_likelihood(chain, scores, tags, mask)
            nats, count = -log_p.sum(), mask.sum(dtype=jnp.float32)
        else:
            nats, count = losses.cross_entropy(scores, tags, mask)
        return losses.mean(nats, count), (state, {"loss": (nats, count)})

    @functools.cache
    def examples(split: str) -> Padded:
        padded = Padded(
            source.examples(split),
            config.batch_size,
            buckets=config.buckets,
            limit=config.limit,
            beside=BESIDE if lattice else (),
            seed=config.seed,
            shuffle=split == "train",
        )
        if padded.cut:
            logging.getLogger(__name__).warning(
                "%d of %d %s sentences are longer than limit = %d and were cut",
                *(padded.cut, len(source.splits[split]), split, config.limit),
            )
        return padded

    def batches(split: str, start: int = 0) -> Iterator[batching.Batch]:
        return examples(split).batches(start, None if split == "train" else 1)

    @jax.jit
    def best(params, batch):
        scores, chain = scored(params, batch)
        return crf.viterbi(chain, scores, batch["mask"])[0]

    def told(sentence: Sentence, ids: Sequence[int]) -> list[Span]:
        scheme, tags = source.tags
        return sentence.told([tags[i] for i in ids], scheme)

    def marked(sentence: Sentence, spans: Iterable[Span]) -> str:
        gap = "" if source.by_characters else " "
        own = "".join(sentence.tokens) if source.by_characters else sentence.tokens
        return mark(own, spans, gap)

    def found(params: Any, split: str) -> Iterator[tuple[Sentence, list[Span]]]:
        """Yields the sentences of a split, the short ones first, and their spans."""
        for batch in batches(split):
            rows = zip(batch["rows"], batch["index"], batch["mask"], strict=True)
            ids = np.asarray(best(params, batch))
            for (real, index, mask), row in zip(rows, ids, strict=True):
                if real:
                    sentence = source.splits[split][index]
                    yield sentence, told(sentence, row[mask])

    def scores(params: Any, split: str, limit: int | None) -> dict[str, float]:
        del limit  # Decoding a split takes a second.
        pairs = ((s.spans, spans) for s, spans in found(params, split))
        measures = span_f1(pairs)
        whole = {name: x for name, x in measures.items() if "/" not in name}
        return whole | {"parameters": size(params)}

    def predict(
        params: Any, lines: Iterable[str], *, lexicon: str | None = None
    ) -> Iterator[str]:
        if lexicon is not None and not lattice:
            raise ValueError(f"the encoder {config.encoder!r} reads no lexicon")
        swapped = None if lexicon is None else load_lexicon(lexicon, source.data_dir)
        for line in lines:
            sentence = source.read_line(line)
            if not sentence.tokens:
                yield ""
                continue
            batch = collate(source.encode(sentence, swapped))
            ids = np.asarray(best(params, batch))[0, : len(sentence.tokens)]
            yield marked(sentence, told(sentence, ids))

    def report(params: Any, directory: Path) -> None:
        lines, pairs = [], []
        kinds = [OUTSIDE, *sorted({schemes.split(t)[1] for t in source.tags[1]} - {""})]
        counts = np.zeros((len(kinds), len(kinds)))
        for sentence, spans in found(params, "test"):
            right = set(spans) == set(sentence.spans)
            lines.append(f"{'=' if right else '-'} {marked(sentence, spans)}\n")
            if not right:
                lines.append(f"+ {marked(sentence, sentence.spans)}\n")
            pairs.append((sentence.spans, spans))
            rows = [np.zeros(sentence.places[-1], int) for _ in range(2)]
            for row, here in zip(rows, pairs[-1], strict=True):
                for begin, end, kind in here:
                    row[begin:end] = kinds.index(kind) if kind else 0
            np.add.at(counts, tuple(rows), 1)
        (directory / "test.txt").write_text("".join(lines), encoding="utf-8")
        table = [f"{name}\t{value:.4f}\n" for name, value in span_f1(pairs).items()]
        (directory / "f1.tsv").write_text("".join(table), encoding="utf-8")
        if len(kinds) > 1:
            confusion.draw(directory / "confusion.png", counts, kinds)

    return Task(
        init=init,
        loss=loss,
        batches=batches,
        steps_per_epoch=lambda: examples("train").steps_per_epoch,
        unit="tokens",
        goal=("valid", "f1", "max"),
        baselines=lambda: baselines(source),
        report=report,
        predict=predict,
        scores=scores,
        save=source.save,
    )


def check(config: ConfigDict) -> None:
    """Raises ValueError for options that there are not, or not together."""
    choices = {"encoder": ENCODERS, "output": OUTPUTS, "spelling": spelling.MODELS}
    for name, known in choices.items():
        chosen = config[name]
        if chosen not in known and not (name == "spelling" and chosen is None):
            raise ValueError(f"no {name} {chosen!r}{nearest(str(chosen), known)}")
    if config.encoder == "lattice":
        if config.lexicon is None:
            raise ValueError("a lattice needs a lexicon: set config.lexicon")
        if config.cell.name != "LSTM" or config.depth != 1:
            raise ValueError("a lattice is one layer, and an LSTM of its own kind")
    if config.encoder == "words" and not (config.segmenter or config.lexicon):
        raise ValueError(
            "who cuts the words? Set config.segmenter to the folder of a run that"
            " segments, or config.lexicon, whose longest words are then taken"
        )
    if not 0.0 <= config.dropout < 1.0 or config.unknown < 0.0:
        raise ValueError("dropout must be in [0, 1), and unknown not negative")


def segmenter(config: ConfigDict) -> Segment:
    """Returns what cuts texts into words: our own run, or the longest of a lexicon."""
    if config.segmenter is None:
        longest = load_lexicon(config.lexicon, config.data_dir).longest
        return lambda text: [match.word for match in longest(text)]
    task, params = experiments.load(config.segmenter)
    return lambda text: next(task.predict(params, [text])).split(" ")


def tagger(config: ConfigDict, source: TaggedSource) -> Tagger:
    """Returns the model that a config describes."""
    lattice = config.encoder == "lattice"
    if lattice:
        cell = LatticeLSTM(config.cell.dim, coupled=config.coupled)
    else:
        cell = cells.Stack((cells.build(config.cell),) * config.depth)
    spelled = None
    if config.spelling is not None:
        spelled = spelling.Spelling(
            len(source.letters), config.spelling, config.letter_dim, config.spelling_dim
        )
    return Tagger(
        classes=len(source.tags[1]),
        tokens=len(source.vocabulary),
        dim=config.embedding_dim,
        cell=cell,
        spelling=spelled,
        words=len(source.words) if lattice else 0,
        word_dim=config.word_dim,
        chain=config.output == "crf",
        dropout=config.dropout,
        dtype=jnp.dtype(config.compute_dtype),
    )


def collate(example: dict[str, np.ndarray]) -> batching.Batch:
    """Returns a batch of one, padded so that few shapes are compiled."""
    batch = {}
    for name, values in example.items():
        batch[name], mask = batching.pad([values], batching.roomy(len(values)))
        if name == "tokens":
            batch["mask"] = mask
    return batch


def baselines(source: TaggedSource) -> dict[str, float]:
    """Returns F1, on the validation split, of each token's most frequent tag."""
    scheme, tags = source.tags
    seen = collections.defaultdict(collections.Counter)
    for example in source.examples("train"):
        for token, tag in zip(example["tokens"], example["tags"], strict=True):
            seen[int(token)][int(tag)] += 1
    every = sum(seen.values(), collections.Counter())
    usual = {token: count.most_common(1)[0][0] for token, count in seen.items()}
    rest = every.most_common(1)[0][0]
    pairs = []
    for sentence, example in zip(
        source.splits["valid"], source.examples("valid"), strict=True
    ):
        names = [tags[usual.get(int(token), rest)] for token in example["tokens"]]
        pairs.append((sentence.spans, sentence.told(names, scheme)))
    return {"each token's usual tag": span_f1(pairs)["f1"]}
