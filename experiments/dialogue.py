"""Dialogue: the last turns in, the reply out (E10).

p(reply | the last k turns) is that of an encoder-decoder (Vinyals & Le, 2015; Sordoni
et al., 2015). The source is the turns, the oldest one first, with `<EOS>` after each:
who spoke follows from the order. Where they are too long, the oldest words are cut.
Replies are scored by perplexity, by BLEU and, since a model that answers "I do not
know" to everything is often right, by how varied they are (Li et al., 2016). They are
written greedily, by beam search, or sampled. The baseline knows the replies, and not
what they reply to. What stands in the training split as well is also counted apart.

Dialogues of the user's own are files with a turn a line and an empty line after each
dialogue. `predict` keeps a conversation going, line by line.
"""

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path

import jax
import numpy as np
from jax import Array
from ml_collections import ConfigDict

from seqnets import datasets, losses
from seqnets.baselines.ngram import NGram
from seqnets.data.assets import Assets
from seqnets.data.segmentation import UNITS, bare, words
from seqnets.datasets.dataset import SPLITS, Dataset
from seqnets.datasets.dialogues import Dialogue, Exchange, exchanges, spelling
from seqnets.datasets.pairs import Pair
from seqnets.diversity import distinct
from seqnets.initializers import count_parameters
from seqnets.plots import alignment
from seqnets.tasks import encoder_decoders, translations
from seqnets.tasks.replier import Replier
from seqnets.training import evaluation
from seqnets.training.config import check
from seqnets.training.fields import COUNT, INDEX, Field, common
from seqnets.training.task import Batch, Params

SAMPLED = {"temperature": 0.7, "top_p": 0.9}  # How replies are drawn in evaluations.
SHOWN = 12  # Test dialogues that are shown with all ways of decoding.
DRAWN = 4  # Replies whose attention is drawn.

FIELDS = (
    encoder_decoders.FIELDS
    | common("corpus", "lowercase", "vocabulary_size", "min_count", "shared")
    | {
        "unit": Field(str, UNITS),
        "turns": Field(int, COUNT),
        "speaker": Field(str, ("both", "second")),
        "context_limit": Field(int, COUNT),
        "no_repeat": Field(int, INDEX),
    }
)


class DialogueTask(Replier):
    """Replies to the last turns of a dialogue, which are the lines of a source."""

    kind = "dialogues"
    goal = ("valid", "perplexity", "min")

    @functools.cached_property
    def dialogues(self) -> Dataset:
        """The data set as it is read."""
        c = self.config
        return datasets.load(c.corpus, self.kind, c.data_dir, assets=self.assets)

    @functools.cached_property
    def dataset(self) -> Dataset:
        """The replies in each split, each an `Exchange`."""
        return Dataset(lambda: {s: self._exchanges(self.dialogues[s]) for s in SPLITS})

    def _exchanges(self, found: Sequence[Dialogue]) -> list[Exchange]:
        second = self.config.speaker == "second"
        return exchanges(found, self.config.turns, second=second)

    def pair(self, example):
        return Pair("\n".join(example.context), example.reply)

    def segmenter(self, side, lines):
        # Each turn counts once, in however many contexts it stands.
        del lines
        turns = (turn for own in self.dialogues.train for turn in own.turns)
        return super().segmenter(side, turns)

    def scores(self, params, split, limit):
        """Returns scores of greedy replies; of the test split, of others as well."""
        references = self._references(split, limit)
        ways = {"": self.write(params, split, limit, beam=False)}
        if split == "test":
            if self.config.beam > 1:
                ways["/beam"] = self.write(params, split, limit, beam=True)
            ways["/sampled"] = self.sampled(params, split, limit)
            ways["/true"] = references
        found = {}
        for way, written in ways.items():
            if way != "/true":
                scores = translations.compare(written, references)
                found |= {f"{name}{way}": value for name, value in scores.items()}
            for n in (1, 2):
                found[f"distinct_{n}{way}"] = distinct(map(words, written), n)
        if split == "test":
            found |= self._apart(params, split, ways[""], references)
        return found | {"parameters": count_parameters(params)}

    def _references(self, split: str, limit: int | None = None) -> list[str]:
        replies = (own.reply for own in self.dataset[split][:limit])
        return list(map(self.target.normalised, replies))

    def sampled(
        self, params: Params, split: str, limit: int | None = None
    ) -> list[str]:
        """Draws the replies of a split as `SAMPLED` has it."""
        found = evaluation.answers(self._sampled, params, self._in_order(split, limit))
        return [self.target.decode(ids.tolist()) for ids in found]

    def _sampled(self, params, batch):
        def one(row: Batch) -> Array:
            # A key for each example: what is drawn depends on no batch and no device.
            key = jax.random.fold_in(jax.random.key(0), row["index"])
            alone = jax.tree.map(lambda a: a[None], row)
            return self._draw(params, alone, key, **SAMPLED).tokens[0, 0]

        return jax.vmap(one)(batch)

    def _apart(
        self,
        params: Params,
        split: str,
        written: Sequence[str],
        references: Sequence[str],
    ) -> dict[str, float]:
        """Returns perplexity and BLEU of dialogues that are in training, and others."""
        known = set(map(spelling, self.dialogues.train))
        seen = np.array(
            [
                spelling(dialogue) in known
                for dialogue in self.dialogues[split]
                for _ in self._exchanges([dialogue])
            ]
        )[: len(written)]
        if seen.all() or not seen.any():
            return {}
        batches = self._in_order(split, len(written))
        scored = evaluation.answers(self._nats, params, batches)
        nats, counts = np.array(scored, np.float64).T
        found, score = {}, translations.scorer(written, references)
        for name, own in (("seen", seen), ("new", ~seen)):
            loss = nats[own].sum() / counts[own].sum()
            found[f"perplexity/{name}"] = float(np.exp(min(loss, 700.0)))
            found[f"bleu/{name}"] = score(np.flatnonzero(own))
        return found

    def _nats(self, params, batch):
        """Returns -ln p of each row's targets, and their number; [B] and [B]."""
        logits = self.logits(params, batch, batch["inputs"])
        return jax.vmap(losses.cross_entropy)(logits, batch["targets"], batch["mask"])

    def baselines(self) -> dict[str, float]:
        """Returns the perplexity of a trigram that reads the replies alone."""
        train, valid = (
            np.concatenate([self.encode(own)["targets"] for own in self.dataset[split]])
            for split in ("train", "valid")
        )
        counted = NGram.fit(train, 3, len(self.target))
        return {"3-gram": float(np.exp(-counted.log_prob(valid).mean()))}

    def report(self, params: Params, directory: Path) -> None:
        """Writes test.tsv, bleu.txt, dialogues.txt and attention_1.png ..."""
        test, beam = self.dataset.test, self.config.beam > 1
        written = self.write(params, "test", beam=beam)
        sources = [" | ".join(own.context) for own in test]
        translations.write(directory, sources, written, self._references("test"))
        shown = self.dialogues.test[:SHOWN]
        ends = np.cumsum([len(self._exchanges([dialogue])) for dialogue in shown])
        limit = int(ends[-1])
        ways = {
            "true": self._references("test", limit),
            "greedy": self.write(params, "test", limit, beam=False),
            "beam": written[:limit],
            "sampled": self.sampled(params, "test", limit),
        }
        if not beam:
            del ways["beam"]
        text = self._shown(shown, ways)
        (directory / "dialogues.txt").write_text(text, encoding="utf-8")
        if self.config.attention is not None:
            for i, end in enumerate(ends[:DRAWN].tolist(), 1):
                path = directory / f"attention_{i}.png"
                self._draw_attention(params, test[end - 1], written[end - 1], path)

    def _draw_attention(self, params, exchange, written, path):
        ids = [*self.target.encode(written), self.target.eos]
        (found,) = self.attend(params, self.pair(exchange).source, [ids])
        alignment.draw(
            path, found.source, tuple(map(bare, found.symbols)), found.weights
        )

    def _shown(
        self, dialogues: Sequence[Dialogue], ways: Mapping[str, Sequence[str]]
    ) -> str:
        """Returns dialogues as text, with every way's replies below what was said."""
        lines, rows = [], zip(*ways.values(), strict=True)
        width = max(map(len, ways)) + 2
        for dialogue in dialogues:
            for i, turn in enumerate(dialogue.turns):
                if i == 0 or (i % 2 == 0 and self.config.speaker == "second"):
                    lines.append(" " * width + turn)
                else:
                    replies = zip(ways, next(rows), strict=True)
                    lines += [f"{way:{width}}{reply}" for way, reply in replies]
            lines.append("")
        return "\n".join(lines)


def build(config: ConfigDict, workdir: str | Path | None = None) -> DialogueTask:
    """Builds the task of `configs/dialogue.py`; see `experiments.build`."""
    check(config, FIELDS)
    return DialogueTask(config, Assets(workdir))
