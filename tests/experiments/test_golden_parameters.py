"""No parameter of any config appears, goes or changes its shape unseen."""

import functools
import json
import sys

import pytest

from seqnets import datasets
from tests import golden_parameters

GOLDEN = json.loads(golden_parameters.PATH.read_text())


@pytest.fixture(scope="module", autouse=True)
def read_once():
    """Reads a data set once for all configs of it, of which no run keeps a record."""
    load = functools.lru_cache(maxsize=4)(datasets.load)  # Its configs are neighbours.

    def without_assets(*names, assets, **options):
        return load(*names, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(datasets, "load", without_assets)
        yield


# Of a run that must be there first, as of a segmenter, the file has nothing.
@pytest.mark.parametrize("name", GOLDEN)
def test_the_parameters_of_a_config_are_those_of_the_golden_file(name):
    if name == "char_lm" and sys.version_info[:2] != (3, 11):
        pytest.skip("its vocabulary is that of the library of Python 3.11")
    try:
        found = golden_parameters.parameters(name)
    except FileNotFoundError as error:
        pytest.skip(f"its data is not here: {error}")
    assert found == GOLDEN[name]


def test_the_golden_file_has_every_config():
    assert set(golden_parameters.NAMES) - set(GOLDEN) <= {"resume_words", "flickr8k"}
