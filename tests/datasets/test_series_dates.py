"""Dates are read in any form that fits a column; what is none is said."""

import pytest

from seqnets.datasets.series_dates import is_date, read


def dates(*cells):
    return read([f"own.csv, line {i}" for i, _ in enumerate(cells, 1)], cells)


@pytest.mark.parametrize(
    "cells",
    [
        ("1749", "1750", "1752"),
        ("2020-9", "2020-10", "2021-01"),
        ("2020/01/31 23:59", "2020/02/01 00:00", "2020/02/01 00:00:01"),
        ("2020-01-01 24:00", "2020-01-02T01:00"),
        ("31.01.2020", "01.02.2020", "29.02.2020"),
        ("01/31/2020", "02/28/2020", "03/31/2020 12:30"),
        ("1/2/2020", "2/1/2020", "3/1/2020"),  # Either way they ascend.
        ("12/2019", "01/2020"),
        ("20200131", "20200201"),
        ("202012", "202101"),
    ],
    ids=lambda cells: cells[0],
)
def test_each_form_is_read_and_must_ascend(cells):
    assert dates(*cells) == cells and is_date(cells[0])
    with pytest.raises(ValueError, match="line 2: the date .* sort the rows by time"):
        dates(*cells[::-1])


@pytest.mark.parametrize(
    "cells", [("2020.1", "2020.2", "2020.10"), ("1749.96", "1750.04", "1750.1")]
)
def test_decimal_numbers_are_months_or_years_only_if_they_ascend(cells):
    assert dates(*cells) == cells and dates(*cells[::-1]) == ()


@pytest.mark.parametrize("text", ["", "y", "2020-13", "30.02.2020", "12", "01/31/20"])
def test_what_is_no_date(text):
    assert not is_date(text)


def test_an_equal_date_does_not_come_after():
    with pytest.raises(ValueError, match="line 3: the date 02/28/2020 does not come"):
        dates("01/31/2020", "02/28/2020", "02/28/2020", "03/31/2020")


@pytest.mark.parametrize("wrong", ["2020-1O-02", "", "02.01.2020", "2020-02-30"])
def test_a_cell_that_is_no_date_among_dates_is_refused(wrong):
    with pytest.raises(ValueError, match=f"line 2: .* it is '{wrong}'; dates are 2020"):
        dates("2020-01-01", wrong, "2020-01-03")
    if not wrong:
        with pytest.raises(ValueError, match="line 2: the first column has dates"):
            dates("1919", wrong, "1921")


def test_text_that_is_no_date_is_left_out_and_said(caplog):
    assert dates("Jan 2020", "Feb 2020", "Mar 2020") == ()
    assert "line 1: 'Jan 2020' is not read as a date, so the order" in caplog.text


@pytest.mark.parametrize(
    "cells",
    [
        ("1013.2", "1012.8", "1009.5"),
        ("0", "1", "2"),
        ("998", "999", "1000"),
        ("-1.5", "", "1e3"),
        ("", "", ""),
    ],
    ids=str,
)
def test_numbers_are_no_dates_and_nothing_is_said(cells, caplog):
    assert dates(*cells) == () and not caplog.text


@pytest.mark.parametrize(
    "cells, gap",
    [
        (("1918", "1919", "1921", "1922"), "line 3: from 1919 to 1921"),
        (("2020-01", "2020-02", "2020-03", "2020-05"), "line 4: from 2020-03 to 2020-"),
        (("31.01.2020", "29.02.2020", "31.03.2020", "31.05.2020"), ""),  # Days differ.
        (("2019-12-01", "2020-01-01", "2020-02-01", "2020-04-01"), "line 4: from 2020"),
        (("2020-03", "2020-06", "2020-09", "2020-12"), ""),
        (("2020-01-02", "2020-01-03", "2020-01-06", "2020-01-07"), ""),  # A weekend.
        (("1900", "1904", "1912", "1913", "1930"), ""),  # No step is usual.
    ],
    ids=str,
)
def test_a_gap_between_years_or_months_is_said_and_none_between_days(
    cells, gap, caplog
):
    assert dates(*cells) == cells
    assert gap in caplog.text and bool(gap) == bool(caplog.text)
