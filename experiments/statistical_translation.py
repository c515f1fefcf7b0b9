"""Statistical translation: alignments by EM, and a noisy channel (E8, 004).

004 translates f by argmax_e p(f | e) p(e). Here p(f | e) is IBM Model 1 or 2 (Brown et
al., 1993), whose alignments of words EM finds, and p(e) a Kneser-Ney n-gram; a beam
searches. Both are counted, not trained, so this is a study; it is the baseline of
`translation`, and reads the same data. Metrics are BLEU, the share of targets that are
exactly right and, where the true alignment is known, the alignment error rate of what
is linked; the trivial baseline writes the source as it is.
"""

import functools
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from ml_collections import ConfigDict

from seqnets import datasets
from seqnets.baselines import ibm
from seqnets.data import tsv
from seqnets.data.assets import Assets
from seqnets.data.segmentation import Segmenter, bare, words
from seqnets.datasets import Dataset, numerals
from seqnets.datasets.pairs import Pair
from seqnets.decode.noisy_channel import NoisyChannel
from seqnets.decode.statistical import Hypothesis, Weights
from seqnets.plots import alignment, by_length
from seqnets.tasks import translations
from seqnets.tasks.line_writer import check_line, check_search
from seqnets.tasks.translations import Written
from seqnets.training.config import check
from seqnets.training.fields import COUNT, INDEX, POSITIVE, Field, at_least, common
from seqnets.training.study import Found, Study

SHOWN = 6  # Test pairs whose alignment is drawn.

FIELDS = common("corpus", "lowercase", "limit") | {
    "source": Field(str, optional=True),
    "target": Field(str, optional=True),
    "iterations": Field(int, COUNT),
    "places": Field(int, INDEX),
    "null_weight": Field(float, POSITIVE),
    "lm_order": Field(int, COUNT),
    "choices": Field(int, COUNT),
    "beam": Field(int, COUNT),
    "reach": Field(int, at_least(0, 59)),
    **{f"weights.{name}": Field(float) for name in Weights._fields},
}


class StatisticalTranslation(Study):
    """Aligns words, and translates with what it found."""

    goal = ("valid", "bleu", "max")

    def __init__(self, config: ConfigDict, assets: Assets):
        self.config, self.assets = config, assets

    @functools.cached_property
    def dataset(self) -> Dataset:
        c = self.config
        sides = {"source": c.source, "target": c.target}
        return datasets.load(c.corpus, "pairs", c.data_dir, assets=self.assets, **sides)

    @functools.cached_property
    def source(self) -> Segmenter:
        return self._segmenter("source")

    @functools.cached_property
    def target(self) -> Segmenter:
        return self._segmenter("target")

    def _segmenter(self, side: str) -> Segmenter:
        def make() -> Segmenter:
            lines = [getattr(pair, side) for pair in self.dataset.train]
            return Segmenter.make(lines, "word", lowercase=self.config.lowercase)

        return self.assets.keep(f"{side}.json", make, Segmenter)

    def encode(self, pair: Pair) -> tuple[np.ndarray, np.ndarray]:
        """Returns the ids of both sides."""
        return self.source.encode(pair.source), self.target.encode(pair.target)

    def compute(self) -> tuple[Found, dict[str, dict[str, float]]]:
        """Aligns the training pairs in both directions, and translates the others."""
        c, sizes = self.config, (len(self.source), len(self.target))
        fs, es = self._training()
        counts = {"choices": c.choices, "order": c.lm_order, "weight": c.null_weight}
        options = counts | {"iterations": c.iterations, "places": c.places}
        made, *logs = NoisyChannel.fit(fs, es, sizes, self.target.eos, **options)
        names = "channel.log_prob", "inverse.log_prob"
        found = made.arrays() | dict(zip(names, logs, strict=True))
        metrics = {"train": {"loss": -found["channel.log_prob"][-1]}}
        for split in ("valid", "test"):
            metrics[split] = self._score(found, split)
        return found, metrics

    def _training(self) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """The ids of the training pairs that are within the limit."""
        pairs = [self.encode(pair) for pair in self.dataset.train]
        limit = self.config.limit
        kept = [(f, e) for f, e in pairs if len(f) and len(e)]
        kept = [(f, e) for f, e in kept if max(len(f), len(e)) <= limit]
        if len(kept) < len(pairs):
            logging.getLogger(__name__).warning(
                "%s: left out %d of %d training pairs, of more than limit=%d words",
                *(self.config.corpus, len(pairs) - len(kept), len(pairs), limit),
            )
        if not kept:
            raise ValueError(f"no training pair has up to limit={limit} words")
        return tuple(map(list, zip(*kept, strict=True)))

    def _score(self, found: Found, split: str) -> dict[str, float]:
        pairs = self.dataset[split]
        written = self.translate(found, [pair.source for pair in pairs])
        scores = translations.compare(written, self._references(split))
        true = [numerals.true_links(pair) for pair in pairs]
        if None in true:
            return scores
        linked = [self.links(found, pair) for pair in pairs]
        for i, name in enumerate(("source", "target", "both")):
            error = ibm.alignment_error((own[i] for own in linked), true)
            scores[f"alignment_error/{name}"] = error
        return scores

    def _references(self, split: str) -> list[str]:
        return [self.target.normalised(pair.target) for pair in self.dataset[split]]

    def links(self, found: Found, pair: Pair) -> tuple[ibm.Links, ...]:
        """Aligns a pair: places (source, target) of words that belong together.

        Returns:
          Links where each source word has one at most, where each target word has, and
          both joined.
        """
        f, e = self.encode(pair)
        channel, inverse, *_ = self.models(found)
        own = frozenset((j, i) for i, j in channel.links(f, e))
        other = inverse.links(e, f)
        return own, other, ibm.symmetrise(own, other)

    def models(self, found: Found) -> NoisyChannel:
        """Returns what was counted."""
        return NoisyChannel.of(found, len(self.target))

    def translate(self, found: Found, lines: Iterable[str]) -> list[str]:
        """Returns the best translation of each line."""
        return [answer.text for answer in self._written(found, lines, self.config.beam)]

    def predict(
        self,
        found: Found,
        lines: Iterable[str],
        *,
        beam: int | None = None,
        nbest: int = 1,
    ) -> Iterator[Written]:
        """Yields the translation of each line.

        Args:
          found: what the study found.
          lines: sources.
          beam: width of the search; None for the config's.
          nbest: how many translations are given of each line.

        Raises:
          ValueError: for an option out of its range, or a line longer than the limit.
        """
        width = self.config.beam if beam is None else beam
        check_search(width, nbest)

        def checked() -> Iterator[str]:
            for line in lines:
                check_line(self.source, line, self.config.limit)
                yield line

        yield from self._written(found, checked(), width, nbest)

    def _written(
        self, found: Found, lines: Iterable[str], width: int, nbest: int = 1
    ) -> Iterator[Written]:
        """Yields the translation of each line, however long; see `predict`."""
        c, own = self.config, (self.target.eos, self.target.unk)
        options = Weights(**c.weights), width, c.reach
        decoder = self.models(found).decoder(*own, *options)
        for line in lines:
            if not line.strip():
                yield Written("", float("nan"))
                continue
            best = decoder.search(self.source.encode(line), nbest)
            tokens = self.source.tokens(line)
            first, *others = [(self._text(h, tokens), h.score) for h in best]
            yield Written(*first, tuple(others))

    def _text(self, hypothesis: Hypothesis, tokens: list[str]) -> str:
        """Writes a translation; a word that is not known stays as in the source."""
        unk, symbols = self.target.unk, self.target.symbols
        pairs = zip(hypothesis.words, hypothesis.places, strict=True)
        return self.target.join(
            [tokens[place] if word == unk else symbols[word] for word, place in pairs]
        )

    def baselines(self) -> dict[str, float]:
        """Returns BLEU, on the validation split, of the sources as they are."""
        sources = [self.target.normalised(p.source) for p in self.dataset.valid]
        scores = translations.compare(sources, self._references("valid"))
        return {"the source as it is": scores["bleu"]}

    def report(self, found: Found, directory: Path) -> None:
        """Writes test.tsv, bleu.txt, em.tsv, bleu_by_length.png and alignment_1.png."""
        pairs = self.dataset.test
        sources = [self.source.normalised(pair.source) for pair in pairs]
        written = self.translate(found, sources)
        translations.write(directory, sources, written, self._references("test"))
        lengths = [len(words(source)) for source in sources]
        labels = {"xlabel": "words in the source", "ylabel": "BLEU"}
        scores = {"beam": translations.scorer(written, self._references("test"))}
        by_length.draw(directory / "bleu_by_length.png", lengths, scores, **labels)
        logs = found["channel.log_prob"], found["inverse.log_prob"]
        rows = enumerate(zip(*logs, strict=True))
        lines = ["iteration\tln p(source | target) per word\tln p(target | source)"]
        lines += [tsv.row(i, *(f"{x:.4f}" for x in own)) for i, own in rows]
        text = "".join(f"{line}\n" for line in lines)
        (directory / "em.tsv").write_text(text, encoding="utf-8")
        channel, inverse, *_ = self.models(found)
        for i, pair in enumerate(pairs[:SHOWN], 1):
            f, e = self.encode(pair)
            # Column 0 is that of the empty word.
            both = channel.posterior(f, e)[:, 1:].T + inverse.posterior(e, f)[:, 1:]
            source, target = (
                [bare(token) for token in side.tokens(line)]
                for side, line in zip((self.source, self.target), pair, strict=True)
            )
            path = directory / f"alignment_{i}.png"
            alignment.draw(path, source, target, both / 2)


def build(
    config: ConfigDict, workdir: str | Path | None = None
) -> StatisticalTranslation:
    """Builds the study of `configs/statistical_translation.py`; see `experiments`."""
    check(config, FIELDS)
    return StatisticalTranslation(config, Assets(workdir))
