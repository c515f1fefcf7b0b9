"""Poems on demand: a title, keywords or a first line in, the poem out (E11).

p(poem | condition) is that of an encoder-decoder over characters (Zhang & Lapata, 2014;
with keywords as a plan: Wang et al., 2016). How many lines there are, how many
characters a line, and with which characters they begin can be asked for, and is then
always right, since only what keeps it may be written; the counts are told to the model
as well. The metric is the perplexity of the poems, no form being told; beside it that
with the condition of another poem and with none, which tells what a condition is worth.
The baselines are n-grams, which have no condition. Of what is written greedily it is
counted how often lines are all as long, keywords come back, and even lines rhyme, where
the rhymes are known.

Poems of a user's own are files with a title, lines, and an empty line after each poem.
"""

import collections
from collections.abc import Iterator, Sequence
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from ml_collections import ConfigDict

from seqnets import losses
from seqnets.baselines.ngram import NGram
from seqnets.data import tsv, verse
from seqnets.data.assets import Assets
from seqnets.data.buckets import BucketedBatches
from seqnets.data.keywords import stands_in
from seqnets.datasets.poems import Poem
from seqnets.initializers import count_parameters
from seqnets.tasks import encoder_decoders
from seqnets.tasks.sequence_to_sequence import RAGGED
from seqnets.tasks.verse_writer import CONDITIONS, VerseWriter
from seqnets.training import evaluation
from seqnets.training.config import check
from seqnets.training.fields import COUNT, FRACTION, INDEX, SOME, Field, common
from seqnets.training.task import Batch, Params

ACROSTIC = "春山秋水"
SHOWN = 4  # Test conditions for which poems are shown.
TEMPERATURE = {"temperature": 0.7}  # Of those that are sampled.

FIELDS = (
    encoder_decoders.FIELDS
    | common("corpus", "vocabulary_size", "min_count", "shared")
    | {
        "characters": Field(int, COUNT, optional=True, many=SOME),
        "lines": Field(int, COUNT, optional=True),
        "condition": Field(str, CONDITIONS),
        "empty_condition": Field(float, FRACTION),
        "told_form": Field(float, FRACTION),
        "no_repeat": Field(int, INDEX),
    }
)


class Poems(VerseWriter):
    """Writes poems."""

    kind = "poems"
    unit = "chars"
    goal = ("valid", "perplexity", "min")

    def options(self):
        return {"characters": self.config.characters, "lines": self.config.lines}

    def loss(self, params, state, batch, key):
        if key is not None:
            c, rows = self.config, len(batch["source"])
            key, *own = jax.random.split(key, 3)
            empty = jax.random.bernoulli(own[0], c.empty_condition, (rows,))
            told = jax.random.bernoulli(own[1], c.told_form, (rows, 2))
            batch = self.told(self.emptied(batch, empty), told)
        return super().loss(params, state, batch, key)

    def told(self, batch: Batch, told: Array) -> Batch:
        """Returns a batch in whose sources counts of the form stand where told [B, 2].

        The first one is of lines and the second of characters a line.
        """
        mask = told & (batch["form"] != self.source.eos) & batch["source_mask"][:, :1]
        return {
            **batch,
            "source": jnp.concatenate([batch["form"], batch["source"]], 1),
            "source_mask": jnp.concatenate([mask, batch["source_mask"]], 1),
        }

    def emptied(self, batch: Batch, empty: Array) -> Batch:
        """Returns a batch in which sources are without a condition, where empty [B]."""
        first = jnp.arange(batch["source"].shape[1]) == 0  # [S]
        source = jnp.where(first, self.source.eos, 0)
        return {
            **batch,
            "source": jnp.where(empty[:, None], source, batch["source"]),
            "source_mask": jnp.where(
                empty[:, None], first & batch["source_mask"], batch["source_mask"]
            ),
        }

    def scores(self, params, split, limit):
        """Returns perplexities by condition, and what is right in greedy poems."""
        poems = self.dataset[split][:limit]
        written = self.write(params, split, limit, beam=False)
        found = {
            "perplexity/other": self.perplexity(params, poems, "other"),
            "perplexity/empty": self.perplexity(params, poems, "empty"),
        }
        texts = list(map(verse.split, written))
        if self.config.condition == "first_line":
            texts = [(p.lines[0], *own) for p, own in zip(poems, texts, strict=True)]
        found["regular"] = np.mean([verse.length(own) > 0 for own in texts])
        if self.config.condition == "keywords":
            pairs = zip(poems, written, strict=True)
            came = [stands_in(word, t) for poem, t in pairs for word in poem.keywords]
            found |= {"kept": np.mean(came)} if came else {}
        if rhymes := self.dataset.info.get("rhymes"):
            found["rhymed"] = np.mean([_rhymes(own, rhymes) for own in texts])
        found = {name: float(value) for name, value in found.items()}
        return found | {"parameters": count_parameters(params)}

    def perplexity(
        self, params: Params, poems: Sequence[Poem], condition: str
    ) -> float:
        """Returns the perplexity of poems under conditions that are not their own.

        Args:
          params: of the model.
          poems: N of them.
          condition: "other" for that of the poem before (of the first one, that of the
            last), "empty" for none.
        """
        sources = [self.pair(poem).source for poem in (*poems[-1:], *poems[:-1])]
        examples = [
            self.encode(poem)
            | {"source": self.encode_source("" if condition == "empty" else source)}
            for poem, source in zip(poems, sources, strict=True)
        ]
        rows = self.config.eval_batch_size or self.config.batch_size
        batches = BucketedBatches(examples, rows, ragged=RAGGED, shuffle=False)
        found = evaluation.answers(self._nats, params, batches.batches(0, 1))
        nats, counts = np.sum(found, 0, np.float64)
        return float(np.exp(min(nats / counts, 700.0)))

    def _nats(self, params: Params, batch: Batch) -> tuple[Array, Array]:
        logits = self.logits(params, batch, batch["inputs"])
        return jax.vmap(losses.cross_entropy)(logits, batch["targets"], batch["mask"])

    def baselines(self) -> dict[str, float]:
        """Returns the perplexity of n-grams, which know nothing of a condition."""
        train, valid = (
            np.concatenate([self.encode(poem)["targets"] for poem in self.dataset[s]])
            for s in ("train", "valid")
        )
        found = {}
        for order in (2, 3):
            counted = NGram.fit(train, order, len(self.target))
            found[f"{order}-gram"] = float(np.exp(-counted.log_prob(valid).mean()))
        return found

    def report(self, params: Params, directory: Path) -> None:
        """Writes test.tsv, greedily, and poems.txt: forms, acrostics and samples."""
        poems, pairs = self.dataset.test, map(self.pair, self.dataset.test)
        written = self.write(params, "test", beam=False)
        rows = ["condition\twritten\tpoem"]
        for own, (source, target) in zip(written, pairs, strict=True):
            rows.append(tsv.row(source, verse.show(own), verse.show(target)))
        text = "".join(f"{row}\n" for row in rows)
        (directory / "test.tsv").write_text(text, encoding="utf-8")
        text = "".join(f"{line}\n" for line in self._shown(params, poems))
        (directory / "poems.txt").write_text(text, encoding="utf-8")

    def _shown(self, params: Params, poems: Sequence[Poem]) -> Iterator[str]:
        """Yields lines of a page of poems that are asked for in many ways."""
        forms = collections.Counter(map(_form, poems)).most_common(3)
        asked = [dict(form) for form, _ in forms]
        asked.append(asked[0] | {"lines": 6})
        if self.config.condition == "first_line":  # Which tells the characters.
            asked = [{"lines": own["lines"]} for own in asked]
        elif set(ACROSTIC) <= set(self.target.symbols):
            own = asked[0] | {"lines": len(ACROSTIC), "acrostic": ACROSTIC}
            asked += [own, own | TEMPERATURE]
        for way in [{}, TEMPERATURE, *asked]:
            flags = " ".join(f"--{name}={value}" for name, value in way.items())
            yield f"predict {flags}".rstrip()
            for poem in poems[:SHOWN]:
                line = self.pair(poem).source
                try:
                    (found,) = self.predict(params, [line], **way)
                    yield f"  {line or '-'}: {found.text}"
                except ValueError as error:  # The form may be too long.
                    yield f"  {line or '-'}: not written: {error}"
            yield ""


def _form(poem: Poem) -> tuple[tuple[str, int], ...]:
    """Returns how many lines a poem has, and how long they are where all are alike."""
    lines, each = ("lines", len(poem.lines)), verse.length(poem.lines)
    return (lines, ("characters", each)) if each else (lines,)


def _rhymes(lines: Sequence[str], rhymes: dict[str, str]) -> bool:
    """Whether all even lines of a poem end in characters of one rhyme."""
    ends = {rhymes.get(verse.bare(line)[-1:]) for line in lines[1::2]}
    return len(ends) == 1 and None not in ends


def build(config: ConfigDict, workdir: str | Path | None = None) -> Poems:
    """Builds the task of `configs/poems.py`; see `experiments.build`."""
    check(config, FIELDS)
    return Poems(config, Assets(workdir))
