"""Columns stay columns, and lines lines."""

import pytest

from seqnets.data import tsv


@pytest.mark.parametrize("text", ["a\tb", "\t", "a\nb", "a\r\nb", "", "猫"])
def test_a_text_of_any_kind_is_one_column_of_one_line(text):
    line = tsv.row(1, text, "last")
    first, found, last = line.split("\t")
    assert (first, last) == ("1", "last") and len(line.splitlines()) == 1
    assert len(found) == len(text)
