"""The cells that are compared."""

from seqnets import cells
from seqnets.analysis.cell_variants import all_cells, choose


def test_every_cell_is_compared_but_the_one_with_slots():
    found = all_cells(5)
    assert set(cells.CELLS) - set(found) == {"NTM"}
    assert all(cell.dim == 5 for cell in found.values())
    assert len(set(found.values())) == len(found)


def test_a_cell_that_is_named_is_measured_alone():
    assert choose(cells.options("NTM", 5)) == {"NTM": cells.NTM(5)}
