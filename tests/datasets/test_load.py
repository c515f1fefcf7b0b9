"""One function loads every data set, and refuses in one line what it cannot."""

import importlib.resources
import re

import pytest

from seqnets import datasets
from seqnets.data.assets import Assets
from seqnets.datasets import DATASETS, KINDS


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("one two three\n" * 40)
    return path


def refused(kind, *words, name, of="text", **options):
    with pytest.raises(kind) as caught:
        datasets.load(name, of, **options)
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def test_every_reader_of_the_tables_is_there():
    readers = [kind.reader for kind in KINDS.values()]
    readers += [own for entry in DATASETS.values() for own in entry.readers.values()]
    for reader in readers:
        assert callable(datasets.resolve(reader)), reader


def test_the_table_is_part_of_the_package():
    place = importlib.resources.files("seqnets.datasets") / "datasets.json"
    assert place.is_file()


def test_every_file_is_pinned_to_a_commit_a_checksum_and_a_size():
    sources = [entry for entry in DATASETS.values() if entry.commit]
    assert len(sources) > 9
    for source in sources:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+", source.repository)
        assert re.fullmatch("[0-9a-f]{40}", source.commit)
        for path, sha256, size in source.files.values():
            assert path and re.fullmatch("[0-9a-f]{64}", sha256) and size > 0


def test_a_missing_file_tells_how_to_fetch_it():
    with pytest.raises(FileNotFoundError, match="python -m seqnets.datasets fetch ptb"):
        datasets.find_place("ptb").parts()
    with pytest.raises(FileNotFoundError, match="cannot be fetched"):
        _ = datasets.find_place("linux_kernel").path


def test_only_known_data_sets_are_fetched():
    with pytest.raises(ValueError, match="'linux_kernel': only for ptb"):
        datasets.fetch("linux_kernel")


def test_naming_a_data_set_reads_nothing():
    found = datasets.load("ptb", "text")
    with pytest.raises(FileNotFoundError, match="fetch ptb"):
        _ = found.train


def test_an_unknown_kind_or_name_gets_the_nearest(tmp_path):
    refused(ValueError, "'txt'", "did you mean 'text'", name="ptb", of="txt")
    refused(ValueError, "did you mean 'python_stdlib'", name="python_stdlb")
    known = [name for name, entry in DATASETS.items() if "text" in entry.readers]
    refused(ValueError, *known, name="x")
    missing = str(tmp_path / "missing.txt")
    refused(FileNotFoundError, "no file or folder", missing, name=missing)


def test_a_name_of_another_kind_is_refused_with_its_kinds():
    words = "'sst' is not of kind text, but labelled", "ptb"
    refused(ValueError, *words, name="sst")


def test_an_option_that_the_reader_lacks_is_refused_with_those_it_takes(text):
    words = "ptb", "no option 'pattern'", "unit"
    refused(ValueError, *words, name="ptb", pattern="*.c")
    refused(ValueError, "no option 'units'", "unit, pattern", name=text, units="char")


def test_options_that_are_none_are_not_given(text):
    found = datasets.load(text, "text", pattern=None, unit=None)
    assert isinstance(found.train[0].tokens, str)


def test_a_run_folder_remembers_where_the_data_was(text, tmp_path, monkeypatch):
    run = tmp_path / "run"
    run.mkdir()
    monkeypatch.chdir(tmp_path)
    assets = Assets(run)
    train = datasets.load("text.txt", "text", assets=assets).train
    assets.save(run)
    monkeypatch.chdir(run)
    assert datasets.load("text.txt", "text", assets=Assets(run)).train == train
    text.unlink()
    options = {"assets": Assets(run)}
    refused(FileNotFoundError, str(text), name="text.txt", **options)


def test_what_is_no_name_is_refused():
    refused(ValueError, "a name or a path, not ''", name="")
    with pytest.raises(ValueError, match="a name or a path, not None"):
        datasets.load(None, "text")
    refused(ValueError, "load_lexicon", name="zh_lexicon", of="lexicon")
