"""A store of patterns: each cue is answered by itself, and what is kept is checked."""

import json
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import datasets
from seqnets.data.assets import Assets
from seqnets.tasks.pattern_store import PatternStore, stored_digits
from tests.experiments import small
from tests.experiments.evaluated import drawn

pytestmark = pytest.mark.usefixtures("quickly")


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    found = small.config("associative_memory", tmp_path_factory.mktemp("store"))
    found.cell.dim, found.delay = 3, 2
    found.eval_examples, found.eval_batch_size = 6, 4
    return found


@pytest.fixture(scope="module")
def store(config):
    task = PatternStore(config, Assets())
    grad = jax.value_and_grad(task.loss, has_aux=True)
    return (
        task,
        drawn(task),
        jax.jit(lambda params, batch: grad(params, (), batch, None)),
    )


def test_a_cue_is_answered_alone_as_in_a_batch(store):
    task, params, _ = store
    cue = next(task.batches("valid"))["cue"]
    found = task.answer(params, cue)
    assert len(np.unique(found[:, 0])) > 1
    for row in (0, 3):
        alone = task.answer(params, cue[row : row + 1])
        np.testing.assert_allclose(alone[0], found[row], rtol=1e-5, atol=1e-6)


def test_what_fills_a_batch_changes_neither_the_loss_nor_its_gradient(store):
    task, params, found = store
    *_, batch = task.batches("valid")
    assert batch["rows"].tolist() == [True] * 2 + [False] * 2
    filled = {name: array.copy() for name, array in batch.items()}
    filled["cue"][2:], filled["target"][2:] = 99, 1
    ((loss, (_, sums)), gradient), again = found(params, batch), found(params, filled)
    np.testing.assert_allclose(loss, again[0][0], rtol=1e-6)
    assert sums == again[0][1][1] and sums["accuracy"][1] == 2
    for own, other in zip(*map(jax.tree.leaves, (gradient, again[1])), strict=True):
        assert np.isfinite(own).all() and np.any(own)
        np.testing.assert_allclose(own, other, rtol=1e-5, atol=1e-7)


def test_a_net_that_is_sure_of_the_pattern_is_right_and_one_bit_off_wrong(store):
    task, params, found = store
    batch = next(task.batches("valid"))
    pattern = task.patterns[0].ravel()
    batch["target"][:] = pattern
    for turned in (0, 1):
        b = 50.0 * jnp.asarray(pattern).at[:turned].multiply(-1)
        sure = jax.tree.map(jnp.zeros_like, params)
        sure = sure | {"readout": sure["readout"] | {"b": b}}
        (loss, (_, sums)), _ = found(sure, batch)
        assert sums["accuracy"] == (4 * (1 - turned), 4)
        assert sums["bit_error"] == (4 * turned, 4 * 20)
        assert loss == pytest.approx(50 * turned / 20, abs=1e-6)


def test_undamaged_digits_are_their_own_cues(config):
    whole = config.copy_and_resolve_references()
    whole.damage = 0.0
    task = PatternStore(whole, Assets())
    for batch in task.batches("valid"):
        np.testing.assert_array_equal(batch["cue"], batch["target"])
    assert task.baselines()["the damaged digit"] == 1


def test_what_is_stored_is_kept_with_the_run(store, config, tmp_path):
    task, _, _ = store
    patterns = task.patterns
    task.assets.save(tmp_path)
    elsewhere = config.copy_and_resolve_references()
    elsewhere.corpus = "nowhere"
    found = PatternStore(elsewhere, Assets(tmp_path)).patterns
    np.testing.assert_array_equal(found, patterns)
    assert found.dtype == np.int8 and found.shape == (3, 5, 4)


@pytest.mark.parametrize(
    "kept",
    ["#.", [], [[]], [["#", 1]], [["#.", "#"]], [["#."], ["#.", ".."]], [["ab"]]],
    ids=json.dumps,
)
def test_a_file_without_patterns_is_refused(config, tmp_path, kept):
    (tmp_path / "patterns.json").write_text(json.dumps(kept))
    with pytest.raises(ValueError, match=r"patterns\.json: holds something else"):
        PatternStore(config, Assets(tmp_path)).patterns  # noqa: B018


def test_a_class_that_has_no_more_digits_is_passed_over(config, monkeypatch):
    labels = np.array([0, 0, 2, 0, 0, 2])
    images = np.arange(100, 160, 10)[:, None, None].astype(np.uint8)
    data = SimpleNamespace(train=SimpleNamespace(columns=(images, labels)))
    monkeypatch.setattr(datasets, "load", lambda *args, **options: data)
    found = stored_digits(config, Assets(), 6).ravel()
    # In turn: 0 and 2, 0 and 2, and then what is left of 0.
    assert found.tolist() == [-1, -1, -1, 1, 1, 1]
