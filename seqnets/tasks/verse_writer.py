"""Base class of what writes verse on demand: of a form, and about something."""

import functools
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import jax
import numpy as np

from seqnets.data import verse
from seqnets.data.segmentation import Segmenter
from seqnets.datasets.pairs import Pair
from seqnets.datasets.poems import Poem
from seqnets.decode import constraints, verse_form
from seqnets.decode.verse_form import Form
from seqnets.tasks import verse_demands as demands
from seqnets.tasks.line_writer import TOGETHER, LineWriter
from seqnets.tasks.translations import Written
from seqnets.tasks.verse_demands import Demand
from seqnets.training.task import Params

CONDITIONS = ("title", "keywords", "first_line", "none")
LINES = 8  # Acrostics of up to so many lines are compiled once.
# 1 to 20, which tell a model how many lines and characters are asked for.
COUNTS = "".join(map(chr, range(0x2460, 0x2474)))
SEPARATORS = str.maketrans("、，；,;", "     ")  # Of keywords, beside spaces.


class VerseWriter(LineWriter):
    """Writes poems by characters, given what `condition` of the config names.

    That is the title, the keywords, with spaces between them, or the first line, after
    which the rest is written; with "none" sources are empty. A form that is asked for
    is kept, and told as well: its counts stand before the condition, "④⑤明月 孤舟", so
    that what is written is meant to be so long. Batches have their ids as "form",
    [B, 2], with `eos` for what has none.
    """

    def pair(self, example: Poem) -> Pair:
        """Returns the condition of a poem, and the poem as one text."""
        lines = example.lines
        match self.config.condition:
            case "title":
                return Pair(example.title, verse.join(lines))
            case "keywords":
                return Pair(" ".join(example.keywords), verse.join(lines))
            case "first_line":
                return Pair(verse.bare(lines[0]), verse.join(lines[1:]))
        return Pair("", verse.join(lines))

    def segmenter(self, side, lines):
        c = self.config
        options = {"size": c.vocabulary_size, "min_count": c.min_count}
        if side == "source" or self.shared:
            lines = itertools.chain(lines, [COUNTS] * c.min_count)
        return Segmenter.make(lines, "char", **options)

    def encode(self, example):
        lines, length = example.lines, verse.length(example.lines)
        return super().encode(example) | {"form": self._told(len(lines), length)}

    def _told(self, *counts: int) -> np.ndarray:
        """Returns the ids of counts, `eos` for 0 and for those that have no symbol."""
        ids = [
            self.source.encode(COUNTS[n - 1])[0]
            if 0 < n <= len(COUNTS)
            else self.source.eos
            for n in counts
        ]
        return np.array(ids, np.int32)

    @functools.cached_property
    def alphabet(self) -> verse_form.Alphabet:
        return verse_form.alphabet(self.target.symbols, self.target.eos)

    def constraint(self, batch):
        """Returns the form of poems that are asked for; of others, None."""
        if not all(name in batch for name in Form._fields):
            return None
        form = Form(*(batch[name] for name in Form._fields))
        return verse_form.constrain(form, self.alphabet, self.config.limit)

    def _rules(self, batch, no_repeat):
        rules = super()._rules(batch, no_repeat)
        rule, n = rules["constraint"], rules["no_repeat"]
        if rule is not None and n:
            # The form comes first: marks, and what an acrostic has twice, come again.
            exempt = ~self.alphabet.characters
            rule = constraints.unrepeating(rule, n, rules["length"], exempt)
        # In evaluations anything may be written: 樓。 and 樓。 do not spoil a rhyme.
        return rules | {"constraint": rule, "no_repeat": 0}

    def predict(
        self,
        params: Params,
        asked: Iterable[str],
        *,
        lines: int | None = None,
        characters: int | None = None,
        acrostic: str = "",
        beam: int | None = None,
        nbest: int = 1,
        length_penalty: float | None = None,
        no_repeat: int | None = None,
        temperature: float | None = None,
        top_k: int | None = None,
        top_p: float | None = None,
        seed: int = 0,
    ) -> Iterator[Written]:
        """Yields a poem for each condition, and nothing for an empty line.

        Args:
          params: of the model.
          asked: a title, keywords or the first line each, as the model was trained.
          lines: how many lines each poem has, the first line among them.
          characters: how many characters each line has, its mark aside.
          acrostic: the characters that begin the lines, one after the other.
          beam: width of the search, 1 being greedy; None for the config's.
          nbest: how many poems are written for each condition, at most `beam`; of
            those that are sampled, at most 32.
          length_penalty: α of the length normalisation; None for the config's.
          no_repeat: n, where no n characters in a row are written twice unless the form
            needs it, 0 where they may be; None for the config's.
          temperature: poems are sampled, with logits divided by it; below 1, likely
            characters become likelier.
          top_k: poems are sampled from the k likeliest characters.
          top_p: poems are sampled from the likeliest characters whose probabilities sum
            to p.
          seed: equal seeds give equal poems, where they are sampled.

        Raises:
          ValueError: for a form that cannot be, such as a character in it that was
            never seen; a condition that is too long, or of such characters alone.
        """
        known = np.flatnonzero(self.alphabet.characters)
        symbols = {self.target.symbols[i] for i in known}
        demand = demands.read(lines, characters, acrostic, symbols)
        if not 1 <= nbest <= TOGETHER:
            raise ValueError(f"nbest must be 1 to {TOGETHER}, not {nbest}")
        write = functools.partial(self._found, params, nbest, demand, no_repeat)
        search = {"beam": beam, "length_penalty": length_penalty}
        draw = {"temperature": temperature, "top_k": top_k, "top_p": top_p}
        search, draw = (
            {name: value for name, value in own.items() if value is not None}
            for own in (search, draw)
        )
        if search and draw:
            raise ValueError("poems are searched for with a beam, or else sampled")
        if draw:
            write = functools.partial(self._drawn, params, nbest, demand, no_repeat)
            draw = {"temperature": 1.0, "seed": seed} | draw
        asked, empty = iter(asked), self.config.condition == "none"
        while group := list(itertools.islice(asked, TOGETHER)):
            wanted = [line for line in group if line.strip() or empty]
            poems = write(wanted, **search, **draw)
            for line in group:
                there = line.strip() or empty
                yield next(poems) if there else Written("", float("nan"))

    def _arrays(self, line: str, demand: Demand) -> dict[str, np.ndarray]:
        """Returns the arrays of a condition and a form."""
        if self.config.condition == "none" and line.strip():
            raise ValueError("this model reads no condition: give it empty lines")
        begun = self.config.condition == "first_line"
        if begun:
            line, demand = demands.begin(line, demand)
        elif self.config.condition == "keywords":
            line = line.translate(SEPARATORS)
        self.check_line(line)
        shown = "".join(line.split())
        if shown and set(shown) <= set(self.source.unknown(shown)):
            raise ValueError(
                f"no character of {shown[:40]!r} stands in the training poems: choose"
                " others"
            )
        lines, characters, acrostic = demand
        first = np.full(max(LINES, len(acrostic)), self.target.eos, np.int32)
        first[: len(acrostic)] = self.target.encode(acrostic)
        form = Form(*(np.int32(n) for n in (lines, characters)), first, np.int32(begun))
        least, limit = int(verse_form.least(form, self.alphabet)), self.config.limit
        if least > limit:
            raise ValueError(
                f"lines and their marks are {least} symbols at least, and limit ="
                f" {limit}: ask for fewer, or train with a greater limit"
            )
        told = self._told(lines, characters)
        own = self.ask(line) | form._asdict()
        source = np.concatenate([told[told != self.source.eos], own["source"]])
        return own | {"source": source}

    def _found(
        self,
        params: Params,
        nbest: int,
        demand: Demand,
        no_repeat: int | None,
        asked: Sequence[str],
        *,
        beam: int | None = None,
        length_penalty: float | None = None,
    ) -> Iterator[Written]:
        """Yields the poems that a beam finds, those of all conditions at once."""
        if not asked:
            return
        c = self.config
        options = {
            "width": c.beam if beam is None else beam,
            "n_best": nbest,
            "alpha": c.length_penalty if length_penalty is None else length_penalty,
            "no_repeat": no_repeat,
        }
        batch = self.collate([self._arrays(line, demand) for line in asked])
        found = jax.device_get(self.search(params, batch, **options))
        for i, line in enumerate(asked):
            yield self._poem(line, self.best(found, i))

    def _drawn(
        self,
        params: Params,
        nbest: int,
        demand: Demand,
        no_repeat: int | None,
        asked: Sequence[str],
        *,
        seed: int,
        **options: Any,
    ) -> Iterator[Written]:
        """Yields poems that are sampled; those of a condition follow from it alone."""
        key = jax.random.key(seed)
        for line in asked:
            batch = self.collate([self._arrays(line, demand)] * nbest)
            drawn = self.draw(params, batch, key, no_repeat=no_repeat, **options)
            found = jax.device_get(drawn)
            best = [poem for i in range(nbest) for poem in self.best(found, i)]
            yield self._poem(line, best)

    def _poem(self, line: str, best: Sequence[tuple[Sequence[int], float]]) -> Written:
        """Returns poems as text, with the first line where that is the condition."""
        begin = ""
        if self.config.condition == "first_line":
            mark = verse_form.ODD if self.alphabet.couplets else verse.BREAK
            begin = verse.bare(line.strip()) + mark
        texts = (verse.show(begin + self.target.decode(ids)) for ids, _ in best)
        pairs = tuple(zip(texts, (p for _, p in best), strict=True))
        return Written(*pairs[0], pairs[1:])
