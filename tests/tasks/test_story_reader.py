"""Readers of stories answer a question alone as in its split, whatever is beside it."""

import jax
import numpy as np
import pytest

import experiments
from configs import question_answering
from seqnets.tasks.story_reader import Reply, words
from tests.experiments.evaluated import drawn

pytestmark = pytest.mark.usefixtures("quickly")

TRAIN = """1 Ann is in the hall.
2 Where is Ann?\thall\t1
3 Ben took a green apple to the attic.
4 What has Ben?\tgreen apple\t3
5 Where is Ben?\tattic\t3
1 Cleo sleeps.
2 Where is Cleo?\thall\t1
"""
OTHER = """1 Ann is in the attic.
2 Where is Ann?\tattic\t1
3 Zoe, too, is in the very old hall.
4 Where is Ben now?\thall\t3
1 Ben has Ann.
2 What has Ben?\tpear\t1
"""


@pytest.fixture(scope="module", params=("memory", "recurrent"))
def reader(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stories")
    for split, text in (("train", TRAIN), ("valid", OTHER), ("test", OTHER)):
        (folder / f"{split}.txt").write_text(text)
    config = question_answering.get_config()
    config.corpus, config.batch_size, config.eval_batch_size = str(folder), 4, 4
    config.dim, config.hops, config.memory, config.buckets = 4, 2, 3, 1
    config.cell.dim = config.embedding_dim = 3
    config.model = request.param
    task = experiments.build(config)
    return task, drawn(task)


def test_a_file_is_answered_line_by_line_as_its_split(reader):
    task, params = reader
    replies = list(task.predict(params, OTHER.splitlines()))
    found = [reply for reply in replies if reply.answer]
    tested = task.test(params)
    assert [r.answer for r in found] == [task.classes[k] for k in tested.predictions]
    own = [reply.probability for reply in found]
    np.testing.assert_allclose(own, tested.probabilities, rtol=1e-5)
    assert len(set(own)) == 3 and found[1].unknown == (
        "zoe",
        "too",
        "very",
        "old",
        "now",
    )


def test_what_is_not_read_of_a_story_is_told(reader, caplog):
    task, params = reader
    limit, memory = task.config.limit, task.config.memory
    list(task.predict(params, ["Ann is in the hall.", "Where is Ann?"]))
    assert not caplog.text
    long = f"Ann is in the hall{' hall' * limit}."
    list(task.predict(params, [long, *["Ben sleeps."] * memory, "Where is Ann?"]))
    assert f"the first {limit} of {limit + 5} known words of a sentence" in caplog.text
    assert f"the last memory = {memory} of {memory + 1} sentences" in caplog.text


def test_what_fills_a_batch_changes_neither_the_loss_nor_its_gradient(reader):
    task, params = reader
    (batch,) = task.batches("test")
    assert batch["rows"].tolist() == [True] * 3 + [False]
    (unused,) = task.ids("Cleo")  # Of whom these stories tell nothing.
    filled = {name: array.copy() for name, array in batch.items()}
    filled["label"][3] = filled["task"][3] = 99
    for name in {"story", "question", "tokens"} & filled.keys():
        filled[name][3] = unused
    if "mask" in filled:
        filled["tokens"][~filled["mask"]] = unused
        filled["mask"][3] = True

    grad = jax.jit(jax.value_and_grad(task.loss, has_aux=True), static_argnums=3)
    (loss, (_, sums)), gradient = grad(params, (), batch, None)
    again = grad(params, (), filled, None)
    np.testing.assert_allclose(loss, again[0][0], rtol=1e-6)
    assert sums == again[0][1][1] and sums["loss"][1] == 2 and sums["accuracy"][1] == 3
    for own, other in zip(*map(jax.tree.leaves, (gradient, again[1])), strict=True):
        assert np.isfinite(own).all() and np.any(own)
        np.testing.assert_allclose(own, other, rtol=1e-5, atol=1e-7)
    table = gradient["embedding"]["table"] if "mask" in batch else gradient.words
    assert not np.any(table[..., unused, :])


def test_an_answer_of_two_words_is_one_symbol(reader):
    task, _ = reader
    assert task.classes == ["attic", "green apple", "hall"]
    known = set(task.vocabulary.symbols)
    assert {"green apple", "green", "apple"} < known and not {"zoe", "."} & known
    assert words("Zoe, too: is  HERE?") == ["zoe", "too", "is", "here"]
    ids = task.ids("Zoe is in the Hall, too!")
    assert task.vocabulary.decode(ids) == ["is", "in", "the", "hall"]


def test_asking_tells_nothing_and_another_call_knows_no_story(reader):
    task, params = reader
    lines = ["Ann is in the hall. Ben sleeps.", "Where is Ann?", "What has Ben？"]
    first, other, again = list(task.predict(params, [*lines, lines[1]]))[1:]
    assert first == again and first.probability != other.probability
    with pytest.raises(ValueError, match="before any sentence"):
        list(task.predict(params, lines[1:]))


def test_the_baseline_is_the_most_frequent_answer_of_training(reader):
    task, _ = reader
    (share,) = task.baselines().values()
    assert share == pytest.approx(1 / 3)  # "hall", of attic, hall and pear.


def test_a_reply_is_a_row_of_columns():
    assert str(Reply("", float("nan"), "it\tis")) == "-\t-\tit is"
    read = (("Ann is\there.", 0.755),)
    own = Reply("hall", 0.5, "Where?", read, ("zoe", "now"))
    assert str(own) == "hall\t0.500\tWhere?\tAnn is here.:0.76\tunknown: zoe now"
