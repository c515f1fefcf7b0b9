"""What the race writes."""

import pytest

from benchmarks import tables
from benchmarks.cases import Case

CASE = Case("LSTM", "", 2, 3, 4, 5)
SECONDS = {"seqnets": [1.0, 1.0], "linen": [2.0, 2.0], "torch": [0.5, 0.5]}
PEAK = {"float32": 1e6}


def test_table_has_a_line_per_row_and_escapes_bars():
    text = tables.markdown(["a", "b"], [[1, "x|y"]])

    assert text == "| a | b |\n| --- | ---: |\n| 1 | x\\|y |"


def test_rows_of_another_width_are_refused():
    with pytest.raises(ValueError, match="2 columns, a row 3"):
        tables.markdown(["a", "b"], [[1, 2, 3]])


def test_row_shows_times_ratios_share_of_peak_and_who_did_not_run():
    row = tables.Row(CASE, "training", SECONDS)

    text = tables.race([row], ["seqnets", "linen", "haiku", "torch"], PEAK)

    # 3 · 2 T B (I + H) 4H = 6480 operations in a second.
    ours = "| 2, 3, 4, 5 | dense | training | 1e+03 (1e+03-1e+03) | 1% |"
    theirs = "2e+03 (2e+03-2e+03) **2.00x** | - | 500 (500-500) **0.50x** |"
    assert "### LSTM, float32" in text
    assert f"{ours} {theirs}" in text


def test_summary_takes_the_best_jax_peer_of_each_row():
    first = tables.Row(CASE, "forward", {"seqnets": [1.0], "linen": [2.0]})
    both = {"seqnets": [1.0], "linen": [32.0], "nnx": [8.0]}
    second = tables.Row(CASE, "forward", both)

    text = tables.summary([first, second], ["seqnets", "linen", "nnx"])

    means = "**4.00x** (2.00) | **8.00x** (2.00) | **8.00x** (8.00)"
    assert f"| LSTM, float32 | dense | forward | {means} |" in text


def test_ragged_rows_are_compared_with_dense_ones_of_the_same_run():
    ragged = Case("LSTM", "", 2, 3, 4, 5, "ragged")
    seconds = {"seqnets": [3.0, 6.0], "seqnets, dense": [2.0, 4.0]}
    rows = [
        tables.Row(CASE, "forward", {"seqnets": [1.0, 1.0]}),
        tables.Row(ragged, "forward", seconds),
    ]

    assert "| LSTM, float32 | forward | 1.50 | 1.50 |" in tables.padding(rows)
    assert tables.padding(rows[:1]) == ""
    # It is no contender.
    assert "dense" not in tables.race(rows[1:], ["seqnets", "torch"], PEAK)
