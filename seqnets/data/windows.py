"""What a net reads of a series: lagged values, and windows of steps."""

from typing import NamedTuple

import numpy as np


class Windows(NamedTuple):
    """Windows of W steps, of which the last ones are scored.

    A window is read from its first step on; what is before the series is masked.
    """

    features: np.ndarray  # float32 [N, W, F], each step's own.
    targets: np.ndarray  # float32 [N, W]
    mask: np.ndarray  # bool [N, W], True at steps of the series.
    scored: np.ndarray  # bool [N, W], True where the target counts.


def lagged(values: np.ndarray, first: int, count: int) -> np.ndarray:
    """Puts earlier values beside each step.

    f_t = [x_{t-first}, x_{t-first-1}, ..., x_{t-first-count+1}]

    Args:
      values: x [N] or [N, M].
      first: how far the latest is behind; 0 is the step itself.
      count: how many.

    Returns:
      [N, count] or, for M columns, [N, count · M], the latest first; zero before the
      first step.
    """
    columns = values.reshape(len(values), -1)
    found = np.zeros((len(columns), count, columns.shape[1]), values.dtype)
    for k in range(count):
        lag = first + k
        found[lag:, k] = columns[: max(len(columns) - lag, 0)]
    return found.reshape(len(columns), -1)


def every(
    features: np.ndarray,
    targets: np.ndarray,
    scored: np.ndarray,
    *,
    begin: int,
    warm_up: int,
    length: int,
) -> Windows:
    """Returns all windows within some steps, to train on; they share their memory.

    Args:
      features: [N, F].
      targets: [N].
      scored: bool [N], which targets count.
      begin: the first step that has a target.
      warm_up: steps at the start of a window that are read, and not scored.
      length: steps after them.

    Raises:
      ValueError: there are fewer steps than a window has.
    """
    size = warm_up + length
    there = len(targets) - begin
    if there < size:
        raise ValueError(
            f"{there} steps to train are fewer than a window has, warm_up + length ="
            f" {size}"
        )

    def slide(array: np.ndarray) -> np.ndarray:
        windows = np.lib.stride_tricks.sliding_window_view(array[begin:], size, 0)
        return np.moveaxis(windows, -1, 1)

    counted = slide(scored) & (np.arange(size) >= warm_up)
    keep = counted.any(1)
    parts = slide(features), slide(targets), np.ones_like(counted), counted
    return Windows(*parts) if keep.all() else Windows(*(p[keep] for p in parts))


def ending(
    features: np.ndarray, ends: np.ndarray, size: int, begin: int
) -> tuple[np.ndarray, np.ndarray]:
    """Returns windows that end at some steps, and their masks.

    Args:
      features: [N, F].
      ends: the step after each window, [O].
      size: W.
      begin: the first step of the series that has features.

    Returns:
      [O, W, F], zero before `begin`, and bool [O, W].
    """
    steps = np.asarray(ends)[:, None] + np.arange(-size, 0)
    mask = (steps >= begin) & (steps < len(features))
    found = features[np.clip(steps, 0, len(features) - 1)]
    return np.where(mask[..., None], found, 0), mask


def in_turn(
    features: np.ndarray,
    targets: np.ndarray,
    scored: np.ndarray,
    *,
    begin: int,
    stretch: int,
    warm_up: int,
    length: int,
) -> Windows:
    """Returns windows that score each step of a stretch once, to evaluate.

    Args:
      features, targets, scored, begin, warm_up, length: as for `every`.
      stretch: the first step of the stretch; it goes on to the end.
    """
    first = max(stretch, begin)
    ends = np.arange(first, max(len(targets), first + 1), length) + length
    size = warm_up + length
    found, mask = ending(features, ends, size, begin)
    columns, _ = ending(targets[:, None], ends, size, begin)
    counts, _ = ending(scored[:, None], ends, size, begin)
    counted = counts[..., 0].astype(bool) & (np.arange(size) >= warm_up)
    return Windows(found, columns[..., 0], mask, counted)
