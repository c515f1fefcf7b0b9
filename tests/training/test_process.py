"""The launcher touches its process once, and can be told not to."""

import ctypes
from types import SimpleNamespace

import jax
import pytest

from seqnets.training import process


@pytest.fixture
def calls(monkeypatch):
    """What the process is asked for."""
    asked = []
    library = SimpleNamespace(mallopt=lambda *args: asked.append(("mallopt", *args)))
    monkeypatch.setattr(ctypes, "CDLL", lambda name: library)
    monkeypatch.setattr(jax.distributed, "initialize", lambda: asked.append("join"))
    monkeypatch.delenv("SEQNETS_KEEP_MEMORY", raising=False)
    monkeypatch.delenv("JAX_COORDINATOR_ADDRESS", raising=False)
    return asked


def test_freed_memory_is_kept(calls):
    process.prepare()
    assert [call[0] for call in calls] == ["mallopt"] * 3


def test_it_can_be_told_not_to(calls, monkeypatch):
    monkeypatch.setenv("SEQNETS_KEEP_MEMORY", "0")
    process.prepare()
    assert calls == []


def test_a_c_library_without_the_setting_is_left_alone(calls, monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda name: SimpleNamespace())
    process.prepare()
    assert calls == []


def test_one_of_several_processes_joins_the_others(calls, monkeypatch):
    monkeypatch.setenv("JAX_COORDINATOR_ADDRESS", "localhost:1234")
    process.prepare()
    assert calls[-1] == "join"
