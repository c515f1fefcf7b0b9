"""Scores of translations against references, as `sacrebleu` computes them.

BLEU (Papineni et al., 2002) counts the n-grams of one to four words that a translation
shares with its reference, over a whole corpus; chrF (Popović, 2015) those of one to six
characters. Post (2018) tells why a score needs its signature: how it was computed.
"""

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

TOKENIZATIONS = ("13a", "none", "char", "zh", "intl")


class Score(NamedTuple):
    """A score of 0 to 100, and the signature to quote with it."""

    score: float
    signature: str


def bleu(
    translations: Sequence[str],
    references: Sequence[str] | Sequence[Sequence[str]],
    *,
    tokenize: str = "13a",
) -> Score:
    """Computes BLEU over a corpus, from counts of all sentences together.

    BLEU = 100 · min(1, e^{1 - r/c}) · (p₁ p₂ p₃ p₄)^{1/4}

    p_n is the share of n-grams that are in a reference, c the length of all
    translations and r that of all references, of several the closest in length; where
    no n-gram is right, p_n is smoothed ("exp"). An empty translation counts, as no
    words.

    Args:
      translations: N lines.
      references: of each, one line, or several.
      tokenize: how words are found: "13a" (the default of `sacrebleu`), "none" for what
        stands between spaces, "char", "zh" or "intl".

    Raises:
      ValueError: another number of references than of translations, no lines at all,
        or another tokenization.
    """
    if tokenize not in TOKENIZATIONS:
        raise ValueError(
            f"tokenize must be one of {', '.join(TOKENIZATIONS)}, not {tokenize!r}"
        )
    from sacrebleu.metrics import BLEU  # It comes with the experiments.

    # `force`: no warning that lines are tokenized, which "none" is for.
    return _score(BLEU(tokenize=tokenize, force=True), translations, references)


def chrf(translations: Sequence[str], references: Sequence[str]) -> Score:
    """Computes chrF2 over a corpus: the F-score of n-grams of characters, β = 2.

    Args:
      translations: N lines.
      references: of each, one line.

    Raises:
      ValueError: another number of references than of translations, or no lines.
    """
    from sacrebleu.metrics import CHRF

    return _score(CHRF(), translations, references)


def _score(metric, translations: Sequence[str], references: Sequence[Any]) -> Score:
    if len(translations) != len(references) or not len(references):
        raise ValueError(
            f"{len(translations)} translations and {len(references)} references: every"
            " translation needs one, and there must be some"
        )
    several = [[own] if isinstance(own, str) else list(own) for own in references]
    # The k-th references of all; None where there are fewer.
    by_place = [list(own) for own in itertools.zip_longest(*several)]
    found = metric.corpus_score(list(translations), by_place)
    return Score(found.score, str(metric.get_signature()))
