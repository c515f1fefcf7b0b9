"""One launch for all steps computes what the scan does, or says why it cannot."""

import importlib.util
import json
import os
import re
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import cells
from seqnets import plan as plans
from seqnets.kernels import persistent_launch
from seqnets.kernels.persistent_launch import Tiles, choose_tiles
from seqnets.plan import Plan
from seqnets.unroll import unroll
from tests.looping import like_init

pytestmark = pytest.mark.usefixtures("quickly")

B, T, D, H = 3, 4, 2, 6
ALONE, SHARED = Tiles(2, 8, 1, 4), Tiles(2, 8, 2, 4)
SRN, LSTM, GRU = cells.SRN(H), cells.LSTM(H), cells.GRU(H, reset="after")
OLD = cells.GRU(H, reset="after", update="old", bias=False)
HAS_GPU = jax.default_backend() == "gpu"

needs_triton = pytest.mark.skipif(
    importlib.util.find_spec("triton") is None, reason="triton is not installed"
)


def interpret(name, given, shapes, sizes, programs, tiles, constants):
    """Starts a kernel in Triton's interpreter, in a process of its own."""
    del tiles

    def host(given):
        arrays = {
            n: np.full(s.shape, np.nan if s.dtype == np.float32 else 0, s.dtype)
            for n, s in shapes.items()
        }
        arrays |= {n: np.asarray(a) for n, a in given.items()}
        arrays["w"] = arrays["w"].astype(np.float32)  # NumPy has no bfloat16.
        asked = {"name": name, "programs": programs}
        asked["constants"] = constants | dict(zip("TBH", sizes, strict=True))
        np.savez(path, asked=json.dumps(asked), **arrays)
        words = [sys.executable, "-m", "tests.kernels.interpreted", path]
        environment = os.environ | {"TRITON_INTERPRET": "1"}
        subprocess.run(words, check=True, env=environment)
        with np.load(path) as found:
            return {n: found[n] for n in shapes}

    path = interpret.path
    return jax.pure_callback(host, dict(shapes), dict(given))


@pytest.fixture
def interpreter(monkeypatch, tmp_path):
    """Runs launches in Triton's interpreter, unless there is a GPU."""
    if HAS_GPU:
        return
    interpret.path = str(tmp_path / "arrays.npz")
    monkeypatch.setattr(persistent_launch, "start", interpret)
    monkeypatch.setattr(persistent_launch, "missing", lambda: None)


@pytest.fixture
def tiles(monkeypatch):
    def use(own):
        monkeypatch.setattr(persistent_launch, "choose_tiles", lambda *_: own)

    return use


def given(cell, dtype="float32"):
    rng = np.random.default_rng(0)
    params = like_init(rng, cell.init, D)
    xs = rng.normal(size=(B, T, D)).astype(jnp.dtype(dtype))
    shapes = jax.eval_shape(lambda: cell.initial_state(params, B, dtype))
    state = jax.tree.map(lambda s: rng.normal(size=s.shape).astype(s.dtype), shapes)
    marks = {"mask": rng.random((B, T)) > 0.3, "reset": rng.random((B, T)) > 0.7}
    return jax.tree.map(jnp.asarray, ((params, xs, state), marks))


def loss(cell, arrays, gradient, **options):
    params, xs, state = arrays
    plan = Plan(gradient)
    state, ys = unroll(cell, params, xs, state=state, plan=plan, **options)
    weights = jnp.cos(jnp.arange(ys.size)).reshape(ys.shape)
    ends = sum(jnp.sum(jnp.sin(s.astype(jnp.float32))) for s in state)
    return jnp.sum(weights * ys) + ends, (state, ys)


def assert_close(ours, theirs, tolerance=2e-5):
    def check(a, b):
        a, b = (np.asarray(x, np.float64) for x in (a, b))
        assert np.linalg.norm(a - b) <= tolerance * np.linalg.norm(b)

    jax.tree.map(check, ours, theirs)


@needs_triton
@pytest.mark.parametrize(
    ("cell", "own", "reverse", "dtype", "tolerance"),
    [
        (SRN, ALONE, False, "float32", 2e-5),
        (OLD, ALONE, True, "float32", 2e-5),
        (cells.GRU(H), ALONE, False, "float32", 2e-5),
        (LSTM, SHARED, False, "float32", 2e-5),
        (GRU, SHARED, True, "bfloat16", 0.03),
    ],
    ids=["SRN", "GRU reverse", "GRU before", "LSTM shared", "GRU shared bfloat16"],
)
def test_one_launch_gives_the_same_outputs_states_and_gradients(
    interpreter, tiles, cell, own, reverse, dtype, tolerance
):
    tiles(own)
    arrays, marks = given(cell, dtype)

    def results(gradient):
        def run(arrays):
            return loss(cell, arrays, gradient, reverse=reverse, **marks)

        return jax.value_and_grad(run, has_aux=True)(arrays)

    assert_close(results("persistent"), results("automatic"), tolerance)


@needs_triton
def test_the_gradient_has_derivatives_of_either_mode(interpreter, tiles):
    tiles(ALONE)
    arrays, _ = given(SRN)

    def curved(arrays, gradient):
        first = jax.grad(lambda arrays: loss(SRN, arrays, gradient)[0])(arrays)
        return sum(jnp.sum(jnp.cos(leaf)) for leaf in jax.tree.leaves(first))

    def derivatives(gradient):
        along = jax.tree.map(jnp.ones_like, arrays)
        f = lambda arrays: curved(arrays, gradient)  # noqa: E731
        return jax.grad(f)(arrays), jax.jvp(f, (arrays,), (along,))

    assert_close(derivatives("persistent"), derivatives("automatic"))


def test_a_jitted_run_can_be_differentiated_twice(interpreter, tiles):
    tiles(ALONE)
    arrays, marks = given(LSTM)
    run = jax.jit(lambda arrays: loss(LSTM, arrays, "persistent", **marks)[0])
    first = jax.grad(run)

    def curved(arrays):
        return sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(first(arrays)))

    shapes = jax.eval_shape(jax.grad(jax.jit(curved)), arrays)  # Traced, not run.
    assert jax.tree.structure(shapes) == jax.tree.structure(arrays)


@needs_triton
def test_sequences_under_vmap_run_one_by_one(interpreter, tiles):
    tiles(ALONE)
    (params, xs, _), _ = given(SRN)

    def run(xs):
        return unroll(SRN, params, xs, plan=Plan("persistent"))[1]

    pair = jnp.stack([xs, -xs])
    assert_close(jax.vmap(run)(pair), jnp.stack([run(xs), run(-xs)]))


@needs_triton
@pytest.mark.parametrize("name", ["forward", "backward"])
def test_the_kernels_compile_for_a_gpu_without_one(tmp_path, name):
    """Prints registers, spilled bytes and shared memory; see `pytest -s`."""
    import triton
    from triton.backends.compiler import GPUTarget
    from triton.backends.nvidia.compiler import get_ptxas
    from triton.compiler import ASTSource

    from seqnets.kernels import persistent_triton

    own = choose_tiles(4, 128, 64)
    constants = {
        **{"CELL": "lstm", "OPTION": "", "ROWS": own.rows, "K": own.width},
        **{"N": own.width // own.parts, "PARTS": own.parts, "STAGES": own.stages},
        **dict.fromkeys(("MARKED", "RESETS", "REVERSE", "HALF"), False),
    }
    if name == "forward":
        constants |= {"SAVE": True, "HALF_STATE": False}
    kernel = getattr(persistent_triton, name)
    kinds = {"T": "i32", "B": "i32", "H": "i32", "marks": "*i8", "ticket": "*i32"}
    signature = {n: kinds.get(n, "*fp32") for n in kernel.arg_names}
    signature |= dict.fromkeys(constants, "constexpr")
    compiled = triton.compile(
        ASTSource(kernel, signature, constants, {}),
        target=GPUTarget("cuda", 90, 32),
        options={
            "num_warps": own.warps,
            "maxnreg": persistent_launch.registers(own),
            "enable_fp_fusion": True,
        },
    )
    path = tmp_path / "kernel.ptx"
    path.write_text(compiled.asm["ptx"])
    words = [get_ptxas(90).path, "-v", "-arch=sm_90a", path, "-o", tmp_path / "out"]
    said = subprocess.run(words, check=True, capture_output=True, text=True).stderr
    used = int(re.search(r"Used (\d+) registers", said)[1])
    spilt = int(re.search(r"(\d+) bytes spill stores", said)[1])
    print(f"{name}: {used} registers, {spilt} spilt, {compiled.metadata.shared} shared")
    assert used * 32 * own.warps <= 65536
    assert spilt < 512  # A thread's part of W_h alone is as large.
    assert compiled.metadata.shared <= 227 * 1024


@pytest.mark.parametrize(
    ("cell", "dtype", "reason"),
    [
        (cells.GRU(H, reset="none"), "float32", "with a reset"),
        (cells.LSTM(H, peephole=True), "float32", "a plain SRN"),
        (cells.SRN(H, form="preactivation"), "float32", "a plain SRN"),
        (cells.Zoneout(LSTM, 0.1), "float32", "a plain SRN"),
        (LSTM, "float16", "float32 or bfloat16"),
        (cells.SRN(600), "float32", "up to 512 wide"),
    ],
    ids=str,
)
def test_what_one_launch_cannot_do_is_refused(cell, dtype, reason):
    params = like_init(np.random.default_rng(0), cell.init, D)
    with pytest.raises(ValueError, match=reason):
        unroll(cell, params, jnp.zeros((B, T, D), dtype), plan=Plan("persistent"))


@pytest.mark.skipif(HAS_GPU, reason="there is a GPU")
def test_one_launch_needs_a_gpu():
    params = like_init(np.random.default_rng(0), LSTM.init, D)
    with pytest.raises(ValueError, match="needs a GPU"):
        unroll(LSTM, params, jnp.zeros((B, T, D)), plan=Plan("persistent"))


def test_no_steps_leave_the_state_as_it_is(monkeypatch):
    monkeypatch.setattr(persistent_launch, "missing", lambda: None)
    params = like_init(np.random.default_rng(0), LSTM.init, D)
    state, ys = unroll(LSTM, params, jnp.zeros((B, 0, D)), plan=Plan("persistent"))
    assert ys.shape == (B, 0, H)
    assert not np.any(state.h)


def test_the_table_chooses_one_launch_where_it_is_possible():
    sizes = {"fast": True, "length": 100, "rows": 64, "width": 512}
    choose = lambda plan=None, **own: plans.choose(plan or Plan(), **(sizes | own))  # noqa: E731
    assert choose(backend="gpu", persistent=True).gradient == "persistent"
    assert choose(backend="gpu").gradient == "custom_vjp"
    large = {"backend": "gpu", "persistent": True, "length": 100_000, "rows": 512}
    assert choose(**large).gradient == "custom_vjp"  # It cannot compute again.
    asked = choose(Plan(chunk=10), backend="gpu", persistent=True)
    assert asked == Plan("custom_vjp", 10, False, "scan", 1)


@pytest.mark.parametrize("gates", [1, 3, 4])
@pytest.mark.parametrize("dim", [5, 128, 200, 512])
def test_programs_cover_all_rows_and_columns_within_their_registers(gates, dim):
    tiles = choose_tiles(gates, dim, 64)
    assert tiles.width >= dim
    assert gates * tiles.width * (tiles.width // tiles.parts) <= 65536
    assert tiles.width * tiles.width // tiles.parts * 4 <= 227 * 1024
    assert tiles.parts <= 32
    assert 32 * tiles.warps * persistent_launch.registers(tiles) <= 65536
