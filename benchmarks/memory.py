"""How much memory a training step takes beyond weights and inputs, and how long."""

import re
import statistics
import time
from pathlib import Path
from typing import Any

from benchmarks.cases import Case, draw
from benchmarks.contenders import CONTENDERS
from benchmarks.contenders.seqnets import Seqnets
from seqnets.plan import Plan

RECOMPUTED = "seqnets, recomputing"
ROUNDS = 5
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def measure(case: dict[str, Any], contender: str) -> dict[str, float | None] | None:
    """Runs training steps, after a first one that compiles.

    Args:
      case: the fields of a `Case`.
      contender: its name, or `RECOMPUTED`.

    Returns:
      planned: bytes that the compiled program allots to itself, outputs left out;
        None for libraries outside JAX.
      resident: bytes by which the process grows at most, outputs included; None
        where the system does not tell.
      seconds: of a step, the median of a few.
      None for a contender that does not run in the case.
    """
    case = Case(**case)
    entrant = (
        Seqnets(Plan(recompute=True))
        if contender == RECOMPUTED
        else CONTENDERS[contender]
    )
    if entrant.absent() or entrant.refuses(case):
        return None
    program = entrant.build(case, *draw(case))
    planned = None
    if program.lower is not None:
        analysis = program.lower().compile().memory_analysis()
        planned = getattr(analysis, "temp_size_in_bytes", None)
    program.training()
    before, resident = _resident("VmRSS"), None
    if before is not None:
        CLEAR.write_text("5")  # Sets the high-water mark to what is resident now.
        program.training()
        resident = _resident("VmHWM") - before
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        program.training()
        seconds.append(time.perf_counter() - start)
    return {
        "planned": planned,
        "resident": resident,
        "seconds": statistics.median(seconds),
    }


def _resident(field: str) -> int | None:
    if not (STATUS.exists() and CLEAR.exists()):
        return None
    found = re.search(rf"^{field}:\s*(\d+) kB", STATUS.read_text(), re.MULTILINE)
    return int(found[1]) * 1024 if found else None
