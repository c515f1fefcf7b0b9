"""Every file that can be fetched is pinned, and belongs to a set that can be read."""

import re

import pytest

from seqnets.data import files
from seqnets.datasets import DATASETS, sources


def test_every_file_is_pinned_to_a_commit_a_checksum_and_a_size():
    for source in sources.read_sources().values():
        assert re.fullmatch(r"[\w.-]+/[\w.-]+", source.repository)
        assert re.fullmatch("[0-9a-f]{40}", source.commit)
        for file in source.files.values():
            assert re.fullmatch("[0-9a-f]{64}", file.sha256) and file.size > 0


def test_every_data_set_that_can_be_fetched_can_be_read():
    assert sources.read_sources().keys() < DATASETS.keys()


def test_a_missing_file_tells_how_to_fetch_it(tmp_path, monkeypatch):
    monkeypatch.delenv("SEQNETS_DATA", raising=False)
    monkeypatch.setattr(files, "cache_dir", lambda: tmp_path / "cache")
    with pytest.raises(FileNotFoundError, match="python -m seqnets.datasets fetch ptb"):
        sources.find("ptb", "ptb.train.txt")
    with pytest.raises(FileNotFoundError, match="cannot be fetched"):
        sources.find("linux_kernel", "input.txt")


def test_only_known_data_sets_are_fetched():
    with pytest.raises(ValueError, match="'linux_kernel': only for ptb"):
        sources.fetch("linux_kernel")
