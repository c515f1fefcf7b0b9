"""What a run folder keeps is made once, and comes back without the data."""

import json
import shutil

import pytest

from seqnets.data.assets import Assets
from seqnets.data.vocabulary import Vocabulary


def never():
    raise AssertionError("made although it is kept")


def count():
    return Vocabulary.count(["abc"])


def test_what_is_kept_is_made_once_and_read_from_the_folder(tmp_path):
    assets = Assets()
    vocabulary = assets.keep("v.json", count, Vocabulary)
    assert assets.keep("v.json", never, Vocabulary) == vocabulary
    assets.save(tmp_path)
    assert Assets(tmp_path).keep("v.json", never, Vocabulary) == vocabulary


def test_plain_values_come_back_as_json_does_at_once(tmp_path):
    assets = Assets(tmp_path)
    assert assets.keep("classes.json", lambda: ("好", "坏")) == ["好", "坏"]
    assert not list(tmp_path.iterdir())
    assets.save(tmp_path)
    assert json.loads((tmp_path / "classes.json").read_text("utf-8")) == ["好", "坏"]


def test_what_is_kept_after_saving_is_written_at_once(tmp_path):
    assets = Assets(tmp_path)
    assets.save(tmp_path)
    assets.keep("late.json", lambda: 3)
    assert Assets(tmp_path).keep("late.json", never) == 3


def test_a_changed_value_leaves_what_is_kept_alone():
    assets = Assets()
    assets.keep("list.json", lambda: [1]).append(2)
    assert assets.keep("list.json", never) == [1]


def test_a_file_that_holds_something_else_is_named(tmp_path):
    (tmp_path / "v.json").write_text("{}")
    with pytest.raises(ValueError, match="v.json: not a vocabulary"):
        Assets(tmp_path).keep("v.json", count, Vocabulary)


def test_a_relative_path_is_found_from_another_folder(tmp_path, monkeypatch):
    (tmp_path / "run").mkdir()
    (tmp_path / "text.txt").write_text("a")
    monkeypatch.chdir(tmp_path)
    assets = Assets(tmp_path / "run")
    assert assets.locate("text.txt", None, ["ptb"])[0] == str(tmp_path / "text.txt")
    assets.save(tmp_path / "run")
    monkeypatch.chdir(tmp_path / "run")
    again = Assets(tmp_path / "run").locate("text.txt", None, ["ptb"])
    assert again[0] == str(tmp_path / "text.txt")


def test_a_known_name_is_no_path_even_where_a_folder_is_called_so(
    tmp_path, monkeypatch
):
    (tmp_path / "ptb").mkdir()
    monkeypatch.chdir(tmp_path)
    assert Assets().locate("ptb", None, ["ptb"])[0] == "ptb"


def test_the_run_remembers_the_environment_and_a_given_folder_decides(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("SEQNETS_DATA", str(tmp_path))
    assets = Assets()
    assert assets.locate("ptb", None, ["ptb"]) == ("ptb", str(tmp_path))
    assets.save(tmp_path)
    monkeypatch.delenv("SEQNETS_DATA")
    assert Assets(tmp_path).locate("ptb", None, ["ptb"]) == ("ptb", str(tmp_path))
    (tmp_path / "other").mkdir()
    found = Assets(tmp_path).locate("ptb", str(tmp_path / "other"), ["ptb"])
    assert found == ("ptb", str(tmp_path / "other"))


def finished(folder):
    """Makes a run folder that has parameters."""
    (folder / "checkpoints" / "best").mkdir(parents=True)
    return folder


def test_what_parameters_need_is_never_made_again(tmp_path):
    assets = Assets(finished(tmp_path))
    with pytest.raises(ValueError, match=r"v.json is missing.*put it back"):
        assets.keep("v.json", never, Vocabulary)
    assert assets.keep("more.json", lambda: 1, needed=False) == 1
    assets.save(tmp_path, write=False)  # A training that goes on.
    assert assets.keep("late.json", lambda: 2) == 2


def test_a_training_may_keep_more_once_it_has_parameters(tmp_path):
    assets = Assets(tmp_path)
    finished(tmp_path)
    assert assets.keep("late.json", lambda: 2) == 2


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"a": 1}', "\0"])
def test_a_damaged_record_is_named(tmp_path, text):
    (tmp_path / "data.json").write_text(text)
    with pytest.raises(ValueError, match=r"data.json: ") as caught:
        Assets(tmp_path).locate("a", None, [])
    assert "\n" not in str(caught.value)


def recorded(folder, *fingerprints):
    """Returns the assets of a run folder, after data of these fingerprints was read."""
    assets = Assets(folder)
    assets.locate("corpus", None, ["corpus"])
    for found in fingerprints:
        assets.compare("corpus", found)
    return assets


def test_data_that_changed_is_said_in_one_line(tmp_path, caplog):
    recorded(tmp_path, {"train": "a", "test": "b"}).save(tmp_path)
    assert recorded(tmp_path, {"train": "a", "test": "b"}).changed == []
    assert not caplog.records
    again = recorded(tmp_path, *[{"train": "a", "test": "c"}] * 2)
    assert again.changed == ["corpus (test)"]
    (record,) = caplog.records
    assert "data.json" in record.getMessage() and "corpus (test)" in record.getMessage()
    again.save(tmp_path)  # What the run began with stays recorded.
    assert recorded(tmp_path, {"train": "a", "test": "b"}).changed == []


def test_a_folder_without_a_fingerprint_gets_none_later(tmp_path, caplog):
    recorded(tmp_path).save(tmp_path)
    for _ in range(2):
        found = recorded(tmp_path, {"train": "a"})
        found.save(tmp_path)
        assert found.changed == [] and not caplog.records
    assert "sha256" not in (tmp_path / "data.json").read_text()


def answering(folder):
    """Makes the folder of a complete run, and what it has beside what answers."""
    texts = "config.json", "tags.json", "checkpoints/best/7/array", "metrics.jsonl"
    for name in (*texts, "checkpoints/latest/9/array", "samples/test.txt", "lock"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return folder


def files_of(folder):
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)) for path in paths}


def test_of_another_run_the_folder_keeps_what_answers(tmp_path):
    original, folder = answering(tmp_path / "original"), tmp_path / "run"
    answering(original / "inner")  # Another one that it needs in turn.
    folder.mkdir()
    assets = Assets(folder)
    assert assets.keep_run("other", original) == original and not files_of(folder)
    (folder / "other.unfinished" / "rest").mkdir(parents=True)  # It was killed before.
    assets.save(folder)
    own = {"config.json", "tags.json", "checkpoints/best/7/array"}
    own |= {f"inner/{name}" for name in own}
    assert files_of(folder) == {f"other/{name}" for name in own}
    shutil.rmtree(original)
    assert Assets(folder).keep_run("other", original) == folder / "other"


def test_a_run_that_is_needed_after_saving_is_copied_at_once(tmp_path):
    assets = Assets()
    (tmp_path / "run").mkdir()
    assets.save(tmp_path / "run")
    assets.keep_run("other", answering(tmp_path / "original"))
    assert (tmp_path / "run" / "other" / "config.json").is_file()


def test_parameters_are_of_no_other_run_than_the_one_that_was_kept(tmp_path):
    assets = Assets(finished(tmp_path / "run"))
    with pytest.raises(ValueError, match=r"other is missing.*put a copy of .* back"):
        assets.keep_run("other", answering(tmp_path / "original"))
