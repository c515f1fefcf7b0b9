"""The measurement of a million steps, on twenty."""

import pytest

from benchmarks import million

pytestmark = pytest.mark.usefixtures("quickly")


def test_a_step_is_planned_and_run(capsys):
    words = ["--length=20", "--rows=2", "--width=3", "--steps=1", "--recompute=yes"]
    assert million.main(words) == 0
    machine, planned, step = capsys.readouterr().out.splitlines()
    assert machine.startswith("JAX ")
    assert planned.startswith("planned ")
    assert step.startswith("loss 1.386")  # Four symbols, and a read-out of zeros.


@pytest.mark.parametrize("word", ["--length=0", "--steps=-1", "--recompute=maybe"])
def test_what_cannot_be_measured_is_refused(word, capsys):
    with pytest.raises(SystemExit):
        million.parse([word])
    assert word[2:].partition("=")[0] in capsys.readouterr().err
