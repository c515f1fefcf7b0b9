"""Scrambled sentences: the same words in another order, for language models to rank."""

from collections.abc import Iterable

import numpy as np

from seqnets.data.tokenization import split_words


def scrambled(lines: Iterable[str], limit: int) -> list[tuple[str, str]]:
    """Pairs each line with its own words in another order (D6).

    Args:
      lines: those of fewer than five words are left out; a line without spaces is a
        line of characters.
      limit: greatest number of pairs.

    Returns:
      Pairs (line, scrambling), the same for the same lines.
    """
    rng, pairs = np.random.default_rng(0), []
    for line in lines:
        if len(pairs) >= limit:
            break
        words = split_words(line)
        gap = " " if len(words) > 1 else ""
        words = words if gap else list(line)
        other = rng.permutation(words).tolist()
        if len(words) >= 5 and other != words:
            pairs.append((gap.join(words), gap.join(other)))
    return pairs
