"""No parameter of any config appears, goes or changes its shape unseen."""

import json
import sys

import pytest

from tests import golden_parameters

GOLDEN = json.loads(golden_parameters.PATH.read_text())


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
