"""What is computed for many chips follows from bytes and rates."""

import pytest

from benchmarks import projection
from benchmarks.projection import H200, Job

ALONE = Job(1, 20)


def test_one_chip_takes_what_was_measured_and_sends_nothing():
    assert projection.communication(H200, ALONE) == 0.0
    assert projection.step(H200, ALONE) == pytest.approx(projection.MEASURED)
    assert projection.efficiency(H200, ALONE, 20) == pytest.approx(1.0)
    # The weights of two LSTMs, with biases, and of two tables with one.
    assert projection.held(ALONE) == 4 * (
        2 * (2 * 650 * 2600 + 2600) + 10_000 * 650 * 2 + 10_000
    )


def test_a_sum_over_chips_of_one_node_goes_around_a_ring():
    held = projection.held(ALONE)
    for chips in (2, 8):
        expected = 2 * (chips - 1) / chips * held / H200.link
        found = projection.communication(H200, Job(chips, 20))
        assert found == pytest.approx(expected)


def test_between_nodes_each_chip_carries_its_share():
    seconds = projection.summed(H200, 800.0, 16, 8)
    inside, between = 2 * 7 / 8 * 800 / H200.link, 2 * 1 / 2 * 100 / H200.network
    assert seconds == pytest.approx(inside + between)


def test_tables_of_one_group_are_not_added_up():
    whole, cut = (
        projection.communication(H200, Job(8, 20, 200_000, group)) for group in (1, 8)
    )
    layers = projection.summed(H200, 4 * projection.recurrent(), 8, 8)
    gathered = 6 * 4 * 20 * 7 * 35 * 650 / H200.link
    assert cut == pytest.approx(layers + gathered) and whole > 10 * cut
