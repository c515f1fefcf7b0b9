"""A checkpoint gives back what it was given, or says why not, and is whole."""

import contextlib
import resource
import shutil
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets.training import checkpoint
from seqnets.training.checkpoint import CheckpointError, Checkpoints


class Pair(NamedTuple):
    a: jax.Array
    b: tuple


def tree(fill=1.0):
    return {
        "pair": Pair(jnp.full((3, 2), fill), ()),
        "none": None,
        "tuple": (jnp.full(2, fill, jnp.bfloat16), jnp.int32(7), None, {}),
        "a.b/c": [jnp.array([True, False]), jnp.zeros((0, 4)), jnp.float32(jnp.nan)],
    }


def target(tree):
    return jax.eval_shape(lambda: tree)


def assert_equal(found, expected):
    assert jax.tree.structure(found) == jax.tree.structure(expected)
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


def test_every_kind_of_tree_survives_in_its_shape(tmp_path):
    meta = {"step": 3, "best": 0.1 + 0.2, "name": None}
    Checkpoints(tmp_path).save_latest(tree(), meta)
    found, found_meta = Checkpoints(tmp_path).restore_latest(target(tree()))
    assert_equal(found, tree())
    assert found_meta == meta == Checkpoints(tmp_path).meta()


def test_a_single_array_and_nothing_survive(tmp_path):
    Checkpoints(tmp_path).save_best(jnp.arange(3), {})
    assert_equal(
        Checkpoints(tmp_path).restore_best(target(jnp.arange(3))), jnp.arange(3)
    )
    Checkpoints(tmp_path).save_latest((), {})
    assert Checkpoints(tmp_path).restore_latest(()) == ((), {})


def test_nothing_saved_is_none(tmp_path):
    checkpoints = Checkpoints(tmp_path)
    assert checkpoints.restore_latest(tree()) is None
    assert checkpoints.restore_best(tree()) is None
    assert checkpoints.meta() is None


def test_the_newest_replaces_the_older(tmp_path):
    checkpoints = Checkpoints(tmp_path)
    for fill in range(12):
        checkpoints.save_latest(tree(float(fill)), {"fill": fill})
    assert len(list((tmp_path / "checkpoints" / "latest").iterdir())) == 1
    found, meta = checkpoints.restore_latest(target(tree()))
    assert meta == {"fill": 11}
    assert_equal(found, tree(11.0))


def test_a_half_written_checkpoint_is_not_loaded_and_is_cleaned_up(tmp_path):
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save_latest(tree(), {"step": 1})
    latest = tmp_path / "checkpoints" / "latest"
    # What Orbax leaves of a save that is killed.
    half = latest / "2.orbax-checkpoint-tmp-0"
    (half / "tree").mkdir(parents=True)
    assert checkpoints.restore_latest(target(tree()))[1] == {"step": 1}
    checkpoints.save_latest(tree(), {"step": 2})
    assert [path.name for path in latest.iterdir()] == ["2"]


def test_a_failed_save_leaves_the_last_good_checkpoint(tmp_path):
    checkpoints = Checkpoints(tmp_path)
    big = {"a": jax.random.normal(jax.random.key(0), (512, 512))}
    checkpoints.save_latest(big, {"step": 1})
    with file_size_limit(1 << 16), pytest.raises(CheckpointError) as raised:
        checkpoints.save_latest({"a": big["a"] + 1}, {"step": 2})
    assert "cannot save checkpoint" in str(raised.value)
    assert "latest/1, is whole" in str(raised.value)
    assert isinstance(raised.value, OSError) and "\n" not in str(raised.value)
    found, meta = checkpoints.restore_latest(target(big))
    assert meta == {"step": 1}
    assert_equal(found, big)
    assert len(list((tmp_path / "checkpoints" / "latest").iterdir())) == 1
    checkpoints.save_latest(big, {"step": 3})
    assert checkpoints.meta() == {"step": 3}


@contextlib.contextmanager
def file_size_limit(size):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_another_format_is_refused(tmp_path, monkeypatch):
    checkpoints = Checkpoints(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "FORMAT", 99)
        checkpoints.save_latest(tree(), {})
    with pytest.raises(ValueError, match="has format 99; this version reads 1"):
        checkpoints.restore_latest(target(tree()))


@pytest.mark.parametrize(
    "other, message",
    [
        ({"a": jnp.zeros(4)}, r": a is \(3,\) there, \(4,\) here$"),
        ({"b": jnp.zeros(3)}, r": a is \(3,\) there, absent here; b is absent there"),
        ({"a": jnp.zeros(3), "b": jnp.zeros(3)}, r": b is absent there, \(3,\)"),
    ],
)
def test_another_model_is_refused(tmp_path, other, message):
    Checkpoints(tmp_path).save_best({"a": jnp.zeros(3)}, {})
    with pytest.raises(ValueError, match=f"is not of this model.*{message}"):
        Checkpoints(tmp_path).restore_best(target(other))


def test_arrays_that_are_cut_are_damaged(tmp_path):
    checkpoints, params = Checkpoints(tmp_path), {"a": jnp.arange(9999.0)}
    checkpoints.save_best(params, {})
    files = [p for p in (tmp_path / "checkpoints/best/1").rglob("*") if p.is_file()]
    halve(max(files, key=lambda path: path.stat().st_size))
    with pytest.raises(ValueError, match="best/1 is damaged: "):
        checkpoints.restore_best(target(params))


def halve(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize(
    "lost",
    ["", "meta", "tree", "meta/metadata", "tree/_METADATA", "tree/d"],
)
def test_a_damaged_checkpoint_is_called_so_and_never_another_model(
    tmp_path, lost, recwarn
):
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save_best({"a": jnp.zeros(3), "b": jnp.zeros((2, 2))}, {})
    path = tmp_path / "checkpoints/best/1"
    if (path / lost).is_file():
        halve(path / lost)
    else:
        shutil.rmtree(path / lost)
        (path / lost).mkdir()
    for other in ({"a": jnp.zeros(3), "b": jnp.zeros((2, 2))}, {"a": jnp.zeros(3)}):
        with pytest.raises(ValueError) as raised:
            checkpoints.restore_best(target(other))
        assert f"checkpoint {path} is damaged: " in str(raised.value)
        assert "\n" not in str(raised.value)
    assert not recwarn.list
