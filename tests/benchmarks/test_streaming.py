"""What a stream costs is printed beside what is said of it."""

import pytest

from benchmarks import streaming

pytestmark = pytest.mark.usefixtures("quickly")


def test_every_stream_that_fits_has_a_row(capsys, monkeypatch):
    monkeypatch.setattr(streaming, "SIZES", ((2, 3), (9, 0)))
    streaming.main(["--length=5", "--width=2", "--rounds=1"])
    heading, _, *_, row = capsys.readouterr().out.splitlines()
    assert heading == "1 x Bi-LSTM 2, T 5, B 1"
    chunk, ahead, delay, said, measured = row.strip("| ").split(" | ")
    assert (chunk, ahead, delay, said) == ("2", "3", "5", "2.50")
    assert float(measured) > 0


def test_sizes_that_cannot_be_are_refused(capsys):
    with pytest.raises(SystemExit):
        streaming.main(["--rows=0"])
    assert "--rows must be positive, not 0" in capsys.readouterr().err
