"""A checkpoint gives back what it was given, or says why not, and is whole."""

import asyncio
import contextlib
import logging
import resource
import shutil
import sys
from types import SimpleNamespace
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
    halve(largest_file(tmp_path))
    with pytest.raises(ValueError, match="best/1 is damaged: "):
        checkpoints.restore_best(target(params))


def flip_a_bit(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)


def incompressible():
    """What is stored as it is, so that any bit of it can be another."""
    return jax.random.bits(jax.random.key(0), (99, 101))


@pytest.mark.parametrize("name", ["a.b", ""])
def test_a_bit_of_an_array_that_is_not_as_it_was_is_damage(tmp_path, name):
    params = {"a": {"b": incompressible()}} if name else incompressible()
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save_best(params, {"step": 1})
    assert_equal(checkpoints.restore_best(target(params)), params)
    flip_a_bit(largest_file(tmp_path))
    message = f"best/1 is damaged: array '{name}' is not as it was saved; put back"
    with pytest.raises(ValueError, match=message):
        checkpoints.restore_best(target(params))
    assert checkpoints.meta("best") == {"step": 1}


def test_a_checkpoint_without_checksums_restores_as_ever(tmp_path, monkeypatch):
    checkpoints, params = Checkpoints(tmp_path), {"a": incompressible()}
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "_checksums", lambda tree: {})
        checkpoints.save_best(params, {})
    assert_equal(checkpoints.restore_best(target(params)), params)
    flip_a_bit(largest_file(tmp_path))
    assert (checkpoints.restore_best(target(params))["a"] != params["a"]).any()


def test_arrays_restored_as_another_dtype_are_not_damaged(tmp_path):
    Checkpoints(tmp_path).save_best({"a": jnp.arange(9.0)}, {})
    other = {"a": jnp.arange(9.0, dtype=jnp.bfloat16)}
    assert_equal(Checkpoints(tmp_path).restore_best(target(other)), other)


def test_what_orbax_leaves_behind_is_dropped_and_all_else_is_passed_on(monkeypatch):
    passed = []
    monkeypatch.setattr(sys, "unraisablehook", passed.append)
    logger = logging.getLogger("asyncio")
    monkeypatch.setattr(logger, "filters", [])
    checkpoint._silence.__wrapped__()
    reading = SimpleNamespace(cr_code=SimpleNamespace(co_filename="/x/orbax/read.py"))
    other = SimpleNamespace(cr_code=test_nothing_saved_is_none.__code__)
    loop = asyncio.new_event_loop()
    loop.close()
    with pytest.raises(RuntimeError) as closed:
        loop.call_soon(print)

    def complain(thing, error):
        about = {"exc_value": error, "exc_traceback": error.__traceback__}
        sys.unraisablehook(SimpleNamespace(object=thing, **about))

    complain(reading, Exception("x"))
    complain(None, closed.value)
    assert not passed
    for thing in (other, None):
        complain(thing, Exception("x"))
    complain("own", RuntimeError("Event loop is closed"))
    assert [unraisable.object for unraisable in passed] == [other, None, "own"]
    records = [
        logging.makeLogRecord({"msg": f"Task was destroyed: {path}"})
        for path in ("/x/orbax/read.py", "/x/own.py")
    ]
    assert [bool(logger.filter(record)) for record in records] == [False, True]


def largest_file(workdir):
    files = [p for p in (workdir / "checkpoints/best/1").rglob("*") if p.is_file()]
    return max(files, key=lambda path: path.stat().st_size)


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
