"""How long a training step takes to trace and to compile."""

import time
from typing import Any

from benchmarks.cases import Case, draw
from benchmarks.contenders import CONTENDERS


def measure(case: dict[str, Any], contenders: list[str]) -> dict[str, list[float]]:
    """Compiles the training step of each contender in JAX that runs in a case.

    Args:
      case: the fields of a `Case`.
      contenders: names.

    Returns:
      Seconds of tracing and of compiling, by contender.
    """
    case = Case(**case)
    weights, inputs = draw(case)
    seconds = {}
    for name in contenders:
        contender = CONTENDERS[name]
        if contender.absent() or contender.refuses(case):
            continue
        program = contender.build(case, weights, inputs)
        if program.lower is None:
            continue
        start = time.perf_counter()
        lowered = program.lower()
        traced = time.perf_counter()
        lowered.compile()
        seconds[name] = [traced - start, time.perf_counter() - traced]
    return seconds
