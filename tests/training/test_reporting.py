"""Lines are kept to a byte, pauses are not training, terminals get a bar."""

import json
import sys
import time

import pytest

from seqnets.training import reporting

TRAIN = {"step": 2, "split": "train", "bits_per_char": 2.345678, "chars_per_s": 12345.6}
VALID = {"step": 2, "split": "valid", "bits_per_char": 2.5, "elapsed_s": 1.0}


def test_lines_are_cut_where_the_offset_says(tmp_path):
    metrics = reporting.Metrics(tmp_path)
    metrics.write(TRAIN)
    offset = metrics.flush()
    metrics.write(VALID)
    metrics.close()
    assert reporting.read(tmp_path) == [TRAIN, VALID]
    metrics = reporting.Metrics(tmp_path, offset)
    assert reporting.read(tmp_path) == [TRAIN] and metrics.flush() == offset
    metrics.write(VALID)
    metrics.close()
    text = (tmp_path / "metrics.jsonl").read_text()
    assert [json.loads(line) for line in text.splitlines()] == [TRAIN, VALID]


def test_an_unfinished_line_is_passed_over_and_a_damaged_one_is_named(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text(json.dumps(TRAIN) + "\n" + json.dumps(VALID)[:20])
    assert reporting.read(tmp_path) == [TRAIN]
    path.write_text(json.dumps(TRAIN) + "\n" + json.dumps(VALID)[:20] + "\n")
    with pytest.raises(ValueError, match="metrics.jsonl, line 2: not a record"):
        reporting.read(tmp_path)


def test_lines_that_are_gone_are_one_clear_error(tmp_path):
    with pytest.raises(ValueError, match="metrics.jsonl is missing: put it back"):
        reporting.read(tmp_path)


def test_without_a_folder_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    metrics = reporting.Metrics(None)
    metrics.write(TRAIN)
    metrics.flush()
    metrics.close()
    assert not list(tmp_path.iterdir())


def test_a_clock_goes_on_and_leaves_pauses_out():
    clock = reporting.Clock(elapsed_s=100.0, training_s=10.0)
    with clock.paused():
        time.sleep(0.05)
    assert 100.05 <= clock.elapsed_s < 110
    assert 10.0 <= clock.lap() < clock.elapsed_s - 90
    assert clock.lap() < 10 and set(clock.position()) == {"elapsed_s", "training_s"}


@pytest.mark.parametrize("terminal", [False, True])
def test_a_terminal_gets_a_bar_and_a_file_gets_lines(monkeypatch, capsys, terminal):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    display = reporting.Display(0, 4, "bits_per_char", "chars_per_s")
    for record in (TRAIN, VALID):
        display.advance()
        display.show(record)
    display.close()
    text = capsys.readouterr().err
    assert "train bits/char 2.346, valid bits/char 2.5, 12,346 chars/s" in text
    assert ("2/4" in text) and ("\r" in text) == terminal
    assert terminal or text.startswith("step 2/4, ") and text.count("\n") == 1


def test_what_is_not_visible_is_silent(capsys):
    display = reporting.Display(0, 4, "bits_per_char", "chars_per_s", visible=False)
    display.advance()
    display.show(VALID)
    display.close()
    assert capsys.readouterr().err == ""
