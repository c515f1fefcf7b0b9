"""Evaluation adds up exactly, answers every row, and keeps no task alive."""

import gc
import weakref

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets.data.batching import ArrayBatches
from seqnets.training.checkpoint import Checkpoints
from seqnets.training.evaluation import answers, evaluate, restore
from tests.training import toy


def rows(*arrays, **named):
    """A batch of real rows."""
    return {"rows": np.ones(len(next(iter(named.values()))), bool)} | named


def test_evaluation_adds_in_float64():
    def loss(params, state, batch, key):
        return 0.0, (state, {"loss": (batch["xs"].sum(), 1.0)})

    def batches(split, start):
        for value in (2.0**24, 1.0, 1.0, 1.0):
            yield rows(xs=np.full((1, 1), value, np.float32))

    task = toy.Toy(loss=loss, batches=batches, initial_state=lambda p, b: ())
    found = evaluate(task, {"w": jnp.zeros(())}, "valid")
    assert found == {"loss": (2**24 + 3) / 4}


def test_nothing_is_restored_from_an_empty_folder(tmp_path):
    with pytest.raises(ValueError, match="has no checkpoint yet"):
        restore(toy.Toy(), tmp_path)


@pytest.mark.parametrize(
    "progress, message",
    [
        ({"complete": True, "best": None}, "has lost its best parameters: put back"),
        ({"complete": False, "best": 0.5}, "has lost its best parameters: put back"),
        ({"complete": False, "best": None}, "has no checkpoint yet"),
    ],
)
def test_parameters_that_are_gone_are_not_those_yet_to_come(
    tmp_path, progress, message
):
    Checkpoints(tmp_path).save_latest({}, {"progress": progress})
    with pytest.raises(ValueError, match=message):
        restore(toy.Toy(), tmp_path)


def test_an_evaluated_task_can_be_collected_and_is_compiled_once():
    traces = []

    class Traced(toy.Toy):
        def loss(self, *args):
            traces.append("loss")
            return super().loss(*args)

        def answer(self, params, batch):
            traces.append("answer")
            return batch["xs"] @ params["w"]

    task = Traced()
    params = task.init(jax.random.key(0))
    for _ in range(2):
        evaluate(task, params, "valid")
        answers(task.answer, params, task.batches("valid"))
    assert traces == ["loss", "answer"]
    task = weakref.ref(task)
    gc.collect()
    assert task() is None


def test_other_batches_are_evaluated_without_the_scores_of_a_split():
    task = toy.Toy(scores=lambda params, split, limit: {"score": 1.0})
    params = task.init(jax.random.key(0))
    whole = evaluate(task, params, "valid")
    found = evaluate(task, params, "train", batches=toy.batches("valid"))
    assert found == {"loss": whole["loss"]} and whole["score"] == 1.0
    with pytest.raises(ValueError, match="'train' has no batches"):
        evaluate(task, params, "train", batches=[])


def test_answers_come_one_for_each_example_in_its_place():
    xs = np.arange(14.0, dtype=np.float32).reshape(7, 2)
    shuffled = ArrayBatches({"xs": xs}, 3, seed=1).batches(epochs=1)

    def function(params, batch):
        return {"double": params * batch["xs"], "nothing": None}

    found = answers(function, np.float32(2.0), shuffled)
    np.testing.assert_array_equal([row["double"] for row in found], 2 * xs)
    assert all(row["nothing"] is None for row in found)
    assert answers(function, np.float32(2.0), []) == []


def test_answers_without_an_index_come_in_the_order_of_the_batches():
    batches = [rows(xs=np.array([3, 1])), rows(xs=np.array([[2], [0]]))]
    batches[1]["rows"] = np.array([False, True])
    found = answers(lambda params, batch: batch["xs"], (), batches)
    assert [int(answer.sum()) for answer in found] == [3, 1, 0]


def test_a_batch_without_rows_is_refused():
    batch = toy.batch(0)
    del batch["rows"]
    with pytest.raises(ValueError, match="needs \"rows\".*'xs', 'ys'"):
        evaluate(toy.Toy(), toy.Toy().init(jax.random.key(0)), "valid", batches=[batch])
