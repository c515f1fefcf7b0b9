"""How the kernels of `persistent_triton` are cut into programs and started."""

import functools
import importlib
import importlib.util
import math
import warnings
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax

# Words of W_h that a program holds in registers: all 65536 of a multiprocessor where it
# holds all columns, half of them where the exchange with others needs some, too.
MOST_WORDS = {False: 65536, True: 32768}
# Words of one gate: on the way into registers they pass through shared memory.
MOST_WORDS_OF_A_GATE = 32768
# Words for each thread.
WORDS_OF_A_THREAD = 64
# Rows of a program beyond which its registers no longer suffice.
MOST_ROWS = 16
# Programs that run at once: multiprocessors of an H100 or H200.
PROGRAMS = 132


class Tiles(NamedTuple):
    """How rows and columns are cut into programs.

    rows: of a program.
    width: K, a power of two that holds all columns of the state.
    parts: programs that share the columns of a row.
    warps: of 32 threads in a program.
    stages: steps whose inputs are under way, with more than one; see `tl.range`.
    """

    rows: int
    width: int
    parts: int
    warps: int
    stages: int = 1


def choose_tiles(gates: int, dim: int, batch_size: int) -> Tiles:
    """Returns the tiles for G gates, H columns and B rows."""
    width = max(16, _power(dim))
    words = gates * width * width
    shared = words > MOST_WORDS[False] or width * width > MOST_WORDS_OF_A_GATE
    parts = max(
        _power(-(-words // MOST_WORDS[shared])),
        _power(-(-width * width // MOST_WORDS_OF_A_GATE)),
    )
    rows = min(MOST_ROWS, _power(-(-batch_size * parts // PROGRAMS)))
    warps = min(16, max(4, _power(-(-words // parts // (32 * WORDS_OF_A_THREAD)))))
    return Tiles(rows, width, parts, warps, stages=1 if shared else 3)


def registers(tiles: Tiles) -> int:
    """Returns how many registers a thread may use.

    Without a limit, some versions of ptxas spill to use a quarter of them.
    """
    return min(255, 65536 // (32 * tiles.warps))


def _power(n: int) -> int:
    """Returns the least power of two that is at least n."""
    return 1 << max(0, math.ceil(math.log2(max(1, n))))


def missing() -> str | None:
    """Says what is not there that the kernels need; None if nothing is missing."""
    if jax.default_backend() != "gpu":
        return f"it needs a GPU, and JAX is on {jax.default_backend()}"
    device = jax.config.jax_default_device
    device = device if isinstance(device, jax.Device) else jax.devices()[0]
    if "nvidia" not in device.device_kind.lower():
        return f"it is for GPUs by NVIDIA, not {device.device_kind}"
    for name in ("triton", "jax_triton"):
        if importlib.util.find_spec(name) is None:
            return f"it needs {name}: pip install 'seqnets[triton]'"
    driver = importlib.import_module("triton.backends.nvidia.driver")
    if not hasattr(driver, "TMA_TF32"):  # `jax_triton` could not compile.
        return f"it needs triton 3.7 or later, not {version('triton')}"
    return None


def multiprocessors() -> int:
    """Returns how many programs run beside one another at least."""
    return getattr(jax.devices()[0], "core_count", PROGRAMS)


def launch(
    name: str,
    inputs: Mapping[str, Array],
    outputs: Mapping[str, Any],
    sizes: tuple[int, int, int],
    tiles: Tiles,
    constants: Mapping[str, Any],
) -> dict[str, Array]:
    """Runs a kernel of `persistent_triton`.

    Args:
      name: of the kernel.
      inputs: arrays by the names of its arguments.
      outputs: likewise, a shape with dtype each, or an array to write into.
      sizes: T, B and H.
      tiles: the programs.
      constants: by name.

    Returns:
      The outputs, by name.
    """
    outputs = dict(outputs)
    outputs["ticket"] = jax.ShapeDtypeStruct((1,), jnp.int32)
    if tiles.parts > 1:
        outputs["ticket"] = jnp.zeros(1, jnp.int32)
    filled = {n: a for n, a in outputs.items() if isinstance(a, Array)}
    shapes = {n: jax.ShapeDtypeStruct(a.shape, a.dtype) for n, a in outputs.items()}
    programs = -(-sizes[1] // tiles.rows) * tiles.parts
    constants = dict(constants) | {
        "ROWS": tiles.rows,
        "K": tiles.width,
        "N": tiles.width // tiles.parts,
        "PARTS": tiles.parts,
        "STAGES": tiles.stages,
    }
    named = {**inputs, **filled}

    @jax.custom_batching.custom_vmap
    def call(*arrays: Array) -> tuple[Array, ...]:
        given = dict(zip(named, arrays, strict=True))
        found = start(name, given, shapes, sizes, programs, tiles, constants)
        return tuple(found[n] for n in shapes)

    @call.def_vmap
    def one_by_one(axis_size, batched, *arrays):
        spread = [
            a if own else jnp.broadcast_to(a, (axis_size, *a.shape))
            for a, own in zip(arrays, batched, strict=True)
        ]
        found = lax.map(lambda given: call(*given), tuple(spread))
        return found, tuple(True for _ in found)

    return dict(zip(shapes, call(*named.values()), strict=True))


def start(
    name: str,
    given: Mapping[str, Array],
    shapes: Mapping[str, jax.ShapeDtypeStruct],
    sizes: tuple[int, int, int],
    programs: int,
    tiles: Tiles,
    constants: Mapping[str, Any],
) -> dict[str, Array]:
    """Starts a kernel through `jax_triton`; `given` holds arrays to be written, too."""
    import jax_triton

    from seqnets.kernels import persistent_triton

    kernel = getattr(persistent_triton, name)
    order = [n for n in kernel.arg_names if n in given or n in shapes]
    operands = [n for n in order if n in given]
    # Those that alias an operand are no arguments of their own, and come last.
    results = sorted((n for n in order if n in shapes), key=lambda n: n in given)
    aliases = {operands.index(n): results.index(n) for n in results if n in given}
    run = functools.partial(
        jax_triton.triton_call,
        kernel=kernel,
        out_type=[shapes[n] for n in results],
        grid=(programs,),
        num_warps=tiles.warps,
        num_stages=1,
        # Half of the instructions are lost without fused multiplications and additions.
        backend_options={"maxnreg": registers(tiles), "enable_fp_fusion": True},
        input_output_aliases=aliases,
        **dict(zip("TBH", sizes, strict=True)),
        **constants,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        found = run(**{n: given[n] for n in operands})
    return dict(zip(results, found, strict=True))
