"""A study is computed once, and its folder holds all that it found."""

import numpy as np
import pytest

from seqnets.data.assets import Assets
from seqnets.training import devices, evaluation, loop, reporting
from seqnets.training.study import Study, restore
from tests.training import toy


class Squares(Study):
    """Squares of the first numbers."""

    goal = ("test", "largest", "max")

    def __init__(self, count):
        self.count, self.assets, self.computed = count, Assets(), 0

    def compute(self):
        self.computed += 1
        if self.count < 1:
            raise ValueError("nothing to square")
        self.assets.keep("count.json", lambda: self.count)
        squares = np.arange(self.count) ** 2
        metrics = {"valid": {"count": self.count}, "test": {"largest": squares.max()}}
        return {"squares": squares, "total": squares.sum()}, metrics

    def report(self, found, directory):
        (directory / "squares.txt").write_text(str(found["squares"].tolist()))


def test_a_study_is_computed_once_and_restored(tmp_path):
    study = Squares(3)
    found = loop.fit(study, toy.config(), tmp_path / "run")
    again = loop.fit(study, toy.config(), tmp_path / "run")
    assert study.computed == 1
    for arrays in (found, again, evaluation.restore(study, tmp_path / "run")):
        assert sorted(arrays) == ["squares", "total"]
        assert arrays["squares"].tolist() == [0, 1, 4]
    records = reporting.read(tmp_path / "run")
    assert [record["split"] for record in records] == ["valid", "test"]
    assert records[0]["count"] == 3.0 and records[1]["largest"] == 4.0
    assert (tmp_path / "run/samples/squares.txt").read_text() == "[0, 1, 4]"
    assert (tmp_path / "run/count.json").exists()


def test_one_that_was_cut_short_is_computed_again(tmp_path):
    study = Squares(3)
    loop.fit(study, toy.config(), tmp_path)
    (tmp_path / "found.npz").rename(tmp_path / "found.npz.unfinished")
    with pytest.raises(ValueError, match="no found.npz yet"):
        restore(tmp_path)
    loop.fit(study, toy.config(), tmp_path)
    assert study.computed == 2 and len(reporting.read(tmp_path)) == 2


@pytest.mark.parametrize("kept", [0, 10, 200])
def test_a_damaged_result_is_named(tmp_path, kept):
    loop.fit(Squares(3), toy.config(), tmp_path)
    path = tmp_path / "found.npz"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ValueError, match=f"{path} is damaged: "):
        restore(tmp_path)


def test_what_cannot_be_computed_leaves_no_folder(tmp_path):
    with pytest.raises(ValueError, match="nothing to square"):
        loop.fit(Squares(0), toy.config(), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_groups_of_devices_have_nothing_to_cut_and_leave_no_folder(
    tmp_path, monkeypatch
):
    monkeypatch.setenv(devices.MODEL_DEVICES, "2")
    study = Squares(1)
    with pytest.raises(ValueError, match=r"=2 cuts .* leave it out"):
        loop.fit(study, toy.config(), tmp_path / "run")
    assert not study.computed and not (tmp_path / "run").exists()


def test_a_folder_of_another_config_is_refused(tmp_path):
    loop.fit(Squares(1), toy.config(), tmp_path)
    with pytest.raises(ValueError, match="seed is 3 there, 4 here"):
        loop.fit(Squares(1), toy.config(seed=4), tmp_path)
