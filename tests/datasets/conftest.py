"""What tests of data sets see: what they make, and real data where they ask for it."""

import os
from pathlib import Path

import pytest

from seqnets.data import files

_SHARED = os.environ.get("SEQNETS_DATA", Path(__file__).parents[3] / "shared" / "data")


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """No environment variable and no cache, so that tests see only what they make."""
    monkeypatch.delenv("SEQNETS_DATA", raising=False)
    monkeypatch.setattr(files, "cache_dir", lambda: tmp_path / "cache")


@pytest.fixture
def shared():
    """Returns the folder of real data sets, or skips where it lacks one."""

    def find(name):
        if not Path(_SHARED, name).exists():
            pytest.skip(f"needs the data set {name} in $SEQNETS_DATA")
        return str(_SHARED)

    return find
