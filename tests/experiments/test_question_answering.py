"""Questions about stories: what is read, what is counted, and how one asks."""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import experiments
from configs import question_answering
from experiments.commands import ask
from experiments.question_answering import pick_shown
from seqnets.datasets.stories import Question
from tests.experiments.evaluated import drawn

pytestmark = pytest.mark.usefixtures("quickly")

TRAIN = """1 Ann is in the hall.
2 Where is Ann?\thall\t1
3 Ben is in the attic.
4 Where is Ben?\tattic\t3
1 Cleo is in the hall.
2 Where is Cleo?\thall\t1
"""
OTHER = """1 Ann is in the hall.
2 Where is Ann?\thall\t1
1 Ann is in the cellar.
2 Where is Ann?\tcellar\t1
"""


@pytest.fixture
def make(tmp_path):
    """Returns a function that builds a small task of two tasks of stories."""
    for name in ("one", "two"):
        (tmp_path / f"{name}_train.txt").write_text(TRAIN)
        (tmp_path / f"{name}_test.txt").write_text(OTHER)

    def build(**changes):
        config = question_answering.get_config()
        config.corpus, config.batch_size, config.eval_batch_size = str(tmp_path), 2, 4
        config.dim, config.hops, config.memory = 4, 2, 3
        config.cell.dim = config.embedding_dim = 3
        config.update(changes)
        return experiments.build(config)

    return build


def test_an_answer_that_training_lacks_is_wrong_and_has_no_loss(make):
    task = make()
    params = drawn(task)
    assert task.classes == ["attic", "hall"]
    batch = next(task.batches("test"))
    assert batch["label"].tolist() == [1, -1, 1, -1]
    loss, (_, sums) = jax.jit(task.loss, static_argnums=3)(params, (), batch, None)
    total, count = sums["loss"]
    assert count == 2 and np.isfinite(loss) and total == pytest.approx(2 * loss)
    right = float(sums["accuracy"][0])
    assert (right, sums["accuracy"][1]) in [(0, 4), (2, 4)]
    by_task = [sums[f"accuracy/{name}"] for name in ("one", "two")]
    assert [float(n) for _, n in by_task] == [2, 2]
    assert sum(float(x) for x, _ in by_task) == right


def test_the_linear_start_ends_after_its_epochs_wherever_a_run_resumes(make):
    task = make(linear_epochs=1.5)
    assert (task.steps_per_epoch, task.linear_steps) == (2, 3)
    for start in (0, 2, 4):
        batches = task.batches("train", start)
        for step in range(start, 6):
            linear = next(batches)["linear"]
            assert linear.all() == linear.any() == (step < 3)
    assert "linear" not in next(task.batches("valid"))


def test_the_learning_rate_of_the_linear_start_is_a_share_of_the_other(make):
    task = make(linear_epochs=1.5, linear_rate=0.25)
    method = task.optimizer(optax.with_extra_args_support(optax.sgd(1.0)))
    state, found = method.init(jnp.zeros(())), []
    for _ in range(5):
        update, state = method.update(jnp.ones(()), state, jnp.zeros(()), scale=1.0)
        found.append(float(update))
    assert found == [-0.25, -0.25, -0.25, -1, -1]


def test_a_story_can_be_told_line_by_line_all_at_once_or_as_in_a_file(make):
    task = make()
    params = drawn(task)
    ways = [
        ["Ann is in the hall.", "", "Ben is in the attic.", "Where is Ben?"],
        ["Ben is in the attic. Where is Ben?"],
        ["4 It was so.", "1 Ben is in the attic.", "2 Where is Ben? \thall\t1"],
    ]
    found = [list(task.predict(params, lines))[-1] for lines in ways]
    assert len({(own.answer, own.probability, own.read) for own in found}) == 1
    assert [own.text for own in found] == [lines[-1] for lines in ways]
    assert [sentence for sentence, _ in found[0].read] == ["Ben is in the attic."] * 2
    lines = ["1 Ben is in the attic. It was so.", "2 Where is Ben? \thall\t1"]
    *_, numbered = task.predict(params, lines)
    assert numbered.read[0][0] == "Ben is in the attic. It was so."
    told, asked = task.predict(params, ["Zoe is in the hall.", "Where is Zoe?"])
    assert str(told) == "-\t-\tZoe is in the hall."
    assert asked.unknown == ("zoe",) and str(asked).endswith("\tunknown: zoe")


def test_what_was_told_before_the_last_sentences_is_forgotten(make):
    task = make()
    params = drawn(task)
    rooms = ["hall", "attic", "hall", "attic"]
    lines = [f"Ann is in the {room}." for room in rooms]
    found = [
        list(task.predict(params, [*told, "Where is Ann?"]))[-1]
        for told in (lines, lines[1:], lines[2:])
    ]
    assert found[0] == found[1] != found[2]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["Where is Ann?"], "before any sentence"),
        (["Ann is here.", "", "Where is Ann?"], "before any sentence"),
        (["Ann is here.", "Zzz?"], "no word of the question"),
    ],
)
def test_what_cannot_be_asked_is_refused(make, lines, words):
    task = make()
    with pytest.raises(ValueError, match=words):
        list(task.predict(drawn(task), lines))


def test_a_line_that_is_refused_does_not_end_the_story(make, monkeypatch, capsys):
    task = make()
    params, told = drawn(task), ["Ann is in the hall.", "Ben is in the attic."]
    refused = ["Zzz?", "\udcff", "Yyy?"]
    lines = [told[0], *refused[:2], told[1], refused[2], "Where is Ann?"]
    lines += ["", "Where is Ann?"]
    monkeypatch.setattr(experiments, "load", lambda workdir: (task, params))
    monkeypatch.setattr(ask.lines, "read", lambda: iter(lines))
    with pytest.raises(ValueError, match="4 of 8 lines have no answer"):
        ask.predict(SimpleNamespace(workdir="run"))
    out, err = capsys.readouterr()
    first, *bad, second, other, found, empty, last = out.splitlines()
    expected = map(str, task.predict(params, [*told, "Where is Ann?"]))
    assert [first, second, found, empty] == [*expected, ""]
    assert [*bad, other, last] == ["-\t-\t"] * 4
    assert err.count("no word of the question") == 2
    assert "line 8: the question 'Where is Ann?' comes before any sentence" in err


def test_the_recurrent_reader_reads_the_story_and_then_the_question(make):
    task = make(model="recurrent", memory=1, buckets=1)
    ids = task.encode(("Ben is in the attic.", "Ann is in the hall."), "Where is Ann?")
    read = task.vocabulary.decode(ids["tokens"])
    assert read == ["ann", "is", "in", "the", "hall", "where", "is", "ann"]
    (reply,) = task.predict(drawn(task), ["Ann is in the hall. Where is Ann?"])
    assert reply.answer in task.classes and reply.read == ()


def test_long_sentences_and_stories_are_cut_and_counted(make, caplog):
    task = make(limit=4, memory=1)
    next(task.batches("train"))
    said = [record.getMessage() for record in caplog.records]
    assert "limit = 4" in said[0] and "memory = 1" in said[1]


def test_only_chosen_tasks_are_learned(make):
    task = make(tasks=("two",))
    assert task.tasks == ["two"] and len(next(task.batches("test"))["rows"]) == 4
    assert {q.task for q in task.dataset.test} == {"two"}


def test_stories_of_all_tasks_are_shown_before_a_second_one_of_any():
    questions = [Question(("s",), "q", "a", (), t) for t in "aaabbc"]
    assert pick_shown(questions) == [0, 3, 5, 1, 4, 2]
    many = [Question(("s",), "q", "a", (), str(i)) for i in range(11)]
    assert pick_shown(many) == [0, 2, 4, 6, 8, 10]
    assert pick_shown([Question(("s",) * 99, "q", "a")]) == [0]
