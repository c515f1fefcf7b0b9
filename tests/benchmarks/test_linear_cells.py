"""The race of linear cells prints its table."""

import pytest

from benchmarks import linear_cells

pytestmark = pytest.mark.usefixtures("quickly")


def test_every_cell_has_a_line_and_a_cell_of_each_form(monkeypatch, capsys):
    monkeypatch.setattr(linear_cells, "NAMES", ("MinGRU",))
    monkeypatch.setattr(linear_cells, "DIM", 2)
    # It would last for the process, and all tests after this one.
    monkeypatch.setattr(linear_cells.process, "keep_memory", lambda: None)
    linear_cells.main(["--length", "3", "--rows", "1", "--rounds", "1"])
    row = capsys.readouterr().out.splitlines()[-1].split("|")
    assert [cell.strip() for cell in row[1:4]] == ["MinGRU", "3", "1"]
    assert all(cell.count("x)") == 2 for cell in row[4:7])
