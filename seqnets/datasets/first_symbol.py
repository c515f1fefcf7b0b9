"""Generated texts whose first symbol is asked for after the last."""

import numpy as np


def draw(
    rng: np.random.Generator, rows: int, length: int, symbols: int
) -> dict[str, np.ndarray]:
    """Draws texts: one of K symbols, and then noise of K other symbols.

      2 5 7 4 4 6  ->  2    (K = 4)

    Args:
      rng: draws them.
      rows: number of texts, B.
      length: of a text, T.
      symbols: K.

    Returns:
      "tokens" [B, T] below 2 K, and "targets" [B] below K, int32.
    """
    tokens = rng.integers(symbols, 2 * symbols, (rows, length), np.int32)
    tokens[:, 0] -= symbols
    return {"tokens": tokens, "targets": tokens[:, 0].copy()}
