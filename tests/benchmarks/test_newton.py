"""Newton iterations against the scan: who is raced has the outputs of the scan."""

import pytest

from benchmarks import newton
from seqnets import cells

pytestmark = pytest.mark.usefixtures("quickly")


def test_a_case_has_a_row_for_each_form_with_the_outputs_of_the_scan():
    case = newton.Case(cells.SRN(2), 1)
    rows = newton.measure(case, length=4, rounds=1, training=True)
    assert [row[1:3] for row in rows] == [["dense", "yes"], ["units", "yes"]]
    for _, _, _, sweeps, distance, ratio, scan in rows:
        assert int(sweeps) <= 4 and float(distance) < 1e-6
        assert float(ratio) > 0 and float(scan) > 0


def test_no_case_is_named_as_another():
    names = [newton._name(case) for case in newton.CASES]
    assert len(set(names)) == len(names)
