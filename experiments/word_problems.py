"""Word problems: a text in, its equation out, and the answer by exact arithmetic (E9).

    Ann has 22 pens and gives 14 of them to 4 friends, as many to each. How many ...
    Ann has n1 pens and gives n2 of them to n3 friends ...        / n2 n3

Numbers become symbols, and the equation is written in prefix form by an encoder-decoder
(Wang et al., 2017), as `translation` writes a line. Only what keeps the equation well
formed may be written, and only numbers that the text has. The metrics are the shares of
right answers and of equations that are the given ones; the baseline writes the most
frequent equation of texts with as many numbers.
"""

from pathlib import Path

from ml_collections import ConfigDict

from seqnets.data.assets import Assets
from seqnets.initializers import count_parameters
from seqnets.plots import alignment, by_length
from seqnets.tasks import encoder_decoders, solutions
from seqnets.tasks.problem_solver import ProblemSolver
from seqnets.training.config import check
from seqnets.training.fields import COUNT, Field, Rule, common
from seqnets.training.task import Params

SHOWN = 4  # Test problems whose attention is drawn.

FIELDS = (
    encoder_decoders.FIELDS
    | common("corpus", "lowercase", "vocabulary_size", "min_count")
    | {
        "fold": Field(int, Rule("0 to 4", lambda x: 0 <= x < 5), optional=True),
        "constant_count": Field(int, COUNT),
        "equation_limit": Field(int, COUNT),
        "ordered": Field(bool),
    }
)


class WordProblems(ProblemSolver):
    """Writes the equations of problems."""

    goal = ("valid", "accuracy", "max")

    def options(self):
        return {"fold": self.config.fold}

    def scores(self, params, split, limit):
        """Returns the right answers, greedily, and of the test split also by beam."""
        problems, ordered = self.dataset[split][:limit], self.config.ordered
        written = self.write(params, split, limit, beam=False)
        found = solutions.compare(written, problems, ordered=ordered).scores()
        if split == "test":
            beam = self.config.beam > 1
            written = self.write(params, split, limit, beam=beam)
            compared = solutions.compare(written, problems, ordered=ordered)
            if beam:
                own = compared.scores().items()
                found |= {f"{name}/beam": value for name, value in own}
            found |= compared.by_operators()
        return found | {"parameters": count_parameters(params)}

    def baselines(self) -> dict[str, float]:
        """Returns the right answers, on the validation split, of frequent equations."""
        ordered, valid = self.config.ordered, self.dataset.valid
        written = solutions.most_frequent(self.dataset.train, valid, ordered=ordered)
        found = solutions.compare(written, valid, ordered=ordered)
        return {"the most frequent equation": found.scores()["accuracy"]}

    def report(self, params: Params, directory: Path) -> None:
        """Writes test.tsv, pictures by operators and by length, and attention_1.png."""
        problems, c = self.dataset.test, self.config
        written = self.write(params, "test", beam=c.beam > 1)
        compared = solutions.compare(written, problems, ordered=c.ordered)
        solutions.write(directory, written, problems, compared)
        scores = {
            "answers": solutions.percent(compared.answers),
            "equations": solutions.percent(compared.equations),
        }
        lengths = [len(self.posed(p).quantities.text.split()) for p in problems]
        operators = [0 if n is None else n for n in compared.operators]
        for name, sizes, xlabel in (
            ("operators", operators, "operators in the equation"),
            ("length", lengths, "words in the problem"),
        ):
            path, axes = directory / f"accuracy_by_{name}.png", {"xlabel": xlabel}
            by_length.draw(
                path, sizes, scores, **axes, ylabel="right, in %", unit="problems"
            )
        shown = zip(problems[:SHOWN], written, strict=False) if c.attention else ()
        for i, (problem, own) in enumerate(shown, 1):
            ids = [*self.target.encode(own), self.target.eos]
            (found,) = self.attend(params, self.pair(problem).source, [ids])
            path, grids = directory / f"attention_{i}.png", {"attention": found.weights}
            alignment.draw(path, found.source, found.symbols, grids)


def build(config: ConfigDict, workdir: str | Path | None = None) -> WordProblems:
    """Builds the task of `configs/word_problems.py`; see `experiments.build`."""
    check(config, FIELDS)
    return WordProblems(config, Assets(workdir))
