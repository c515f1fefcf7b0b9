"""Published time series: sunspots, airline passengers, temperatures, a laser."""

import numpy as np

from seqnets.data import files
from seqnets.data.files import Place
from seqnets.datasets import series, series_csv
from seqnets.datasets.dataset import Dataset
from seqnets.datasets.series_csv import Series

SUNSPOT_VALID = 30  # Years before 1921.
LASER = (200, 1000, 1100)  # Steps that validate; where the test begins and ends.


def read_sunspots(place: Place) -> Dataset:
    """Reads the yearly means of monthly sunspot numbers from 1749 to 1979.

    The years 1891 to 1920 validate, 1921 to 1979 test; 1921 to 1955 and 1956 to 1979
    are scored on their own (Weigend et al., 1990).
    """

    def read() -> Series:
        monthly = series_csv.read_csv(place.path)
        years = [date.partition("-")[0] for date in monthly.dates]
        if len(years) < 12 or any(
            len(set(years[i : i + 12])) != 1 for i in range(0, 12 * 231, 12)
        ):
            raise ValueError(f"{place.path}: expected the months of 1749 to 1979")
        means = monthly.values[: 12 * 231].reshape(-1, 12).mean(1)
        dates = tuple(years[: 12 * 231 : 12])
        none = np.zeros((len(means), 0))
        return Series(means, np.ones(len(means), bool), none, dates, "sunspots")

    periods = {"1921_1955": (172, 206), "1956_1979": (207, 230)}
    return series.dataset(read, place.name, SUNSPOT_VALID, 59, periods=periods)


def read_airline(place: Place) -> Dataset:
    """Reads the monthly airline passengers of 1949 to 1960; the last year tests."""
    return series.dataset(lambda: series_csv.read_csv(place.path), place.name, 24, 12)


def read_temperatures(place: Place) -> Dataset:
    """Reads daily minimal temperatures of 1981 to 1990; the last two years test.

    The two years before validate.
    """
    return series.dataset(lambda: series_csv.read_csv(place.path), place.name, 730, 730)


def read_laser(place: Place) -> Dataset:
    """Reads the laser of the Santa Fe competition (Weigend & Gershenfeld, 1994).

    The steps 1000 to 1099 test, the last of the 1000 before validate.
    """

    def read() -> Series:
        found = files.parse_lines(place.path, float)
        values = np.array(list(found))
        none = np.zeros((len(values), 0))
        return Series(values, np.ones(len(values), bool), none, (), "intensity")

    valid, begin, end = LASER
    return series.dataset(read, place.name, valid, end - begin, end=end)
