"""Tables cut among devices: the same training, and a share of it on each."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import AbstractMesh, NamedSharding, PartitionSpec

from seqnets.training import devices, loop, optimizer, placement
from seqnets.training.evaluation import evaluate, restore
from tests import virtual
from tests.training import cut, toy

pytestmark = pytest.mark.usefixtures("quickly")

ROOT = Path(__file__).parents[2]
CUTS = {"embedding/table": 0, "readout/w": 1, "readout/b": 0}


@pytest.fixture(scope="module")
def story(tmp_path_factory, quickly):
    """Runs on one device and on four, in groups of two, which change places halfway."""
    folder = tmp_path_factory.mktemp("cut")
    alone = cut.train(cut.task(folder), folder / "alone")
    assert cut.train(cut.task(folder, stop_at=3), folder / "whole") is None
    process = subprocess.run(
        [sys.executable, "-m", "tests.training.cut", str(folder)],
        cwd=ROOT,
        env=virtual.environment(4) | {devices.MODEL_DEVICES: "2"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    said = json.loads(process.stdout.splitlines()[-1])
    begun = cut.train(cut.task(folder), folder / "cut")
    return SimpleNamespace(folder=folder, alone=alone, begun=begun, **said)


def assert_close(found, expected):
    for a, b in zip(*map(jax.tree.leaves, (found, expected)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_a_run_goes_on_with_cut_tables_and_ends_where_one_device_does(story):
    assert story.devices == 4
    task = cut.task(story.folder)
    assert_close(restore(task, story.folder / "whole"), story.alone)
    own = evaluate(task, story.alone, "valid")
    assert story.valid == pytest.approx(own, rel=1e-4)


def test_a_run_with_cut_tables_goes_on_with_one_device(story):
    assert_close(story.begun, story.alone)


@pytest.mark.parametrize("kind", ["tied", "untied"])
def test_a_device_holds_its_share_of_tables_and_of_what_the_optimiser_keeps(
    story, kind
):
    shapes = getattr(story, kind)["shapes"]
    half, width = cut.SYMBOLS // 2, cut.WIDTH
    expected = {"embedding/table": [half, width], "readout/b": [half]}
    if kind == "untied":
        expected["readout/w"] = [width, half]
    for name, shape in expected.items():
        own = [found for path, found in shapes.items() if path.endswith(f"/{name}")]
        assert own == [shape] * 4  # Parameters, two moments, their average.
    others = [s for n, s in shapes.items() if not n.endswith(tuple(expected))]
    assert [width, width] in others and not any(half in shape for shape in others)


@pytest.mark.parametrize("kind", ["tied", "untied"])
def test_devices_send_neither_tables_nor_logits(story, kind):
    """Of a table they add up the gradients of their share, and gather nothing."""
    sent = getattr(story, kind)["sent"]
    share = cut.SYMBOLS // 2 * cut.WIDTH * 4
    logits = cut.ROWS // 2 * cut.LENGTH * cut.SYMBOLS // 2 * 4  # That a device has.
    assert share < max(size for _, size, _, _ in sent) < logits
    assert not any("gather" in kind and size >= share for kind, size, _, _ in sent)


@pytest.fixture
def groups(monkeypatch):
    """Eight devices that are not there, in groups of four."""
    mesh = AbstractMesh((2, 4), ("data", "model"))
    monkeypatch.setattr(devices, "mesh", lambda: mesh)
    monkeypatch.setenv(devices.MODEL_DEVICES, "4")
    return mesh


@pytest.mark.parametrize("method", optimizer.METHODS)
def test_what_any_optimiser_keeps_of_a_parameter_stands_where_it_does(groups, method):
    params = {
        "embedding": {"table": jnp.zeros((8, 3))},
        "readout": {"w": jnp.zeros((3, 8)), "b": jnp.zeros(8)},
        "other": {"w": jnp.zeros((3, 8))},
    }
    options = {"name": method, "average": 0.9, "accumulate": 2, "clip_norm": 1.0}
    made = optimizer.build(options, None, 10)
    state = jax.eval_shape(made.init, params)
    found = placement.shardings(state, CUTS)
    whole = NamedSharding(groups, PartitionSpec())
    by_rows, by_columns = (
        NamedSharding(groups, PartitionSpec(*spec))
        for spec in (("model", None), (None, "model"))
    )
    places = jax.tree.leaves(found)
    for a, place in zip(jax.tree.leaves(state), places, strict=True):
        expected = {(8, 3): (by_rows,), (3, 8): (by_columns, whole)}
        if a.shape in expected:
            assert place in expected[a.shape]
    # Of `other` there are as many as of the softmax, all whole.
    shapes = [a.shape for a in jax.tree.leaves(state)]
    assert places.count(by_columns) == shapes.count((3, 8)) // 2
    assert places.count(by_rows) == shapes.count((8, 3)) > 0


def test_a_table_that_a_group_cannot_divide_is_refused(groups):
    with pytest.raises(ValueError, match=r"readout/w of shape \(3, 10\) cannot .*=4 "):
        placement.shardings({"readout": {"w": jnp.zeros((3, 10))}}, CUTS)


def test_groups_without_anything_to_cut_leave_no_folder(tmp_path, groups, monkeypatch):
    monkeypatch.setattr(devices, "put", lambda batch: batch)
    with pytest.raises(ValueError, match=r"=4 cuts .* leave it out"):
        loop.fit(toy.Toy(), toy.config(), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("3", "1 devices are no groups of SEQNETS_MODEL_DEVICES=3"),
        ("two", "whole number above 0, not 'two'"),
        ("0", "whole number above 0, not '0'"),
    ],
)
def test_groups_that_there_cannot_be_are_refused(monkeypatch, text, message):
    monkeypatch.setenv(devices.MODEL_DEVICES, text)
    with pytest.raises(ValueError, match=message):
        devices.mesh()


def test_alone_nothing_is_cut():
    shapes = {"readout": {"w": jnp.zeros((3, 7))}}
    assert placement.shardings(shapes, CUTS)["readout"]["w"] == devices.replicated()
    logits = jnp.zeros((2, 7))
    assert placement.by_columns(logits) is logits
