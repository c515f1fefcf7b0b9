"""Rows are cut among devices, and what they share is whole on each."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import jax
import numpy as np
import pytest

from seqnets.training import devices
from tests import virtual
from tests.training import side, toy

ROOT = Path(__file__).parents[2]


def test_four_devices_find_what_one_does(tmp_path):
    process = subprocess.run(
        [sys.executable, "-m", "tests.training.side", str(tmp_path / "four")],
        cwd=ROOT,
        env=virtual.environment(4),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    four = json.loads(process.stdout.splitlines()[-1])
    one = side.run(tmp_path / "one")
    assert (four.pop("devices"), four.pop("cut"), four["whole"]) == (4, 4, True)
    assert (one.pop("devices"), one.pop("cut"), one["whole"]) == (1, 1, True)
    assert four.pop("test") == pytest.approx(one["test"], rel=1e-4)
    assert one.pop("test")["accuracy/plain"] > 0.5
    assert four == one
    right = side.Points().splits["test"]
    assert one["targets"] == right["label"].tolist()
    np.testing.assert_array_equal(np.float32(one["weights"]), right["x"])


def test_rows_that_cannot_be_cut_are_refused():
    class Four:
        num_devices = 4

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(devices, "by_rows", Four)
        with pytest.raises(ValueError, match=r"\(6, 3\) cannot be cut .* 4 devices"):
            devices.put(toy.batch(0, rows=6))
        with pytest.raises(ValueError, match=r"'pair'\] of shape \(\) cannot be cut"):
            devices.put({"pair": (np.ones(()), np.ones(4))})


def test_rows_are_added_until_they_can_be_cut(monkeypatch):
    batch = toy.batch(0, rows=6) | {"pair": (np.ones((6, 2)),)}
    batch["graph"] = devices.Shared(np.ones((3, 3)))
    assert devices.pad(batch) is batch
    monkeypatch.setattr(devices, "by_rows", lambda: SimpleNamespace(num_devices=4))
    found = devices.pad(batch)
    assert found["rows"].tolist() == [True] * 6 + [False] * 2
    for name in ("xs", "ys", "rows"):
        np.testing.assert_array_equal(found[name][:6], batch[name])
        assert not found[name][6:].any() and len(found[name]) == 8
    assert found["pair"][0].shape == (8, 2) and found["graph"] is batch["graph"]


def test_text_of_the_first_process_is_that_of_the_only_one():
    assert devices.text_of_first("猫") == "猫" and devices.text_of_first(None) is None
    assert list(devices.lines_of_first(iter(["a", "", "b"]))) == ["a", "", "b"]


def test_batches_are_trees_and_shared_arrays_have_any_shape():
    batch = {
        "source": {"tokens": np.ones((2, 3), np.int32), "lengths": (np.ones(2),)},
        "graph": devices.Shared({"edges": np.ones((3, 3)), "nodes": np.ones(())}),
    }
    found = devices.put(batch)
    assert jax.tree.structure(found) == jax.tree.structure(batch)
    assert found["graph"].tree["nodes"].shape == ()
    ahead = list(devices.prefetch([batch] * 4))
    assert len(ahead) == 4 and devices.shapes(ahead[0]) == devices.shapes(found)


def test_the_row_count_is_that_of_rows_or_given():
    assert devices.row_count({"rows": np.ones(3), "xs": np.ones((7, 3))}) == 3
    assert devices.row_count({"xs": np.ones((7, 3))}, 7) == 7
    with pytest.raises(ValueError, match="batch_size"):
        devices.row_count({"xs": np.ones((7, 3))})
