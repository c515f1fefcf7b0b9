"""How much memory a training step takes beyond weights and inputs."""

import re
from pathlib import Path
from typing import Any

from benchmarks.cases import Case, draw
from benchmarks.contenders import CONTENDERS

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def measure(case: dict[str, Any], contender: str) -> dict[str, float | None] | None:
    """Runs one training step, after a first one that compiles.

    Args:
      case: the fields of a `Case`.
      contender: its name.

    Returns:
      planned: bytes that the compiled program allots to itself, outputs left out;
        None for libraries outside JAX.
      resident: bytes by which the process grows at most, outputs included; None
        where the system does not tell.
      None for a contender that does not run in the case.
    """
    case = Case(**case)
    entrant = CONTENDERS[contender]
    if entrant.absent() or entrant.refuses(case):
        return None
    program = entrant.build(case, *draw(case))
    planned = None
    if program.lower is not None:
        analysis = program.lower().compile().memory_analysis()
        planned = getattr(analysis, "temp_size_in_bytes", None)
    program.training()
    before = _resident("VmRSS")
    if before is None:
        return {"planned": planned, "resident": None}
    CLEAR.write_text("5")  # Sets the high-water mark to what is resident now.
    program.training()
    return {"planned": planned, "resident": _resident("VmHWM") - before}


def _resident(field: str) -> int | None:
    if not (STATUS.exists() and CLEAR.exists()):
        return None
    found = re.search(rf"^{field}:\s*(\d+) kB", STATUS.read_text(), re.MULTILINE)
    return int(found[1]) * 1024 if found else None
