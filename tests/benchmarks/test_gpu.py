"""The GPU's table has a line for each contender, whatever happens to it."""

import jax
import pytest

from benchmarks import gpu
from benchmarks.cases import Case

pytestmark = pytest.mark.usefixtures("quickly")

HAS_GPU = jax.default_backend() == "gpu"


@pytest.mark.skipif(HAS_GPU, reason="there is a GPU")
def test_who_does_not_run_is_named_with_the_reason(capsys):
    table = gpu.Table(60.0)
    names = (gpu.REFERENCE, 'Plan("persistent")')
    gpu.race(Case("SRN", "tanh", 3, 2, 2, 4), names, 1, table)
    first, second = table.lines
    assert capsys.readouterr().out.splitlines() == table.lines
    assert gpu.REFERENCE in first and first.endswith("| 0.0e+00 |")
    assert "it needs a GPU" in second


@pytest.mark.skipif(HAS_GPU, reason="there is a GPU")
def test_without_a_gpu_nothing_is_raced(capsys):
    with pytest.raises(SystemExit):
        gpu.main(["--quick"])
    assert "no GPU" in capsys.readouterr().err


def test_a_quick_race_is_the_beginning_of_the_whole_at_the_narrow_shape():
    whole = [case for case in gpu.select(False) if case.dim == 128]
    quick = gpu.select(True)
    assert quick == whole[: len(quick)]
    assert {case.cell for case in quick} == {"SRN", "LSTM", "GRU"}
