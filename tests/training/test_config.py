"""Fields are overridden by text of their own type, and unknown ones are refused."""

import pytest

from seqnets.training import config as configs

FILE = """
from ml_collections import ConfigDict

def get_config():
    config = ConfigDict()
    config.experiment = "adding"
    config.steps = 100
    config.rate = 0.5
    config.tied = False
    config.patience = None
    config.hidden = (8, 8)
    config.cell = {"name": "LSTM", "dim": 4, "reset": None}
    return config
"""


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "config.py"
    path.write_text(FILE)
    return str(path)


@pytest.mark.parametrize(
    "name, text, value",
    [
        ("steps", "7", 7),
        ("steps", "None", None),
        ("rate", "0.25", 0.25),
        ("rate", "2", 2.0),
        ("rate", "1e-3", 1e-3),
        ("tied", "true", True),
        ("tied", "False", False),
        ("patience", "3", 3),
        ("hidden", "(1, 2, 3)", (1, 2, 3)),
        ("experiment", "123", "123"),
        ("cell.name", "GRU", "GRU"),
        ("cell.reset", "after", "after"),
        ("cell.reset", "false", False),
    ],
)
def test_a_field_takes_text_of_its_type(path, name, text, value):
    config = configs.load(path, {name: text})
    for part in name.split("."):
        config = config[part]
    assert config == value and type(config) is type(value)


@pytest.mark.parametrize(
    "name, text, message",
    [
        ("stepz", "7", "'stepz'; did you mean 'steps'"),
        ("cell.nam", "GRU", "'cell.nam'; did you mean 'cell.name'"),
        ("dim", "8", "'dim'; did you mean 'cell.dim'"),
        ("steps.x", "7", "'steps.x'; did you mean 'steps'"),
        ("qqqqqq", "7", "'qqqqqq'; one of .*cell.dim"),
        ("cell", "GRU", "'cell' is a group: set .*cell.name"),
        ("steps", "many", "'steps' takes int, not 'many'"),
        ("steps", "1.5", "'steps' takes int, not '1.5'"),
        ("steps", "true", "'steps' takes int, not 'true'"),
        ("tied", "1", "'tied' takes bool, not '1'"),
        ("rate", "fast", "'rate' takes float, not 'fast'"),
        ("hidden", "8", "'hidden' takes tuple, not '8'"),
    ],
)
def test_what_cannot_be_set_is_refused(path, name, text, message):
    with pytest.raises(ValueError, match=message):
        configs.load(path, {name: text})


def test_the_fields_are_locked(path):
    with pytest.raises(AttributeError):
        configs.load(path).colour = "red"


def test_a_file_that_is_no_config_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="no config file .*none.py"):
        configs.load(str(tmp_path / "none.py"))
    (tmp_path / "empty.py").write_text("")
    with pytest.raises(ValueError, match="empty.py does not define get_config"):
        configs.load(str(tmp_path / "empty.py"))
