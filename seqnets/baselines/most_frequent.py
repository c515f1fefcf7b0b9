"""The most frequent answer: for each symbol, and for symbols that were never seen."""

import collections
from collections.abc import Iterable, Sequence
from typing import Any


class MostFrequent:
    """Answers a symbol by what it had most often, an unseen one by the overall mode."""

    def __init__(self, pairs: Iterable[tuple[Any, Any]]):
        """Counts.

        Args:
          pairs: symbols and their answers; of equally frequent ones the first counts.

        Raises:
          ValueError: there are no pairs.
        """
        seen = collections.defaultdict(collections.Counter)
        for symbol, answer in pairs:
            seen[symbol][answer] += 1
        if not seen:
            raise ValueError("there is nothing to count")
        mode = {symbol: count.most_common(1)[0][0] for symbol, count in seen.items()}
        total = sum(seen.values(), collections.Counter())
        self._answers, self._default = mode, total.most_common(1)[0][0]

    def __call__(self, symbols: Sequence[Any]) -> list[Any]:
        """Returns the answer to each symbol."""
        return [self._answers.get(symbol, self._default) for symbol in symbols]
