"""One case: every contender built, checked against seqnets, and timed."""

import dataclasses
from typing import Any, NamedTuple

import jax

from benchmarks import agreement, timing
from benchmarks.cases import Case, draw
from benchmarks.contenders import CONTENDERS, OURS
from benchmarks.contenders.contender import Program, Results

MODES = ("forward", "training")
DENSE = f"{OURS}, dense"  # Runs beside a ragged case, to tell what the mask costs.


def run(
    case: dict[str, Any], contenders: list[str], modes: list[str], rounds: int
) -> dict[str, Any]:
    """Races a case.

    Args:
      case: the fields of a `Case`.
      contenders: names; ours runs in any case.
      modes: of `MODES`.
      rounds: turns of each contender.

    Returns:
      seconds: by mode and contender, one number per round.
      distances: by contender, how far from seqnets' numbers it is at most.
      out: by contender, why it does not race here.
      failed: by contender, what went wrong in it, a disagreement included.
    """
    if jax.default_backend() == "gpu":
        # As in torch, float32 is float32: JAX would round operands to TF32.
        jax.config.update("jax_default_matmul_precision", "highest")
    case = Case(**case)
    programs, distances, out, failed = enter(case, contenders)
    if case.variant == "ragged":
        dense = dataclasses.replace(case, variant="dense")
        programs[DENSE] = CONTENDERS[OURS].build(dense, *draw(dense))
    seconds = {}
    for mode in modes:
        calls = {name: getattr(program, mode) for name, program in programs.items()}
        seconds[mode] = timing.interleave(calls, rounds)
    return {"seconds": seconds, "distances": distances, "out": out, "failed": failed}


class Entry(NamedTuple):
    """Who runs in a case, and who does not: all by contender, as in `run`."""

    programs: dict[str, Program]
    distances: dict[str, float]
    out: dict[str, str]
    failed: dict[str, str]


def enter(case: Case, contenders: list[str]) -> Entry:
    """Builds the contenders that run in a case and agree with seqnets."""
    weights, inputs = draw(case)
    tolerance = agreement.TOLERANCES[case.dtype]
    ours = CONTENDERS[OURS].build(case, weights, inputs)
    reference = _results(ours)
    entry = Entry({OURS: ours}, {}, {}, {})
    for name in contenders:
        if name == OURS:
            continue
        contender = CONTENDERS[name]
        reason = contender.absent() or contender.refuses(case)
        if reason is not None:
            entry.out[name] = reason
            continue
        try:
            program = contender.build(case, weights, inputs)
            distance = agreement.check(_results(program), reference, tolerance)
            entry.distances[name] = distance
            entry.programs[name] = program
        except Exception as error:  # A peer that fails must not stop the others.
            entry.failed[name] = f"{type(error).__name__}: {error}".splitlines()[0]
    return entry


def _results(program: Program) -> dict[str, Results]:
    return {mode: program.read(getattr(program, mode)()) for mode in MODES}
