"""What holds for every experiment: one small run of each default serves all tests."""

import functools
import itertools
import os
import re
import shutil
import signal
from pathlib import Path
from types import SimpleNamespace

import jax
import numpy as np
import pytest
from matplotlib.image import imread

import experiments
from seqnets.training import reporting
from seqnets.training.devices import Shared
from seqnets.training.evaluation import evaluate
from seqnets.training.interruption import Interrupted
from seqnets.training.loop import fit
from seqnets.training.study import Study
from tests.experiments import small

pytestmark = pytest.mark.usefixtures("quickly")

# What `predict` can answer.
LINES = {"cloze": "有一（）猫", "speech": "", "digits": " ".join(["9"] * 20)}
LINES["trees"] = "(_ (_ i) (_ like))"
LINES["graphs"] = "n3"
LINES["forecasting"] = "1,0 2,1 1,0 3,1 ,0 ,1"
LINES["captions"] = "samples/captions.png"
LINES["visual_qa"] = "samples/questions.png\tis ink above"
LINES["word_problems"] = "i like 3 films and 5 books"
LINES["question_answering"] = "Ann is in the hall. Where is Ann?"
LINES["grid"] = "0 1 1"
LINES["dna"] = "acgt nacg"
LINES["glimpses"] = LINES["digits"]
LINES["handwriting"] = '{"text": "ab", "strokes": [[[0, 0], [1, 2]]]}'
LINES["actions"] = f'{{"frames": [{[[0, 1, 2]] * 20}, {[[0, 1, 3]] * 20}]}}'


@pytest.fixture(scope="module", params=small.SMALL)
def run(request, tmp_path_factory):
    """A complete training of an experiment, whose data has been removed since."""
    folder = tmp_path_factory.mktemp(request.param)
    config = small.config(request.param, folder)
    task = experiments.build(config, folder / "whole")
    params = fit(task, config, folder / "whole")
    return SimpleNamespace(
        name=request.param, folder=folder, config=config, task=task, params=params
    )


@pytest.fixture
def trained(run):
    """A run that was trained in steps, from batches; a study has neither."""
    if isinstance(run.task, Study):
        pytest.skip("it is a study")
    return run


def test_every_experiment_has_a_small_run():
    assert set(small.SMALL) == set(experiments.names())


def test_batches_seek_what_skipping_finds(trained):
    skipped = itertools.islice(trained.task.batches("train"), 5, 7)
    for batch, again in zip(skipped, trained.task.batches("train", 5), strict=False):
        jax.tree.map(np.testing.assert_array_equal, batch, again)


def test_filling_rows_are_zero(trained):
    for split in ("train", "valid", "test"):
        for batch in itertools.islice(trained.task.batches(split), 9):
            own = [v for v in batch.values() if not isinstance(v, Shared)]
            assert not any(np.any(a[~batch["rows"]]) for a in jax.tree.leaves(own))


def test_filling_rows_count_for_nothing(trained):
    """A batch scores as its two halves do, each with the other one blank."""
    batch = next(trained.task.batches("valid"))
    first = np.arange(len(batch["rows"])) < len(batch["rows"]) // 2

    def kept(rows):
        def blank(a):
            if isinstance(a, Shared):
                return a
            keep = rows.reshape(-1, *[1] * (np.ndim(a) - 1))
            return np.where(keep, a, 0).astype(a.dtype)

        is_shared = lambda a: isinstance(a, Shared)  # noqa: E731
        return jax.tree.map(blank, batch, is_leaf=is_shared)

    whole, halves = (
        evaluate(trained.task, trained.params, "valid", batches=batches)
        for batches in ([batch], [kept(first), kept(~first)])
    )
    assert set(halves) == set(whole)
    for name, value in whole.items():
        np.testing.assert_allclose(halves[name], value, rtol=1e-4, err_msg=name)


def test_an_evaluation_depends_on_no_key_and_on_no_size_of_batches(trained):
    found = evaluate(trained.task, trained.params, "valid", limit=4)
    assert evaluate(trained.task, trained.params, "valid", limit=4) == found
    other = trained.config.copy_and_resolve_references()
    other.eval_batch_size = 3
    task = experiments.build(other, trained.folder / "whole")
    again = evaluate(task, trained.params, "valid", limit=4)
    assert set(again) == set(found)
    for name, value in found.items():
        np.testing.assert_allclose(again[name], value, rtol=1e-4, err_msg=name)


@pytest.mark.usefixtures("signals")
def test_three_steps_a_stop_and_three_more_are_six(trained, monkeypatch):
    task, made = trained.task, []

    def stopping(split, start=0):
        for batch in type(task).batches(task, split, start):
            made.append(split)
            if made.count("train") == 4:
                made.append("train")
                os.kill(os.getpid(), signal.SIGTERM)
            yield batch

    with monkeypatch.context() as patch, pytest.raises(Interrupted):
        patch.setattr(task, "batches", stopping)
        fit(task, trained.config, trained.folder / "parts")
    again = experiments.build(trained.config, trained.folder / "parts")
    again.report = None  # The whole run has drawn its own.
    params = fit(again, trained.config, trained.folder / "parts")
    jax.tree.map(np.testing.assert_array_equal, params, trained.params)
    first, second = (reporting.read(trained.folder / p) for p in ("whole", "parts"))
    assert list(map(without_clock, first)) == list(map(without_clock, second))


def test_every_metric_has_the_name_that_the_readme_explains(run):
    page = Path(experiments.__file__).parent / "README.md"
    table = page.read_text(encoding="utf-8").partition("| metric | is | of |")[2]
    names = [row.split("|")[1] for row in table.partition("\n\n")[0].splitlines()[2:]]
    known = {name for cell in names for name in re.findall(r"`(\w+)`", cell)}
    known |= {"step", "split", "elapsed_s"}
    for record in reporting.read(run.folder / "whole"):
        if record["split"] != "train":
            assert {name.partition("/")[0] for name in record} <= known


def assert_columns_stay(ask, line):
    """Tabs in what is asked are no columns of the answer."""
    first, *others = map(str, ask([line, line.replace(" ", "\t"), f"{line}\t"]))
    assert [other.count("\t") for other in others] == [first.count("\t")] * 2


def without_clock(record):
    return {name: x for name, x in record.items() if not name.endswith("_s")}


def test_word_vectors_of_the_user_are_trained_or_stay(run):
    """A run begins with them; the rows of others are drawn as without them."""
    config = run.config
    if config.get("vectors") is None:
        pytest.skip("this small run has no word vectors")
    drawn = jax.jit(run.task.init)(jax.random.key(config.seed))
    begun = run.task.pretrained(drawn)
    for name, symbols in run.task.tables().items():
        table, found = (np.asarray(p[name]["table"]) for p in (begun, run.params))
        known = np.flatnonzero([s in small.VECTORS for s in symbols])
        others = np.setdiff1d(np.arange(len(symbols)), known)
        np.testing.assert_array_equal(
            table[known], [small.VECTORS[symbols[i]] for i in known]
        )
        np.testing.assert_array_equal(table[others], drawn[name]["table"][others])
        assert len(known) and (found[known] != table[known]).any() == (
            config.train_vectors
        )


def test_the_report_writes_what_can_be_read(run):
    paths = [p for p in (run.folder / "whole" / "samples").rglob("*") if p.is_file()]
    assert paths
    for path in paths:
        if path.suffix == ".png":
            assert imread(path).std() > 0
        elif path.suffix in (".mid", ".wav"):
            assert path.read_bytes()[:4] in (b"MThd", b"RIFF")
        else:
            assert path.read_text(encoding="utf-8").strip()


def test_a_run_folder_answers_elsewhere_without_its_data(run, monkeypatch):
    moved = run.folder / "moved"
    shutil.copytree(run.folder / "whole", moved)
    data, hidden = run.config.get("corpus"), run.folder / "hidden"
    is_path = data is not None and os.path.exists(data)
    if is_path:
        os.rename(data, hidden)
    monkeypatch.chdir(moved)
    try:
        task, params = experiments.load(moved)
        jax.tree.map(np.testing.assert_array_equal, params, run.params)
        if task.predict is not None:
            lines = ["", LINES.get(run.name, "like this"), ""]
            assert len(list(map(str, task.predict(params, lines)))) == 3
            assert_columns_stay(functools.partial(task.predict, params), lines[1])
        if task.score is not None:
            assert len(list(map(str, task.score(params, ["", "like"])))) == 2
            assert_columns_stay(functools.partial(task.score, params), "like this")
        if task.sample is not None:
            assert str(task.sample(params, length=3))
    finally:
        if is_path:
            os.rename(hidden, data)
