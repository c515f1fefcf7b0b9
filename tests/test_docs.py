"""The code of the documentation does what the pages say."""

import importlib
import itertools
import re
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

import configs
import experiments
from seqnets import cells, convert, datasets
from seqnets.training import evaluate, fit

pytestmark = pytest.mark.usefixtures("quickly")

DOCS = Path(__file__).parent.parent / "docs"


def blocks(page):
    """Yields the words after ```python, and the code, of each block of a page."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(r"^```python *(.*?)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_the_samples_of_the_page_on_own_data_are_read(tmp_path):
    text = (DOCS / "own_data.md").read_text(encoding="utf-8")
    pattern = r"^```text kind=(\w+) file=(\S+)\n(.*?)^```"
    samples = re.findall(pattern, text, re.MULTILINE | re.DOTALL)
    # No text, or more than one file.
    without = {"images", "audio", "graph", "captions", "questions"}
    assert {kind for kind, _, _ in samples} == set(datasets.KINDS) - without
    for kind, name, sample in samples:
        if kind in ("text", "cloze"):  # Enough to be cut in three parts.
            sample *= 20
        folders = ("good", "bad") if name.count("*") == 2 else ("",)
        parts = (
            ("train", "valid", "test") if name.count("*") == 1 else map(str, range(10))
        )
        for folder, part in itertools.product(folders, parts if "*" in name else ("",)):
            path = tmp_path.joinpath(*name.replace("*/", f"{folder}/").split("/"))
            path = path.with_name(path.name.replace("*", part))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(sample, encoding="utf-8")
        found = datasets.load(tmp_path / name.split("/*")[0], kind)
        assert all(len(found[split]) for split in datasets.SPLITS), kind
        if kind == "tagged":
            tokens, tags = found.train[0]
            assert (tokens[-1], tags[-1]) == ("New York", "B-LOC")


def test_the_library_page_runs_as_it_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cell = cells.Stack((cells.LSTM(16),) * 2)
    arrays = convert.to_torch(cell, cell.init(jax.random.key(7), 8))
    found = {"state_dict": arrays, "__name__": "page"}
    for _, code in blocks("library.md"):
        exec(compile(code, "library.md", "exec"), found)
    assert found["ys"].shape == (4, 10, 16)
    assert found["value"] < np.log(2)
    assert found["scores"]["accuracy"] > 0.2
    assert found["verdict"].label


@pytest.fixture
def extended(tmp_path, monkeypatch):
    """The files of the page beside those of the project."""
    for where, code in blocks("extending.md"):
        if where == "row":
            row = eval(f"{{{code}}}", vars(datasets))
            monkeypatch.setattr(datasets, "DATASETS", datasets.DATASETS | row)
            continue
        path = tmp_path / where.removeprefix("file=")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code)
        name = ".".join(Path(where.removeprefix("file=")).with_suffix("").parts)
        monkeypatch.delitem(sys.modules, name, raising=False)
    for package in (datasets, experiments, configs):
        own = tmp_path / package.__name__.replace(".", "/")
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(own)])
    yield tmp_path
    for name in ("seqnets.datasets.languages", "experiments.language_id"):
        sys.modules.pop(name, None)


def test_the_extending_page_adds_an_experiment_that_learns(extended):
    config = importlib.import_module("configs.language_id").get_config()
    workdir = extended / "run"
    fit(experiments.build(config, workdir), config, workdir)
    task, params = experiments.load(workdir)
    assert evaluate(task, params, "test")["accuracy"] > 0.9
    found, empty = task.predict(params, ["abcdefgh", ""])
    assert (found.label, empty.label) == ("north", "")
    assert (workdir / "samples" / "confusion.png").exists()
