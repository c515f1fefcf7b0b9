"""What is raced on many devices, and what a training reports of itself."""

import pytest

from benchmarks import scaling
from benchmarks.scaling import CUT, Launch
from benchmarks.scaling_worker import Shape, Training

SECTIONS = scaling.launches(32)


def test_sections_keep_what_they_say():
    assert {x.rows for x in SECTIONS["The same rows"].values()} == {32}
    weak = SECTIONS["As many rows a device"].values()
    assert {x.rows / x.devices for x in weak} == {4}
    processes = SECTIONS["Two processes"].values()
    assert {x.devices * x.processes for x in processes} == {2}
    assert [x.group for x in SECTIONS[CUT].values()] == list(scaling.COUNTS)


def test_what_rows_cost_is_beside_the_first_a_row_where_rows_grow():
    section = {"one": Launch(1, 4), "two": Launch(2, 8)}
    seconds = {Launch(1, 4): [1.0, 2.0], Launch(2, 8): [3.0, 6.0]}
    for weak, cost in ((False, "3.00"), (True, "1.50")):
        last = scaling.times(seconds, section, weak).splitlines()[-1]
        assert last == f"| two | 4500 (3750-5250) | {cost} |"


def test_operations_of_a_kind_and_group_share_a_line():
    one, two = ("all-reduce", 10**6, 2, 3), ("all-reduce", 2 * 10**6, 2, 1)
    report = {"collectives": [one, two, ("all-gather", 4 * 10**6, 4, 1)]}
    lines = scaling.sent({Launch(4, 8, group=2): report}).splitlines()[2:]
    assert lines == [
        "| 4 | 2 | 8 | all-gather of 4 | 1 | 4.00 | 3.00 |",
        "| 4 | 2 | 8 | all-reduce of 2 | 4 | 5.00 | 5.00 |",
    ]


def test_losses_are_compared_step_by_step():
    losses = [[2.0, 4.0], [2.0, 4.0], [2.0, 3.0]]
    found = scaling.agreement({"losses": own} for own in losses)
    assert found == pytest.approx(0.25)


@pytest.mark.usefixtures("quickly")
def test_a_training_learns_and_reports_what_it_holds():
    shape = Shape(rows=2, length=3, dim=4, vocabulary=16)
    training = Training(shape)
    assert training.report()["held"] is None and training.run(3) > 0.0
    found = training.report()
    layers, tables = 2 * (2 * 4 * 16 + 16), 2 * 16 * 4 + 16
    assert found["parameters"] == found["held"] == 4 * (layers + tables)
    assert found["collectives"] == [] and found["planned"] > 0
    assert len(found["losses"]) == 3 and found["losses"][2] < found["losses"][0]
