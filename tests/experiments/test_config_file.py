"""Fields of config files are changed by text of their own type, or it is refused."""

import dataclasses

import pytest

from experiments.commands.config_file import load
from seqnets import cells
from seqnets.training.config import shared
from seqnets.training.fields import FIELDS, flatten

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
        ("tied", "1", True),
        ("patience", "3", 3),
        ("hidden", "(1, 2, 3)", (1, 2, 3)),
        ("hidden", "8", (8,)),
        ("experiment", "123", "123"),
        ("cell.name", "GRU", "GRU"),
        ("cell.reset", "after", "after"),
        ("cell.reset", "false", "false"),
    ],
)
def test_a_field_takes_text_of_its_type(path, name, text, value):
    config = load(path, {name: text})
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
        ("tied", "perhaps", "'tied' takes bool, not 'perhaps'"),
        ("rate", "fast", "'rate' takes float, not 'fast'"),
        ("hidden", "(8, 2", "'hidden' takes tuple, not '.8, 2'"),
    ],
)
def test_what_cannot_be_set_is_refused(path, name, text, message):
    with pytest.raises(ValueError, match=message):
        load(path, {name: text})


WRONG = {  # Text that is of no such type.
    bool: ("no", "yes", "", "2", "None,", "(True,)"),
    int: ("no", "true", "", "1.5", "1e3", "(1,)", "9" * 5000),
    float: ("no", "true", "", "1,5", "(1,)"),
    tuple: ("(1", "a b"),
}
RIGHT = {bool: ("false", False), int: ("2", 2), float: ("2", 2.0), str: ("no", "no")}


@pytest.mark.parametrize("name", cells.option_types())
@pytest.mark.parametrize("declared", [True, False])
def test_an_option_of_a_cell_takes_text_of_its_type_alone(name, declared, tmp_path):
    """Whether the config gave it a type, or a bare None."""
    own = "shared('depth', cell=dict(name='LSTM', dim=4))"
    if not declared:
        bare = dict.fromkeys(cells.option_types()) | {"name": "LSTM"}
        own = f"ConfigDict({{'experiment': 'depth', 'cell': {bare}}})"
    check_texts(tmp_path, own, f"cell.{name}", cells.option_types()[name])


@pytest.mark.parametrize("name", FIELDS)
def test_a_shared_field_takes_text_of_its_type_alone(name, tmp_path):
    own = "shared('depth', cell=dict(name='LSTM', dim=4))"
    check_texts(tmp_path, own, name, FIELDS[name].type)


def check_texts(tmp_path, own, name, kind):
    path = tmp_path / "config.py"
    path.write_text(
        "from ml_collections import ConfigDict\n"
        "from seqnets.training.config import shared\n"
        f"def get_config():\n    return {own}\n"
    )
    for text in WRONG.get(kind, ()):
        with pytest.raises(ValueError, match=f"'{name}' takes {kind.__name__}, not"):
            load(str(path), {name: text})
    text, value = RIGHT[kind]
    if name not in ("experiment", "cell.name"):
        found = dict(flatten(load(str(path), {name: text})))[name]
        assert found == value and type(found) is kind
        assert dict(flatten(load(str(path), {name: "none"})))[name] is None


def test_the_fields_of_one_experiment_are_not_those_of_another(path):
    with pytest.raises(ValueError, match="of the experiment 'adding'.* 'sentiment'"):
        load(path, {"experiment": "sentiment"})


def test_the_fields_are_locked(path):
    with pytest.raises(AttributeError):
        load(path).colour = "red"


def test_a_file_that_is_no_config_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="no config file .*none.py"):
        load(str(tmp_path / "none.py"))
    (tmp_path / "empty.py").write_text("")
    with pytest.raises(ValueError, match="empty.py does not define get_config"):
        load(str(tmp_path / "empty.py"))


@pytest.mark.parametrize(
    "text, message",
    [
        ("def get_config(:\n", "line 1: SyntaxError: "),
        ("\n\nimport no_such_module\n", "line 3: ModuleNotFoundError: .*no_such_mod"),
        ("x = 1\n1 / 0\n", "line 2: ZeroDivisionError: division by zero"),
        ("import sys\nsys.exit(3)\n", "line 2: SystemExit: 3"),
        ("def get_config():\n    return {}['a']\n", "line 2: KeyError: 'a'"),
        ("get_config = 3\n", "does not define get_config"),
        ("def get_config():\n    pass\n", "return a ConfigDict, not NoneType"),
        ("def get_config():\n    return [1]\n", "return a ConfigDict, not list"),
        (
            "from seqnets.training.config import shared\n"
            "def get_config():\n    return shared('depth', stepz=3)\n",
            "line 3: unknown config field 'stepz'; did you mean 'steps'",
        ),
        (
            "from seqnets.training.config import shared\n"
            "def get_config():\n"
            "    config = shared('depth', cell={'name': 'LSTM', 'dim': 4})\n"
            "    config.cell.peephole = 'no'\n    return config\n",
            "line 4: TypeError: .*bool",
        ),
        ("\0", "null bytes"),
    ],
)
def test_an_error_of_a_file_names_it_and_its_line(tmp_path, text, message):
    path = tmp_path / "config.py"
    path.write_text(text)
    with pytest.raises(ValueError, match=f"config.py.*{message}"):
        load(str(path))


def test_optional_fields_of_a_file_take_text_of_their_type(tmp_path):
    path = tmp_path / "config.py"
    path.write_text(
        "from seqnets.training.config import shared\n"
        "def get_config(name='LSTM'):\n"
        "    return shared('adding', steps=3, cell=dict(name=name, dim=4))\n"
    )
    texts = {
        "steps": "none",
        "epochs": "2",
        "optimizer.clip_norm": "1",
        "cell.forget_bias": "2",
        "corpus": "12",
    }
    config = load(str(path), texts)
    assert (config.steps, config.epochs, config.corpus) == (None, 2.0, "12")
    assert (config.optimizer.clip_norm, config.cell.forget_bias) == (1.0, 2.0)
    assert load(f"{path}:GRU").cell.name == "GRU"
    with pytest.raises(ValueError, match="'patience' takes int, not 'soon'"):
        load(str(path), {"patience": "soon"})
    path.write_text(path.read_text().replace("name='LSTM'", "").replace("=name", "=''"))
    with pytest.raises(ValueError, match="get_config of .*config.py: too many"):
        load(f"{path}:GRU")


@dataclasses.dataclass(frozen=True)
class Own(cells.Cell):
    """A cell of one's own, with an option that no other has."""

    dim: int
    leak: float = 0.1


def test_the_options_of_a_cell_of_ones_own_are_fields(tmp_path):
    name = f"{__name__}:Own"
    path = tmp_path / "config.py"
    path.write_text(
        "from seqnets.training.config import shared\n"
        "def get_config():\n"
        "    return shared('adding', cell=dict(name='LSTM', dim=4))\n"
    )
    texts = {"cell.leak": "0.5", "cell.name": name}
    config = load(str(path), texts)
    assert cells.build(config.cell) == Own(4, leak=0.5)
    with pytest.raises(ValueError, match="'cell.leek'; did you mean 'cell.leak'"):
        load(str(path), {"cell.name": name, "cell.leek": "1"})
    with pytest.raises(ValueError, match="'cell.leak' takes float, not 'much'"):
        load(str(path), {"cell.name": name, "cell.leak": "much"})
    own = shared("adding", cell=dict(name=name, dim=4, leak=0.25))
    assert cells.build(own.cell) == Own(4, leak=0.25)
