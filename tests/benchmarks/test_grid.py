"""The grid's race: all contenders compute one thing, and the page says who they are."""

import pytest

from benchmarks import grid

pytestmark = pytest.mark.usefixtures("quickly")


@pytest.fixture(scope="module")
def race():
    return grid.Race(2, length=3, depth=2, dim=4)


def test_fronts_and_nested_scans_have_the_same_outputs_and_gradients(race, monkeypatch):
    monkeypatch.delitem(grid.NETS, grid.UNROLLED)  # It is the same function.
    found = race.distances()
    assert set(found) == {("tied", grid.NESTED), ("untied", grid.NESTED)}
    assert max(found.values()) < 1e-5
