"""The gradient_flow experiment: cells side by side, and other runs inspected."""

import csv
import functools
import importlib
import json
import math
import shutil
from types import SimpleNamespace

import jax
import numpy as np
import pytest

from experiments import build, load
from seqnets import cells
from seqnets.analysis import cell_variants
from seqnets.analysis import gradient_flow as flow
from seqnets.training import fit

pytestmark = pytest.mark.usefixtures("quickly")

TEXT = "the cat sat on the mat and the dog sat on the cat\n" * 20
SMALL = {"SRN": cells.SRN(4), "GRU": cells.GRU(4)}


def configured(experiment="gradient_flow", **changes):
    """Returns a default config, made small."""
    config = importlib.import_module(f"configs.{experiment}").get_config()
    config.cell.dim, config.batch_size, config.steps = 4, 4, 2
    with config.ignore_type():
        for name, value in changes.items():
            setattr(config, name, value)
    return config


def small(**changes):
    changes = {"length": 6, "depth": 3, "rows": 2} | changes
    return configured(**changes)


@pytest.fixture(scope="module", autouse=True)
def no_depth():
    """Leaves out what does not depend on cells, and is tested by itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flow, "depth_chains", lambda *_: {("tanh", "glorot"): [0.0]})
        yield


@pytest.fixture
def two_cells(monkeypatch):
    monkeypatch.setattr(cell_variants, "all_cells", lambda dim: SMALL)


def table(run):
    with open(run / "samples" / "gradient_flow.csv", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_config_builds_and_starts_near_guessing():
    config = configured()
    config.cell.update(name="LSTM")
    task = build(config)
    params = jax.jit(task.init)(jax.random.key(0))
    batch = next(task.batches("valid", 0))
    state = task.initial_state(params, len(batch["rows"]))
    loss, (_, sums) = jax.jit(task.loss)(params, state, batch, None)
    assert float(loss) == pytest.approx(math.log(config.symbols), abs=0.5)
    assert task.baselines() == {"guessing": 0.25}
    assert {"loss/LSTM", "accuracy/LSTM"} == set(sums)
    assert {"loss", "loss/LSTM", "accuracy/LSTM"} == set(task.finish(sums))


def test_texts_are_a_function_of_seed_split_and_step():
    def text(split, start, seed=0):
        return next(build(small(seed=seed)).batches(split, start))["tokens"]

    batches = build(small()).batches("train", 0)
    next(batches)
    np.testing.assert_array_equal(next(batches)["tokens"], text("train", 1))
    others = [text("train", 0), text("valid", 0), text("test", 0), text("train", 0, 1)]
    for other in others:
        assert not np.array_equal(other, text("train", 1))


def test_a_cell_s_gradient_is_the_one_it_has_alone(two_cells):
    task = build(small())
    params, batch = task.init(jax.random.key(0)), next(task.batches("train", 0))
    state = task.initial_state(params, len(batch["rows"]))

    @jax.jit
    def gradients(params):
        beside = jax.grad(task.loss, has_aux=True)(params, state, batch, None)[0]
        alone = jax.grad(task.tasks["SRN"].loss, has_aux=True)
        return beside["SRN"], alone(params["SRN"], (), batch, None)[0]

    close = functools.partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-7)
    jax.tree.map(close, *gradients(params))


def test_a_cell_learns_to_recall(two_cells):
    task = build(small(batch_size=32, length=4))
    params = task.init(jax.random.key(0))

    @jax.jit
    def step(params, batch):
        grad = jax.value_and_grad(task.loss, has_aux=True)
        state = task.initial_state(params, len(batch["rows"]))
        (_, (_, sums)), grads = grad(params, state, batch, None)
        return jax.tree.map(lambda p, g: p - 0.5 * g, params, grads), sums

    for batch, _ in zip(task.batches("train", 0), range(150), strict=False):
        params, sums = step(params, batch)
    for name in SMALL:
        right, count = sums[f"accuracy/{name}"]
        assert right / count > 0.9, name


def test_one_command_leaves_one_figure_and_its_numbers(two_cells, tmp_path):
    config = small()
    fit(build(config), config, tmp_path / "run")
    picture = tmp_path / "run" / "samples" / "gradient_flow.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    rows = table(tmp_path / "run")
    assert list(dict.fromkeys(r["of"] for r in rows))[:2] == list(SMALL)
    for weights in ("fresh", "trained", "normal", "glorot", "orthogonal"):
        for name in SMALL:
            own = [r for r in rows if (r["weights"], r["of"]) == (weights, name)]
            lags = [r for r in own if r["quantity"] == "log10_jacobian"]
            assert [r["at"] for r in lags] == [str(lag) for lag in range(1, 6)]
    # Fresh weights are orthogonal, so that the bound of an SRN is one.
    (eta,) = [
        float(r["value"])
        for r in rows
        if (r["weights"], r["quantity"]) == ("fresh", "bound_eta")
    ]
    assert eta == pytest.approx(1.0, abs=1e-5)
    assert sum(r["quantity"] == "accuracy" for r in rows) == 2


@pytest.fixture(scope="module")
def inspection(no_depth, tmp_path_factory):
    """The inspection of a small language model, whose run has been removed since."""
    folder = tmp_path_factory.mktemp("text")
    (folder / "cats.txt").write_text(TEXT)
    model = configured("char_lm", corpus=str(folder / "cats.txt"), length=8)
    model.min_count, model.embedding_dim, model.eval_batch_size = 1, 3, 4
    model.eval_every = model.log_every = 2
    task = build(model, folder / "cats")
    task.report = None
    fit(task, model, folder / "cats")
    before = contents(folder / "cats")
    config = small(run=str(folder / "cats"))
    found = fit(build(config), config, folder / "flow")
    after = contents(folder / "cats")
    shutil.rmtree(folder / "cats")
    return SimpleNamespace(
        before=before, after=after, found=found, folder=folder / "flow"
    )


def contents(folder):
    """Returns every file of a folder."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_run_of_another_experiment_is_inspected_and_left_alone(inspection):
    assert inspection.before == inspection.after != {}
    (line,) = (inspection.folder / "metrics.jsonl").read_text().splitlines()
    assert json.loads(line)["bits_per_char"] > 0.0
    assert inspection.found["flow/trained/cats/norms/state"].shape == (7,)

    rows = table(inspection.folder)
    assert {r["of"] for r in rows if "net" not in r["of"]} == {"cats"}
    parts = {r["part"] for r in rows if r["quantity"] == "log10_jacobian"}
    assert parts == {"state", "0.h", "0.c"}
    # The first step is a reset, which is not what is measured.
    words = {r["value"] for r in rows if r["quantity"] == "verdict"}
    assert words <= {"flows", "vanishes"} and "flows" in words
    gates = {r["part"] for r in rows if r["quantity"] == "share_open"}
    assert gates == {"0.i", "0.f", "0.o"}


def test_measurements_are_drawn_again_without_the_run(inspection, tmp_path):
    inspected, found = load(inspection.folder)
    inspected.report(found, tmp_path)
    for name in ("gradient_flow.csv", "gradient_flow.png"):
        first = (inspection.folder / "samples" / name).read_bytes()
        assert (tmp_path / name).read_bytes() == first


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    config = small(run=str(tmp_path / "nowhere"))
    with pytest.raises(ValueError, match="nowhere is not a run folder"):
        fit(build(config), config, tmp_path / "flow")
    assert not (tmp_path / "flow").exists()


def test_a_run_without_a_cell_is_refused(tmp_path):
    for part in ("train", "dev", "test"):
        (tmp_path / f"{part}.txt").write_text("good ||| i like it\nbad ||| no\n" * 4)
    bag = configured("sentiment", corpus=str(tmp_path), model="bow", buckets=1)
    bag.epochs = None
    run = tmp_path / "bag"
    fit(build(bag), bag, run)
    with pytest.raises(ValueError, match="bag: the model has no cell"):
        build(small(run=str(run))).compute()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"length": 1}, "length must be at least 2"),
        ({"symbols": 1}, "symbols must be at least 2"),
        ({"rows": 0}, "rows must be at least 1"),
        ({"depth": 0}, "depth must be at least 1"),
    ],
    ids=lambda x: "" if isinstance(x, dict) else x,
)
def test_impossible_options_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        build(small(**changes))


def test_an_option_of_one_cell_needs_its_name():
    config = small()
    config.cell.update(peephole=True)
    with pytest.raises(ValueError, match="cell.peephole = True .* cell.name"):
        build(config)
    config.cell.update(name="LSTM")
    build(config)
