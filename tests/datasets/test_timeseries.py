"""Published series, where they are there."""

import numpy as np
import pytest

from seqnets import datasets
from seqnets.datasets.dataset import SPLITS


def test_sunspots_are_yearly_means_split_before_1921(shared):
    data = datasets.load("sunspots", "series", shared("timeseries"))
    train, valid, test = (data[split][0] for split in SPLITS)
    dates = [part.dates[-1] for part in (train, valid, test)]
    assert dates == ["1890", "1920", "1979"] and test.dates[0] == "1749"
    first, last = data.info["periods"]["1956_1979"]
    assert (test.dates[first], test.dates[last]) == ("1956", "1979")
    # The means of the months of the first year, and of the greatest maximum, 1957.
    np.testing.assert_allclose(test.values[0], 80.9, atol=0.1)
    assert test.dates[int(test.values.argmax())] == "1957"


@pytest.mark.parametrize(
    "name, sizes",
    [
        ("airline", [108, 132, 144]),
        ("temperatures", [2190, 2920, 3650]),
        ("laser", [800, 1000, 1100]),
    ],
)
def test_the_others_end_where_they_should(shared, name, sizes):
    data = datasets.load(name, "series", shared("timeseries"))
    assert [len(data[split][0].values) for split in SPLITS] == sizes
    assert data.test[0].known.all()


def test_what_is_no_year_of_months_is_refused(tmp_path):
    folder = tmp_path / "timeseries"
    folder.mkdir()
    rows = [f"1749-{month:02d},1" for month in range(1, 12)]
    (folder / "monthly-sunspots.csv").write_text("\n".join(["m,s", *rows]) + "\n")
    with pytest.raises(ValueError, match="expected the months of 1749 to 1979"):
        _ = datasets.load("sunspots", "series", tmp_path).train
