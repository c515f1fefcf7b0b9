"""Only contenders that compute the same numbers are raced."""

import numpy as np
import pytest

from benchmarks import agreement, race
from benchmarks.cases import Case
from benchmarks.contenders import CONTENDERS, OURS
from benchmarks.contenders.seqnets import Seqnets

pytestmark = pytest.mark.usefixtures("quickly")

TINY = {"length": 4, "batch_size": 3, "in_dim": 2, "dim": 3}
REFERENCE = {"ys": np.array([3.0, 4.0]), "d_w": np.array([1.0])}


class Wrong(Seqnets):
    """Computes everything but the inputs' gradient."""

    def _read(self, case, inputs, *result):
        results = super()._read(case, inputs, *result)
        if results.d_xs is None:
            return results
        return results._replace(d_xs=1.01 * results.d_xs)


class Broken(Seqnets):
    def build(self, case, weights, inputs):
        raise RuntimeError("out of order")


class Missing(Seqnets):
    module = "no_such_library"


def test_distance_is_relative():
    close = {"ys": np.array([3.0, 4.05]), "d_w": None}

    assert agreement.check(close, REFERENCE, 0.02) == pytest.approx(0.01)


@pytest.mark.parametrize(
    "ys", [[3.0, 4.5], [3.0, np.nan], [3.0]], ids=["far", "nan", "shape"]
)
def test_other_numbers_are_refused_by_name(ys):
    with pytest.raises(agreement.Disagreement, match="disagrees in ys"):
        agreement.check({"ys": np.array(ys)}, REFERENCE, 0.02)


def test_contenders_that_err_fail_or_are_not_there_do_not_race(monkeypatch):
    wrong = {"wrong": Wrong(), "broken": Broken(), "missing": Missing()}
    for name, contender in wrong.items():
        monkeypatch.setitem(CONTENDERS, name, contender)

    entry = race.enter(Case("SRN", "tanh", **TINY), [OURS, *wrong])

    assert list(entry.programs) == [OURS]
    reason = entry.failed["wrong"]
    assert reason.startswith("Disagreement: disagrees in training.d_xs by 0.01")
    assert entry.failed["broken"] == "RuntimeError: out of order"
    assert "no_such_library" in entry.out["missing"]


def test_linen_computes_what_seqnets_computes():
    entry = race.enter(Case("LSTM", "", **TINY, variant="ragged"), ["linen"])

    assert entry.distances["linen"] < 1e-5
    assert "linen" in entry.programs
