"""Notebooks run from top to bottom, and are stored without what they showed."""

import json
import re
from pathlib import Path

import jax
import matplotlib
import pytest
from matplotlib import pyplot as plt

pytestmark = pytest.mark.usefixtures("quickly")

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
NAMES = [
    "a_pen_that_writes",
    "a_recurrent_cell_by_hand",
    "attention_in_a_decoder",
    "from_words_to_a_verdict",
    "why_gradients_vanish",
]


def cells_of(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def test_there_are_as_many_as_are_named():
    assert [path.stem for path in NOTEBOOKS] == NAMES


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_short_and_stored_without_outputs(path):
    cells = cells_of(path)
    assert len(cells) < 30
    for cell in cells:
        assert cell.get("outputs", []) == [] and cell.get("execution_count") is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(path, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    x64 = jax.config.jax_enable_x64
    sources = ["".join(c["source"]) for c in cells_of(path) if c["cell_type"] == "code"]
    text, shortened = re.subn(
        r"^STEPS = \d+", "STEPS = 4", "\n\n".join(sources), flags=re.MULTILINE
    )
    assert shortened == 1
    namespace = {"__name__": "__main__"}
    with matplotlib.rc_context(), plt.ioff():
        plt.switch_backend("agg")
        try:
            exec(compile(text, path.name, "exec"), namespace)
        finally:
            plt.close("all")
            jax.config.update("jax_enable_x64", x64)
