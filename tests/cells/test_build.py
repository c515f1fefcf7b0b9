"""Cells from configs; and what no cell accepts."""

import dataclasses
from typing import Any, Literal

import pytest

from seqnets import cells
from tests.own_cells import Leaky

OWN = "tests.own_cells:Leaky"


@pytest.mark.parametrize(
    ("config", "cell"),
    [
        ({"name": "SRN", "dim": 4}, cells.SRN(4)),
        (
            {"name": "SRN", "dim": 4, "form": "preactivation", "activation": "relu"},
            cells.SRN(4, activation="relu", form="preactivation"),
        ),
        (
            {"name": "LSTM", "dim": 4, "peephole": True, "projection": 2},
            cells.LSTM(4, peephole=True, projection=2),
        ),
        ({"name": "LSTM", "dim": 4, "coupled": None}, cells.LSTM(4)),
        ({"name": "LSTM", "dim": 4, "bias": False}, cells.LSTM(4, bias=False)),
        ({"name": "GRU", "dim": 4, "reset": "after"}, cells.GRU(4, reset="after")),
        (
            {"name": "GRU", "dim": 4, "recurrence": "diagonal"},
            cells.GRU(4, recurrence="diagonal"),
        ),
        ({"name": "Residual", "dim": 4, "recurrent": False}, cells.Residual(4, False)),
        ({"name": "MinGRU", "dim": 4, "bias": False}, cells.MinGRU(4, bias=False)),
        ({"name": "LRU", "dim": 4, "r_min": 0.9}, cells.LRU(4, r_min=0.9)),
        (
            {"name": "NTM", "dim": 4, "slots": 3, "address": 0},
            cells.NTM(4, slots=3, address=0),
        ),
    ],
    ids=lambda value: value["name"] if isinstance(value, dict) else "",
)
def test_a_config_builds_its_cell(config, cell):
    assert cells.build(config) == cell


@pytest.mark.parametrize("name", cells.CELLS)
def test_options_turn_to_any_cell_by_its_name(name):
    section = cells.options("LSTM", 8)
    declared = {f.name for c in cells.CELLS.values() for f in dataclasses.fields(c)}
    assert section.keys() == declared | {"name"}
    assert cells.build(section | {"name": name}) == cells.CELLS[name](8)


def test_a_cell_of_ones_own_is_named_by_module_and_class():
    assert cells.build({"name": OWN, "dim": 4, "rate": 0.5}) == Leaky(4, 0.5)
    assert cells.build(cells.options("LSTM", 8) | {"name": OWN}) == Leaky(8)
    section = cells.options(OWN, 8, rate=0.5)
    assert cells.build(section) == Leaky(8, rate=0.5)
    assert section["peephole"] is None


def test_options_of_ones_own_may_be_annotated_by_text(tmp_path, monkeypatch):
    (tmp_path / "annotated.py").write_text(
        "from __future__ import annotations\n"
        "import dataclasses\n"
        "from seqnets import cells\n"
        "@dataclasses.dataclass(frozen=True)\n"
        "class Own(cells.Cell):\n"
        "    dim: int\n"
        "    rate: float | None = None\n"
        "    sizes: tuple[int, ...] = ()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    types = cells.option_types("annotated:Own")
    assert (types["rate"], types["sizes"]) == (float, tuple)


def test_every_option_has_a_plain_type():
    types = cells.option_types()
    for name, cell in cells.CELLS.items():
        for field, value in dataclasses.asdict(cell(8)).items():
            assert value is None or type(value) is types[field], name
    assert types["projection"] is int


def test_options_keep_what_is_chosen():
    section = cells.options("GRU", 8, reset="after")
    assert cells.build(section) == cells.GRU(8, reset="after")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: cells.build({"name": "LSMT", "dim": 4}),
            "'LSMT'.*did you mean 'LSTM'",
        ),
        (
            lambda: cells.build({"name": "??", "dim": 4}),
            "one of SRN, LSTM, GRU, Residual, MinGRU, MinLSTM, LRU, NTM",
        ),
        (lambda: cells.build({"dim": 4}), "unknown cell None"),
        (
            lambda: cells.build({"name": "LSTM", "dim": 4, "reset": "after"}),
            "LSTM has no option 'reset'; one of dim, [^;]*forget_gate[^;]*$",
        ),
        (
            lambda: cells.options("LSTM", 4, peepholes=True),
            "'peepholes'.*did you mean 'peephole'",
        ),
        (
            lambda: cells.build({"name": "tests.own_cell:Leaky", "dim": 4}),
            "no module 'tests.own_cell'.*did you mean 'tests.own_cells'",
        ),
        (
            lambda: cells.build({"name": "tests.own_cells:Laeky", "dim": 4}),
            "no cell 'Laeky'; did you mean 'Leaky'",
        ),
        (
            lambda: cells.build({"name": OWN, "dim": 4, "rat": 0.5}),
            "no option 'rat'; did you mean 'rate'",
        ),
        (lambda: cells.build({"name": OWN}), "needs the option out_dim"),
        (lambda: cells.options(OWN, 4, rat=0.5), "'rat'.*did you mean 'rate'"),
        (lambda: cells.SRN(0), "SRN: dim must be a positive integer, not 0"),
        (lambda: cells.LSTM(-1), "LSTM: dim .*-1"),
        (lambda: cells.GRU(2.5), "GRU: dim .*2.5"),
        (lambda: cells.GRU(True), "GRU: dim .*True"),
        (lambda: cells.Residual(0), "Residual: dim .*0"),
        (lambda: cells.LSTM(4, projection=0), "projection must be .*0"),
        (lambda: cells.SRN(4, activation="tahn"), "activation .*identity, not 'tahn'"),
        (lambda: cells.SRN(4, form="pre"), "form must be one of .*'pre'"),
        (lambda: cells.LSTM(4, candidate="relu"), "candidate .*'relu'"),
        (lambda: cells.LSTM(4, output="linear"), "output .*'linear'"),
        (lambda: cells.LSTM(4, forget_gate=False, coupled=True), "forget gate"),
        (lambda: cells.GRU(4, reset="later"), "before, after, none, not 'later'"),
        (lambda: cells.GRU(4, update="newer"), "new, old, not 'newer'"),
        (lambda: cells.GRU(4, recurrence="diag"), "dense, diagonal, not 'diag'"),
        (
            lambda: cells.LSTM(4, projection=2, recurrence="diagonal"),
            "LSTM: a diagonal recurrence has no projection",
        ),
        (lambda: cells.MinGRU(0), "MinGRU: dim .*0"),
        (lambda: cells.MinGRU(4, candidate="tanh"), "linear, positive, not 'tanh'"),
        (lambda: cells.MinLSTM(4, candidate="tanh"), "linear, positive, not 'tanh'"),
        (lambda: cells.LRU(4, state_dim=0), "LRU: state_dim .*0"),
        (lambda: cells.LRU(4, activation="gelu"), "activation .*'gelu'"),
        (lambda: cells.LRU(4, r_min=0.9, r_max=0.9), "r_min < r_max .*r_max=0.9"),
        (lambda: cells.LRU(4, r_max=1.1), "r_max <= 1 .*r_max=1.1"),
        (lambda: cells.LRU(4, max_phase=7.0), "max_phase .*7.0"),
        (lambda: cells.NTM(4, slots=0), "NTM: slots .*0"),
        (lambda: cells.NTM(4, width=0), "NTM: width .*0"),
        (lambda: cells.NTM(4, address=-1), "NTM: address .*-1"),
        (lambda: cells.Stack(()), "at least one cell"),
    ],
)
def test_an_impossible_cell_is_refused_with_what_is_wrong(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("name", cells.CELLS)
def test_an_option_takes_values_of_its_type_alone(name):
    """Text is no bool: "no" would turn an option on."""
    values = {bool: True, int: 2, float: 0.5, str: "x", tuple: (1,)}
    types = cells.option_types()
    for field in dataclasses.fields(cells.CELLS[name]):
        kind = types[field.name]
        wrong = [v for k, v in values.items() if k is not kind]
        if kind is float:
            wrong = [v for v in wrong if v != 2] + [float("nan"), float("inf")]
        for value in [*wrong, [], {}]:
            section = {"name": name, "dim": 4} | {field.name: value}
            with pytest.raises(ValueError, match=f"cell.{field.name} "):
                cells.build(section)


@dataclasses.dataclass(frozen=True)
class Typed(Leaky):
    """Options with every kind of annotation; `reset` is one of GRU, too."""

    reset: float = 0.5
    widths: tuple[int, ...] = ()
    mode: Literal["a", "b"] = "a"
    other: Any = None


def test_options_of_ones_own_have_their_own_types():
    name = f"{__name__}:Typed"
    types = cells.option_types(name)
    found = [types[n] for n in ("reset", "widths", "mode", "other")]
    assert found == [float, tuple, str, object]
    section = {"name": name, "dim": 4, "widths": [1, 2], "other": {1: 2}}
    assert cells.build(section) == Typed(4, widths=(1, 2), other={1: 2})
    for option, value in (("reset", "x"), ("widths", 3), ("mode", True)):
        with pytest.raises(ValueError, match=f"cell.{option} takes"):
            cells.build(section | {option: value})


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (".x:Leaky", "'.x' is not the name of a module"),
        (":Leaky", "'' is not the name of a module"),
        ("a b:Leaky", "'a b' is not the name of a module"),
        ("broken_cells:Own", "'broken_cells' .* cannot be imported: ZeroDivisionError"),
        ("lacking_cells:Own", "'lacking_cells' .* cannot be imported: ModuleNotFound"),
        (["LSTM"], "unknown cell"),
        (3, "unknown cell 3"),
    ],
)
def test_what_names_no_cell_is_one_line(name, message, tmp_path, monkeypatch):
    (tmp_path / "broken_cells.py").write_text("1 / 0\n")
    (tmp_path / "lacking_cells.py").write_text("import no_such_module\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ValueError, match=message):
        cells.build({"name": name, "dim": 4})
