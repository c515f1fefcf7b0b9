"""Times in interleaved rounds, and their statistics."""

import gc
import math
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

WARM_UP = 2  # Calls before the first round; the first of them compiles.
TURN_S = 0.02  # Shorter calls are repeated until a turn lasts so long.


class Summary(NamedTuple):
    """Median and quartiles."""

    median: float
    low: float
    high: float


def interleave(
    calls: Mapping[str, Callable[[], Any]], rounds: int
) -> dict[str, list[float]]:
    """Times calls in turns: A B C, B C A, C A B, ...

    What slows the machine down for a while slows all of them, and each follows upon
    each other equally often.

    Args:
      calls: by name; each returns when its result is there.
      rounds: how many turns each is given.

    Returns:
      The seconds of one call, by name, one number per round.
    """
    repeats = {}
    for name, call in calls.items():
        for _ in range(WARM_UP):
            call()
        repeats[name] = max(1, math.ceil(TURN_S / max(_time(call, 1), 1e-9)))
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    names = list(calls)
    gc.collect()
    gc.disable()
    try:
        for turn in range(rounds):
            first = turn % len(names)
            for name in names[first:] + names[:first]:
                seconds[name].append(_time(calls[name], repeats[name]))
    finally:
        gc.enable()
    return seconds


def summarise(values: Sequence[float]) -> Summary:
    """Returns median and quartiles, interpolated; of one value, itself thrice.

    Raises:
      ValueError: without values.
    """
    if not values:
        raise ValueError("there are no values to summarise")
    if len(values) == 1:
        return Summary(values[0], values[0], values[0])
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return Summary(median, low, high)


def ratio(theirs: Sequence[float], ours: Sequence[float]) -> float:
    """Returns the median over rounds of their time to ours: above 1, ours is faster.

    The two of a round stand beside each other in time, so a disturbance that lasts
    for rounds cancels, which it would not in a ratio of medians.
    """
    return statistics.median(t / o for t, o in zip(theirs, ours, strict=True))


def geometric_mean(ratios: Iterable[float]) -> float:
    """Returns exp(mean(log r)): twice as fast and half as fast make one.

    Raises:
      ValueError: without ratios, or for one that is not positive.
    """
    ratios = list(ratios)
    if not ratios or min(ratios) <= 0.0:
        raise ValueError(f"ratios must be positive and at least one: {ratios}")
    return math.exp(math.fsum(map(math.log, ratios)) / len(ratios))


def _time(call: Callable[[], Any], repeats: int) -> float:
    start = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - start) / repeats
