"""How varied texts are: the share of n-grams that are different (Li et al., 2016)."""

from collections.abc import Hashable, Iterable, Sequence


def distinct(texts: Iterable[Sequence[Hashable]], n: int) -> float:
    """Computes distinct-n, the number of different n-grams over that of all.

    distinct-n = |{g}| / Σ_i max(0, N_i - n + 1),  g the n-grams within the texts

    The more texts there are, the lower it is: only values of equally many texts can be
    compared. Some divide by the number of symbols instead.

    Args:
      texts: each of N_i symbols.
      n: the length of the n-grams, 1 or more.

    Returns:
      0 to 1; NaN where there are no n-grams.

    Raises:
      ValueError: n is less than 1.
    """
    if n < 1:
        raise ValueError(f"n must be 1 or more, not {n}")
    found = [gram for text in texts for gram in _ngrams(text, n)]
    return len(set(found)) / len(found) if found else float("nan")


def _ngrams(text: Sequence[Hashable], n: int) -> Iterable[tuple[Hashable, ...]]:
    places = range(len(text) - n + 1)
    return (tuple(text[i : i + n]) for i in places)
