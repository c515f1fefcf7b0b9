"""The dna experiment: windows and genes are learned, and turned sequences answered."""

import importlib
import io
import sys

import jax
import numpy as np
import pytest
from matplotlib.image import imread

from experiments import __main__ as commands
from experiments import dna
from seqnets import strands
from seqnets.data import bases, gene_tags
from seqnets.training.evaluation import evaluate
from seqnets.training.loop import fit
from tests.experiments import small
from tests.experiments.evaluated import drawn

pytestmark = pytest.mark.usefixtures("quickly")


def windows(folder, **changes):
    """A config of windows, which are of a class by what is in their middle."""
    rng, lines = np.random.default_rng(0), []
    for i in range(200):
        letters = rng.choice(list("ACGT"), 8)
        letters[3:5] = list(("GT", "AC", "AA")[i % 3])
        lines.append(f">w label={('one', 'other', 'no')[i % 3]}\n{''.join(letters)}\n")
    path = folder / "windows.fasta"
    path.write_text("".join(lines))
    config = importlib.import_module("configs.splice").get_config()
    with config.ignore_type():
        config.update({"corpus": str(path), "batch_size": 40, "eval_batch_size": 40})
        config.update({"epochs": None, "steps": 40, "eval_every": 40, "dropout": 0.0})
        config.cell.name, config.cell.dim = "SRN", 8
        config.optimizer.learning_rate = 0.03
        config.update(changes)
    return config


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("windows")
    config = windows(folder)
    task = dna.build(config, folder / "run")
    return task, fit(task, config, folder / "run"), folder


def test_windows_are_learned_and_reported(trained):
    task, params, folder = trained
    assert evaluate(task, params, "test")["accuracy"] == 1
    assert task.baselines()["bases by their places"] == 1
    lines = (folder / "run" / "samples" / "test.tsv").read_text().splitlines()
    assert len(lines) == 1 + len(task.dataset.test)
    assert imread(folder / "run" / "samples" / "confusion.png").std() > 0


def test_windows_are_answered_by_line_and_by_file(trained, tmp_path):
    task, params, _ = trained
    path = tmp_path / "asked.fa"
    path.write_text(">a\nAAAGT\nAAA\n>b\nCCCACCCC\n")
    empty, line, file = task.predict(params, ["", "tttgtnnn", str(path)])
    assert (empty.label, line.label) == ("", "one")
    assert [verdict.label for verdict in file.answers] == ["one", "other"]
    assert file.answers[0].text == "AAAGTAAA"
    with pytest.raises(ValueError, match="'E' at place 2 is no base"):
        list(task.predict(params, ["AE"]))


def test_each_sequence_of_a_file_is_a_line_and_an_error_is_of_its_own_line(
    trained, tmp_path, monkeypatch, capsys
):
    _, _, folder = trained
    path, bad = tmp_path / "two.fa", tmp_path / "bad.fa"
    path.write_text(">a\nAAAGTAAA\n>b\nAAAACAAA\n")
    bad.write_text(">a\nAAAGTAAA\n>b\nAE\n")
    lines = [str(path), "TTTAATTT", str(bad), "", "AE", str(path), "AAAGTAAA"]
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(lines)))
    assert commands.main(["predict", f"--workdir={folder / 'run'}"]) == 1
    out, err = capsys.readouterr()
    found = [line.split("\t")[0] for line in out.splitlines()]
    assert found == ["one", "other", "no", "-", "", "-", "one", "other", "one"]
    assert "line 3: " in err and "line 5: 'E' at place 2 is no base" in err
    assert "2 of 7 lines have no answer" in err


def test_genes_of_each_sequence_of_a_file_are_marked(tmp_path):
    task = dna.build(small.config("dna", tmp_path))
    params = drawn(task)
    path = tmp_path / "two.fa"
    path.write_text(">a\nAAAGTAAA\n>b\nACG\n")
    *own, file, empty = task.predict(params, ["AAAGTAAA", "ACG", str(path), ""])
    assert file.answers == tuple(own) and str(empty) == "-\t"
    assert str(file).splitlines() == [str(answer) for answer in own]


def test_training_turns_whole_rows_at_random(tmp_path):
    config = small.config("dna", tmp_path)
    config.reverse, config.batch_size = True, 24
    task = dna.build(config)
    batch = next(task.batches("train"))
    turned = jax.device_get(task.turned(batch, jax.random.key(0)))
    other = jax.device_get(strands.reverse_complement(batch["codes"], batch["mask"]))
    tags = jax.device_get(strands.other_tags(batch["tags"], batch["mask"]))
    rows = [
        (np.array_equal(c, o) and np.array_equal(t, g), np.array_equal(c, b))
        for c, t, o, g, b in zip(
            turned["codes"], turned["tags"], other, tags, batch["codes"], strict=True
        )
    ]
    assert all(map(any, rows)) and 4 < sum(was_turned for was_turned, _ in rows) < 20


def test_genes_of_the_other_strand_are_the_same_mirrored(tmp_path):
    """By construction, whatever the parameters are."""
    task = dna.build(small.config("dna", tmp_path))
    params = jax.jit(task.init)(jax.random.key(1))
    params = jax.tree.map(lambda a: np.asarray(a) + 0.3, params)
    codes = np.random.default_rng(0).integers(1, 16, 40).astype(np.uint8)
    lines = map(bases.decode, (codes, bases.reverse_complement(codes)))
    found, other = task.predict(params, list(lines))
    tags = gene_tags.tags_of(found.genes, 40) if whole(found) else None
    if tags is not None:
        turned = gene_tags.genes_of(gene_tags.other_strand(tags))
        assert gene_tags.write(turned) == gene_tags.write(other.genes)
    coding = np.array([letter.isupper() for letter in found.text])
    mirrored = np.array([letter.isupper() for letter in other.text])
    np.testing.assert_array_equal(coding, mirrored[::-1])
    assert coding.any()


def whole(found):
    """Whether no gene is cut by an end of its sequence."""
    sizes = [sum(b - a for a, b in gene.exons) for gene in found.genes]
    return all(size % 3 == 0 for size in sizes)


def test_folds_are_of_windows_only():
    config = importlib.import_module("configs.dna").get_config()
    config.fold = 0
    with pytest.raises(ValueError, match="sequences with genes have no folds"):
        dna.build(config)
