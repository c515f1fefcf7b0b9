"""What devices send each other in a compiled program, as its text says."""

import collections
import math
import re
from typing import NamedTuple

KINDS = (
    *("all-reduce", "all-gather", "reduce-scatter"),
    *("all-to-all", "collective-permute"),
)
SIZES = {"pred": 1, "bf16": 2, "f16": 2, "f32": 4, "f64": 8}
SIZES |= {f"{sign}{bits}": bits // 8 for sign in "su" for bits in (8, 16, 32, 64)}
_COMPUTATION = re.compile(r"^(ENTRY )?%?([\w.-]+) .*\{$")
_COLLECTIVE = re.compile(rf"= (.*?) ({'|'.join(KINDS)})\((.*)$")
_SPLIT = re.compile(rf" ({'|'.join(KINDS)})-start\(")
_ARRAY = re.compile(rf"\b({'|'.join(SIZES)})\[([\d,]*)\]")
_CALLED = re.compile(r"(?:body|to_apply|calls|\w+_computation)=%?([\w.-]+)")
_BRANCHES = re.compile(r"branch_computations=\{([^}]*)\}")
_TRIPS = re.compile(r'"known_trip_count":\{"n":"(\d+)"\}')
_LISTED = re.compile(r"replica_groups=\{\{([\d,]+)\}")
_COUNTED = re.compile(r"replica_groups=\[\d+,(\d+)\]")
_MESH = re.compile(r"replica_groups=mesh\[([^]]*)\][^{]*\{([^}]*)\}")
_AXIS = re.compile(r"'(\w+)'=(\d+)")
_NAMED = re.compile(r"'(\w+)'(?::\(\d+\)(\d+))?")  # An axis, or a part of one.


class Collective(NamedTuple):
    """One operation that devices take part in together.

    Attributes:
      kind: one of `KINDS`.
      size: bytes of its result on a device; of its operands for a reduce-scatter.
      group: devices that take part in one.
      count: how often a run of the program does it, as loops go.
    """

    kind: str
    size: int
    group: int
    count: int

    @property
    def sent(self) -> float:
        """Bytes that a device sends in a run, around a ring of its group.

        all-reduce 2 (n - 1) / n of its size, others (n - 1) / n; a permute all of it.
        """
        if self.kind == "collective-permute":
            return float(self.count * self.size)
        share = (self.group - 1) / self.group
        return self.count * self.size * share * (1 + (self.kind == "all-reduce"))


def read(text: str) -> list[Collective]:
    """Returns the collectives of a compiled program; those of one device are left out.

    Args:
      text: of `jax.jit(f).lower(...).compile().as_text()`. A loop of which the compiler
        does not say how often it goes counts once.

    Raises:
      ValueError: for operations in two halves, as compilers for accelerators have them.
    """
    if split := _SPLIT.search(text):
        raise ValueError(
            f"{split[1]}-start is half an operation, which is not counted: read a"
            " program that is compiled for CPUs"
        )
    bodies, entry = _computations(text)
    times = collections.Counter({entry: 1})
    found = []
    # Called computations stand before their callers, so each is complete in its turn.
    for name in reversed(list(bodies)):
        for line in bodies[name]:
            trips = _TRIPS.search(line)
            for called in _called(line):
                times[called] += times[name] * (int(trips[1]) if trips else 1)
            if (collective := _collective(line, times[name])) is not None:
                found.append(collective)
    return [c for c in found if c.group > 1 and c.count]


def _computations(text: str) -> tuple[dict[str, list[str]], str]:
    """Returns the lines of each computation, in order, and the name of the first."""
    bodies, entry, lines = {}, "", []
    for line in text.splitlines():
        if match := _COMPUTATION.match(line):
            lines = bodies.setdefault(match[2], [])
            entry = match[2] if match[1] else entry
        else:
            lines.append(line)
    return bodies, entry


def _called(line: str) -> list[str]:
    branches = _BRANCHES.search(line)
    listed = re.findall(r"[\w.-]+", branches[1]) if branches else []
    return [*_CALLED.findall(line), *listed]


def _collective(line: str, count: int) -> Collective | None:
    match = _COLLECTIVE.search(line)
    if match is None:
        return None
    result, kind, rest = match.groups()
    size, group = _bytes(result), 1
    if listed := _LISTED.search(rest):
        group = listed[1].count(",") + 1
    elif counted := _COUNTED.search(rest):
        group = int(counted[1])
    elif mesh := _MESH.search(rest):
        sizes = dict(_AXIS.findall(mesh[1]))
        group = math.prod(int(n or sizes[a]) for a, n in _NAMED.findall(mesh[2]))
    elif kind == "collective-permute":
        group = 2
    if kind == "reduce-scatter":
        size *= group
    return Collective(kind, size, group, count)


def _bytes(result: str) -> int:
    """Returns the bytes of an array, or of a tuple of arrays."""
    return sum(
        SIZES[kind] * math.prod(int(n) for n in shape.split(",") if n)
        for kind, shape in _ARRAY.findall(result)
    )
