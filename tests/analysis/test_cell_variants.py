"""The cells that are compared."""

from seqnets import cells
from seqnets.analysis.cell_variants import all_cells


def test_every_cell_is_compared():
    found = all_cells(5)
    assert set(cells.CELLS) < set(found)
    assert all(cell.dim == 5 for cell in found.values())
    assert len(set(found.values())) == len(found)
