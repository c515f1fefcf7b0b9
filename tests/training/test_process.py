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
    monkeypatch.delenv(process.KEEP_MEMORY, raising=False)
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


@pytest.mark.parametrize(
    "given, message",
    [
        ("localhost:1234 None None", "needs JAX_NUM_PROCESSES and JAX_PROCESS_ID as"),
        ("localhost:1234 2 None", "needs JAX_PROCESS_ID as well"),
        ("None 2 0", "needs JAX_COORDINATOR_ADDRESS as well"),
        ("None None 1", "needs JAX_COORDINATOR_ADDRESS and JAX_NUM_PROCESSES as well"),
        ("localhost 2 0", "JAX_COORDINATOR_ADDRESS is HOST:PORT, not 'localhost'"),
        (":1234 2 0", "JAX_COORDINATOR_ADDRESS is HOST:PORT, not ':1234'"),
        ("localhost:1234 two 0", "JAX_NUM_PROCESSES is a whole number, not 'two'"),
        ("localhost:1234 2 -1", "JAX_PROCESS_ID is a whole number, not '-1'"),
        ("localhost:1234 2 2", "below JAX_NUM_PROCESSES, not 2 of 2"),
        ("localhost:1234 0 0", "below JAX_NUM_PROCESSES, not 0 of 0"),
    ],
)
def test_what_does_not_say_which_of_several_processes_this_is_is_refused(
    monkeypatch, given, message
):
    for variable, text in zip(process.SEVERAL.values(), given.split(), strict=True):
        monkeypatch.setenv(variable, "" if text == "None" else text)
    with pytest.raises(ValueError) as raised:
        process.join()
    assert message in str(raised.value) and "\n" not in str(raised.value)


def test_a_process_that_is_alone_joins_none_and_leaves_as_any_other(monkeypatch):
    for variable in process.SEVERAL.values():
        monkeypatch.delenv(variable, raising=False)
    process.join()
    assert not jax.distributed.is_initialized()
    assert process.leave(3) == 3
    assert process.lost(ValueError("Gloo: connection closed")) is None
