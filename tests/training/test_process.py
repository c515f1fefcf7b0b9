"""The launcher touches its process once, and can be told not to."""

import ctypes
import platform
import subprocess
import sys
from types import SimpleNamespace

import jax
import pytest

from seqnets.training import process

# Takes, touches and frees 64 MB on a thread, and counts the pages faulted in.
AGAIN = """
import ctypes, resource, sys, threading
from seqnets.training import process
if sys.argv[1] == "keep":
    process.keep_memory()
library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
library.malloc.argtypes = library.free.argtypes = [ctypes.c_size_t]
def use():
    block = library.malloc(2**26)
    ctypes.memset(block, 1, 2**26)
    library.free(block)
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults()
print(faults())
"""


@pytest.fixture
def calls(monkeypatch):
    """What the process is asked for."""
    asked = []
    library = SimpleNamespace(mallopt=lambda *args: asked.append(("mallopt", *args)))
    monkeypatch.setattr(ctypes, "CDLL", lambda name: library)
    monkeypatch.setattr(process, "_use_large_pages", lambda library: None)
    monkeypatch.setattr(jax.distributed, "initialize", lambda: asked.append("join"))
    monkeypatch.delenv(process.KEEP_MEMORY, raising=False)
    monkeypatch.delenv("JAX_COORDINATOR_ADDRESS", raising=False)
    return asked


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc's settings")
def test_memory_that_a_thread_frees_is_not_faulted_in_again():
    def faults(word):
        run = [sys.executable, "-c", AGAIN, word]
        return int(subprocess.run(run, capture_output=True, check=True).stdout)

    assert faults("leave") > 20 * faults("keep")


def test_it_is_said_once(calls, capsys):
    process.prepare()
    assert {call[0] for call in calls} == {"mallopt"}
    assert capsys.readouterr().out.count(process.KEEP_MEMORY) == 1


def test_it_is_not_said_where_output_is_an_answer(calls, capsys):
    process.prepare(say=False)
    assert calls
    assert capsys.readouterr().out == ""


def test_it_can_be_told_not_to(calls, monkeypatch, capsys):
    monkeypatch.setenv(process.KEEP_MEMORY, "0")
    process.prepare()
    assert calls == []
    assert capsys.readouterr().out == ""


def test_a_c_library_without_the_setting_is_left_alone(calls, monkeypatch, capsys):
    monkeypatch.setattr(ctypes, "CDLL", lambda name: SimpleNamespace())
    process.prepare()
    assert calls == []
    assert capsys.readouterr().out == ""


def test_one_of_several_processes_joins_the_others(calls, monkeypatch):
    monkeypatch.setenv("JAX_COORDINATOR_ADDRESS", "localhost:1234")
    process.prepare()
    assert calls[-1] == "join"
