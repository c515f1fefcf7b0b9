"""How a cell is computed over time: one table, by backend and size.

A plan changes no numbers beyond rounding.
"""

import math
from typing import NamedTuple

GRADIENTS = ("custom_vjp", "automatic", "cudnn", "persistent")
TIMES = ("scan", "parallel")


class Plan(NamedTuple):
    """How a run is computed; a field that is None is chosen by the table.

    gradient: "custom_vjp" (back-propagation through time as a custom gradient;
      reverse mode, to any order), "automatic" (by JAX; every order and mode), "cudnn"
      (see `seqnets.kernels.cudnn`) or "persistent" (all steps in one launch, see
      `seqnets.kernels.persistent`; reverse mode, to any order).
    chunk: how many steps are projected and differentiated at a time; all of them with
      "cudnn" and "persistent".
    recompute: whether the backward pass computes each chunk again, so that the
      states between chunks are all that is kept; not with "cudnn" and "persistent".
    time: "scan" (one step after the other) or "parallel" (all at once: where the
      recurrence is linear in the state by an associative scan, see
      `seqnets.kernels.affine`, else by Newton's method, see `seqnets.kernels.newton`,
      which takes all steps together, whatever `chunk` and `recompute` say).
    parts: in how many parts the rows run beside one another, see
      `seqnets.kernels.parts`; one where the gradient is not that of SRN, LSTM or GRU.
    """

    gradient: str | None = None
    chunk: int | None = None
    recompute: bool | None = None
    time: str | None = None
    parts: int | None = None


def check(plan: Plan) -> None:
    """Raises ValueError for a plan that cannot be carried out."""
    if not isinstance(plan, Plan):
        raise ValueError(f"plan must be a Plan, such as Plan(), not {plan!r}")
    if plan.gradient not in (None, *GRADIENTS):
        raise ValueError(f"gradient must be one of {GRADIENTS}, not {plan.gradient!r}")
    for name in ("chunk", "parts"):
        value = getattr(plan, name)
        if value is not None and (type(value) is not int or value < 1):
            raise ValueError(f"{name} must be a positive integer, not {value!r}")
    if plan.time not in (None, *TIMES):
        raise ValueError(f"time must be one of {TIMES}, not {plan.time!r}")
    if (plan.parts or 1) > 1 and plan.gradient not in (None, "custom_vjp"):
        raise ValueError(
            f'parts={plan.parts} goes with gradient="custom_vjp", or None, not'
            f" {plan.gradient!r}"
        )
    if plan.gradient in ("cudnn", "persistent") and (plan.chunk or plan.recompute):
        raise ValueError(
            f'gradient="{plan.gradient}" runs all steps at once, and keeps what it'
            " computes: leave chunk and recompute None"
        )
    if plan.time == "parallel" and plan.gradient not in (None, "automatic"):
        raise ValueError(
            'time="parallel" has a gradient of its own: leave gradient None, or'
            f' "automatic", not {plan.gradient!r}'
        )


# The table, and what it rests on: an LSTM's training step on two CPU cores, ms, by the
# shapes (T, B, I, H) of benchmarks/.
#
#                        chosen   one chunk   gradient by JAX
#   100, 64, 128, 256       132         172               205
#   784, 64,   1, 128       329         456               529
#    35, 20, 650, 650        95    the same               123
#   200, 32,  64, 512       349         373               451
#  1000, 16, 128, 128       147         176               264
#
# T = 10,000: computing again takes 1.2 to 1.4 times as long, in a twentieth of the
# memory.
#
# Accelerators get one chunk. On a GPU (H200, float32; the first rows without XLA's
# autotuning, with which an LSTM takes 2.24 / 4.98, by "automatic" 7.25 / 30.5 and by
# cuDNN 2.02 / 4.5), forward / training step, ms:
#
#                              persistent   custom_vjp     automatic        cuDNN
#   784, 64,   1, 128  LSTM    2.16 /  6.6  14.7 / 30.3   15.1 / 37.7   2.20 / 4.66
#                      GRU     1.05 / 4.49   8.9 / 27.6   8.53 / 40.4   .864 / 3.89
#                      SRN     .48  / 2.62  14.9 / 31.6   13.7 / 29.1   .763 / 1.81
#   35, 20, 650, 650   LSTM                 .87 / 2.22   1.01 / 2.94   1.13 / 2.53
#
# The kernel is chosen where one program holds all columns (H up to 128) of at most two
# rows; beyond that it is there to be asked for: see benchmarks/NOTES.md.

# Time is a scan unless "parallel" is asked for. A MinGRU of 128 in parallel, on two
# loaded cores, takes this many times as long as its scan, forward / training:
#
#   T  1,000, B  1    1.3 to 1.5 / 1.2 to 1.8
#   T  1,000, B 16    2.1 to 2.3 / 1.2 to 1.5
#   T 10,000, B  1    2.1 / 3.1
#
# On GPUs and TPUs it is unmeasured.

# Two parts of the rows on two CPU cores (with AVX-512), this many times as fast as one,
# forward / training step:
#
#     T,   B,   I,   H    LSTM          GRU, reset after
#   784,  64,   1, 128    1.40 / 1.24   1.3  / 1.05
#   100,  64, 128, 128    1.24 / 1.20
#    35,  64, 200, 200    1.20 / 1.14
#   200,  64, 160, 160    1.18 / 1.12
#   200, 128, 128, 128    1.34 / 1.11   1.1  / 1.06
#   100,  64, 128, 256    1.05 / 1.04
#   100,  32, 128, 128     .93 /  .97
#   200,  32, 256, 256    1.06 /  .98   1.04 / 1.09
#   200, 128,  64,  64     .95 /  .98    .76 /  .96
#  1000,  16, 128, 128     .9  /  .95
#    35,  20, 650, 650     .9  /  .8
#
# An SRN of 128 gains nothing. LSTMs run in two parts, down to the fifth line.

# Bytes of projected inputs in a chunk on a CPU.
CHUNK_BYTES = 2 * 2**20
# Steps times rows of a chunk below which adding up weights' gradients costs too much.
CHUNK_ROWS = 256
# What a training step keeps, in sizes of its projected inputs; compiled, it is 1.7 to
# 3.0 of them with a custom gradient, 5.6 (minGRU) to 12.9 (layer norm) with JAX's.
KEPT_FAST, KEPT = 2, 8
# Steps of a chunk at most where parts of the rows run in line, slow to compile.
PARTS_CHUNK = 12
# Share of the memory beyond which a backward pass computes again what it would keep: a
# net may have several layers, in both directions, and a machine other programs.
KEPT_SHARE = 1 / 8
# The memory of a machine that does not tell how much it has.
UNKNOWN_BYTES = 32 * 2**30


def choose(
    plan: Plan,
    *,
    backend: str,
    fast: bool,
    length: int,
    rows: int,
    width: int,
    persistent: bool = False,
    parts: int = 1,
    memory: int | None = None,
) -> Plan:
    """Returns a plan in which every field is chosen.

    Args:
      plan: as the caller gave it.
      backend: "cpu", "gpu" or "tpu".
      fast: whether the cell has a custom gradient.
      length: T.
      rows: B.
      width: size of the projected input of a row at each step.
      persistent: whether one launch can run all steps, here.
      parts: of the rows that pay, on a CPU.
      memory: bytes that the machine has, see `device_memory.total`; None where that is
        not known.
    """
    bytes_a_step = 4 * rows * width
    fast = fast and plan.time != "parallel"
    gradient = plan.gradient or ("custom_vjp" if fast else "automatic")
    recompute = plan.recompute
    if recompute is None:
        kept = bytes_a_step * length * (KEPT if gradient == "automatic" else KEPT_FAST)
        recompute = kept > KEPT_SHARE * (UNKNOWN_BYTES if memory is None else memory)
    if persistent and plan == Plan() and not recompute:
        gradient = "persistent"
    chunk = plan.chunk
    if gradient != "custom_vjp" or backend != "cpu" or chunk or recompute:
        parts = 1
    if plan.parts and gradient == "custom_vjp":
        parts = plan.parts
    if chunk is None:
        chunk = length
        if recompute:
            chunk = math.isqrt(length)
        elif backend == "cpu" and parts == 1:
            fitting = CHUNK_BYTES // max(1, bytes_a_step)
            if fitting < length and fitting * rows >= CHUNK_ROWS:
                chunk = even(length, fitting)
        if parts > 1 and chunk > PARTS_CHUNK:
            chunk = even(length, PARTS_CHUNK)
    chunk = max(1, min(chunk, length))
    return Plan(gradient, chunk, recompute, plan.time or "scan", parts)


def even(length: int, most: int) -> int:
    """Returns a chunk of at most `most` steps, one that divides the length if it can.

    A shorter last chunk is compiled apart.
    """
    for chunk in range(most, most // 2, -1):
        if length % chunk == 0:
            return chunk
    return most
