"""A CSV is read with a header or not, and dates or not; a bad cell is named."""

import numpy as np
import pytest

from seqnets.datasets.series_csv import parse, read_csv


def write(folder, text):
    path = folder / "own.csv"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "text",
    [
        "Year,Value\n1749,1\n1750,2.5\n1751,-3\n",
        '"when";"Value"\n"1749-01";1\n\n"1749-02";2.5\n"1749-03";-3\n',
        "1749-01-01\t1\n1749-01-02\t2.5\n1749-01-03\t-3\n",
        "Value\n1\n2.5\n-3",
        "1\n2.5\n-3\n",
    ],
)
def test_the_last_column_is_the_series_and_a_first_one_may_be_dates(tmp_path, text):
    found = read_csv(write(tmp_path, text))
    assert found.values.tolist() == [1, 2.5, -3] and found.known.all()
    assert found.inputs.shape == (3, 0)
    assert len(found.dates) == (3 if "17" in text else 0)
    assert found.name == ("Value" if "Value" in text else found.name)


def test_columns_are_chosen_by_name_and_rows_of_inputs_alone_are_the_future(tmp_path):
    path = write(tmp_path, "y,note,u\n1,a,5\n2,b,6\n,c,7\n,d,8\n")
    found = read_csv(path, column="y", inputs=("u",))
    assert found.values.tolist() == [1, 2]
    assert found.inputs[:, 0].tolist() == [5, 6, 7, 8]
    assert (found.name, found.input_names, found.dates) == ("y", ("u",), ())


def test_missing_values_are_interpolated_on_request_and_marked(tmp_path):
    path = write(tmp_path, "y\n1\nNA\nNA\n4\n")
    found = read_csv(path, missing="interpolate")
    np.testing.assert_allclose(found.values, [1, 2, 3, 4])
    assert found.known.tolist() == [True, False, False, True]


@pytest.mark.parametrize(
    "text, options, message",
    [
        ("d,y\n2000,1\n2001,x1\n", {}, "line 3, column 'y': expected a number, but"),
        ("d,y\n\n2000,1\n2001,inf\n", {}, "line 4, column 'y': expected a number"),
        ("y\n1\nna\n2\n", {}, "line 3, column 'y': the value is missing; fill it in"),
        ("1\n2\n?\n", {"missing": "interpolate"}, "line 3, column '1'.* at an end"),
        ("d,y\n2000,1\n2001\n", {}, "line 3: 1 cells, where there are 2 columns"),
        ("d,y\n2001,1\n2000,2\n", {}, "line 3: the date 2000 does not come after 2001"),
        ("d,y\n2001,1\n", {"column": "z"}, "no column 'z'"),
        ("u,y\n1,1\n,2\n", {"inputs": ("u",)}, "line 3, column 'u': an input is miss"),
        ("\n\n", {}, "it is empty"),
        (",,\n,,\n", {}, "all its cells are empty"),
        ("1900,1O.5\n1901,2\n", {}, "line 1, column '2': expected a .* is '1O.5'"),
        ("1/31/2020;x\n2/1/2020;2\n", {}, "line 1, column '2': expected a number"),
        ("1,1O.5\n2,2\n", {"column": "2", "inputs": ("1",)}, "line 1, column '2': exp"),
        ("d,2019,y\n1,2,3\n", {}, "line 1, column '3': expected a number, .* is 'y'"),
        ("d,y\n1/31/2020,1\n1/30/2020,2\n", {}, "line 3: the date 1/30/2020 does not"),
        ("d,2020\n2020-01,1\n2020-02,2\n2020-03,2\n", {}, "line 1: .* but .* 'd'"),
        ("d,y\n1900,1\nNA,2\n1902,2\n", {}, "line 3: the first column has dates, but"),
        ("a,a\n1,2\n", {}, "2 columns are named 'a'; rename them"),
        ("a,b\n1,2\n", {"inputs": ("b",)}, "'b' is forecast, and cannot be an inp"),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_column(
    tmp_path, text, options, message
):
    with pytest.raises(ValueError, match=message) as caught:
        read_csv(write(tmp_path, text), **options)
    assert "\n" not in str(caught.value) and "own.csv" in str(caught.value)


@pytest.mark.parametrize("first", ["2,5", "5,2", "2000,2"])
def test_numbers_that_are_names_of_columns_are_no_header(tmp_path, first):
    """A run on a file without a header asks for column "2" when it predicts."""
    path = write(tmp_path, f"{first}\n2001,6\n2002,7\n")
    asked, own = read_csv(path, column="2"), read_csv(path)
    assert asked.values.tolist() == own.values.tolist() == [int(first[-1]), 6, 7]


@pytest.mark.parametrize(
    "text, options, name",
    [
        (",y\n0,1\n1,2\n", {}, "y"),  # As pandas writes its index.
        ("2020,y\njan,1\nfeb,2\n", {}, "y"),
        ("land,1990,1991\nA,3,1\nB,4,2\n", {"column": "1991"}, "1991"),
        ("2019,y\n2020,1\n2021,2\n", {"column": "y"}, "y"),
        ("2019,y,u\n2020,1,2\n2021,2,3\n", {"column": "y", "inputs": ("u",)}, "y"),
        ("Na,K\n3,1\n4,2\n", {}, "K"),
    ],
)
def test_names_are_those_of_a_first_row_unlike_the_others_or_asked_for(
    tmp_path, text, options, name
):
    found = read_csv(write(tmp_path, text), **options)
    assert found.values.tolist() == [1, 2] and found.name == name


def test_months_first_are_dates_and_the_future_needs_none(tmp_path):
    text = "d,u,y\n01/31/2020,1,1\n02/29/2020,2,2\n,3,\n"
    found = read_csv(write(tmp_path, text), inputs=("u",))
    assert found.dates == ("01/31/2020", "02/29/2020") and len(found.inputs) == 3


def test_words_of_a_line_are_rows_whose_columns_have_given_names():
    rows = [word.split(",") for word in ["3,1", "2,0", ",1"]]
    found = parse(rows, "the line", names=["y", "u"], column="y", inputs=["u"])
    assert found.values.tolist() == [3, 2] and len(found.inputs) == 3
    with pytest.raises(ValueError, match="the line, word 2, column 'y'"):
        parse([["1"], ["b"]], "the line", names=["y"], column="y", unit="word")
