"""Base class of what writes equations for word problems: symbols, batches, answers."""

import collections
import functools
import itertools
import logging
from collections.abc import Iterable, Iterator

import jax
import numpy as np
from ml_collections import ConfigDict

from seqnets.arithmetic import OPERATORS
from seqnets.data import quantities
from seqnets.data.assets import Assets
from seqnets.data.longest_match import cut_unknown
from seqnets.data.symbols import Symbols
from seqnets.datasets.pairs import Pair
from seqnets.datasets.problems import Problem
from seqnets.decode import expressions
from seqnets.tasks import solutions
from seqnets.tasks.line_writer import TOGETHER, LineWriter, check_search
from seqnets.tasks.solutions import NOTHING, Posed, Solution
from seqnets.training.task import Params


class ProblemSolver(LineWriter):
    """Writes the equation of a `Problem` in prefix form after reading its text.

    Beside those of `LineWriter`, these fields of the config are read: constant_count,
    equation_limit and ordered. An equation cannot be written that has more symbols than
    `equation_limit`, or a number that is neither in the text nor in `constant_count` of
    the training split's equations.
    """

    kind = "problems"

    def __init__(self, config: ConfigDict, assets: Assets):
        super().__init__(config, assets)
        self._pairs: dict[Problem, Pair] = {}

    def posed(self, problem: Problem) -> Posed:
        """Returns a problem as it is read and written."""
        return solutions.pose(problem, self.config.ordered)

    @functools.cached_property
    def source(self) -> Symbols:
        def make() -> Symbols:
            texts = (self.posed(p).quantities.text for p in self.dataset.train)
            c = self.config
            options = {"size": c.vocabulary_size, "min_count": c.min_count}
            return Symbols.count(map(self.cased, texts), **options)

        return self.assets.keep("source.json", make, Symbols)

    @functools.cached_property
    def target(self) -> Symbols:
        def make() -> Symbols:
            counts: collections.Counter[str] = collections.Counter()
            for problem in self.dataset.train:
                counts.update(set(self.posed(problem).expression or ()))
            least = self.config.constant_count
            own = {s for s in counts if quantities.place(s) or s in OPERATORS}
            return Symbols.of(
                own | {s for s, count in counts.items() if count >= least}
            )

        return self.assets.keep("target.json", make, Symbols)

    def pair(self, problem: Problem) -> Pair:
        """Returns text and equation; the latter is empty where it cannot be written."""
        if problem not in self._pairs:
            posed = self.posed(problem)
            expression = posed.expression or ()
            can = len(expression) <= self.config.equation_limit
            can &= all(symbol in self.target.vocabulary for symbol in expression)
            pair = Pair(self.read(posed.quantities.text), " ".join(expression) * can)
            self._pairs[problem] = pair
        return self._pairs[problem]

    def read(self, text: str) -> str:
        """Returns a text whose unknown Chinese words are cut into known ones."""
        words = self.cased(text).split()
        return " ".join(cut_unknown(words, self.source.vocabulary))

    def cased(self, text: str) -> str:
        """Returns a text in the case in which it is read."""
        return text.lower() if self.config.lowercase else text

    def encode(self, problem: Problem) -> dict[str, np.ndarray]:
        """Returns the arrays of a problem; without an equation no symbol counts."""
        arrays, text = super().encode(problem), self.posed(problem).quantities
        if len(arrays["targets"]) == 1:  # The end symbol alone is no equation.
            arrays |= {name: arrays[name][:0] for name in ("inputs", "targets")}
        return arrays | {"numbers": np.int32(len(text.numbers))}

    def make_batches(self, split):
        problems = self.dataset[split]
        if without := sum(not self.pair(problem).target for problem in problems):
            logging.getLogger(__name__).warning(
                "%s: the equations of %d of %d problems cannot be written: %s",
                *(split, without, len(problems)),
                "not trained on" if split == "train" else "only their answers count",
            )
        return super().make_batches(split)

    def ask(self, line):
        found = quantities.find(line)
        ids = self.encode_source(self.read(found.text))
        return {"source": ids, "numbers": np.int32(len(found.numbers))}

    def check_line(self, line):
        super().check_line(self.read(quantities.find(line).text))

    def constraint(self, batch):
        symbols, target = self.target.symbols, self.target
        signs = np.isin(symbols, OPERATORS)
        special = np.isin(np.arange(len(symbols)), (target.eos, target.unk))
        places = [quantities.place(symbol) or 0 for symbol in symbols]
        return expressions.well_formed(
            batch["numbers"],
            operators=signs,
            places=np.where(signs | special, -1, places),
            eos=target.eos,
            length=1 + min(self.config.limit, self.config.equation_limit),
        )

    def predict(
        self, params: Params, lines: Iterable[str], *, beam: int | None = None
    ) -> Iterator[Solution]:
        """Yields the solution of each problem, and an empty one for an empty line.

        Of the equations in the beam the most probable one that has a value is taken.

        Args:
          params: of the model.
          lines: problems.
          beam: width of the search, 1 being greedy; None for the config's.

        Raises:
          ValueError: for a beam below 1, a line longer than the limit or without a
            number, or one of which no equation that was found has a value.
        """
        lines, width = iter(lines), self.config.beam if beam is None else beam
        check_search(width)
        options = {"width": width, "n_best": width, "alpha": self.config.length_penalty}
        while group := list(itertools.islice(lines, TOGETHER)):
            found = self.search(params, self.pose(group), **options)
            found = jax.device_get(found)
            for i, line in enumerate(group):
                yield self._solution(line, self.best(found, i))

    def _solution(self, line: str, best: list[tuple[list[int], float]]) -> Solution:
        """Returns the solution by the first equation that has a value."""
        found, reason = quantities.find(line), "there is no number in it"
        for ids, score in best if found.numbers else ():
            try:
                expression = self.target.decode(ids).split()
                return solutions.solve(expression, found, score)
            except ValueError as error:
                reason = str(error)
        if line.strip():
            raise ValueError(f"no answer to {line.strip()[:60]!r}: {reason}")
        return NOTHING
