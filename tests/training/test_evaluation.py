"""Evaluation adds up exactly, and says when there is nothing to evaluate."""

import jax.numpy as jnp
import numpy as np
import pytest

from seqnets.training.evaluation import evaluate, restore
from tests.training import toy


def test_evaluation_adds_in_float64(monkeypatch):
    def loss(params, state, batch, key):
        return 0.0, (state, {"loss": (batch["xs"].sum(), 1.0)})

    def batches(split, start):
        for value in (2.0**24, 1.0, 1.0, 1.0):
            yield {"xs": np.full((1, 1), value, np.float32)}

    task = toy.task(loss=loss, batches=batches, initial_state=lambda p, b: ())
    found = evaluate(task, {"w": jnp.zeros(())}, "valid")
    assert found == {"loss": (2**24 + 3) / 4}


def test_nothing_is_restored_from_an_empty_folder(tmp_path):
    with pytest.raises(ValueError, match="has no checkpoint yet"):
        restore(toy.task(), tmp_path)
