"""Stories of a user's own and of bAbI, and those that are generated."""

import gzip

import numpy as np
import pytest

from seqnets import datasets
from seqnets.datasets import house_stories
from seqnets.datasets.stories import Question

TEXT = """1 Ann is here.
2 Where is Ann?\there\t1

3 Ben took it.
4 Who took it? \tBen\t3 1
1 Cleo left.
2 Who left?\tCleo
"""
STORIES = [
    Question(("Ann is here.",), "Where is Ann?", "here", (0,)),
    Question(("Ann is here.", "Ben took it."), "Who took it?", "Ben", (1, 0)),
    Question(("Cleo left.",), "Who left?", "Cleo"),
]


def write(folder, text, names=("train.txt", "dev.txt", "test.txt")):
    for name in names:
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_question_is_about_the_sentences_before_it_in_its_story(tmp_path):
    found = datasets.load(write(tmp_path, TEXT), "stories")
    assert all(found[split] == STORIES for split in datasets.SPLITS)
    assert found.info == {"tasks": [""]}


def test_of_each_task_the_last_tenth_of_the_stories_validates(tmp_path):
    story = "1 It is {0}.\n2 Is it?\tyes\t1\n3 What is it?\t{0}\t1\n"
    text = "".join(story.format(i) for i in range(11))
    write(tmp_path, text, ("a_train.txt", "a_test.txt", "b_test.txt"))
    (tmp_path / "b_train.txt.gz").write_bytes(gzip.compress(text.encode()))
    found = datasets.load(tmp_path, "stories")
    assert found.info == {"tasks": ["a", "b"]}
    assert [len(found[split]) for split in datasets.SPLITS] == [36, 8, 44]
    told = {s: {(q.task, q.story) for q in found[s]} for s in ("train", "valid")}
    assert not told["train"] & told["valid"]
    assert {answer for *_, answer, _, _ in found.valid} == {"yes", "9", "10"}
    own = datasets.load(tmp_path, "stories", tasks=("b",))
    assert own.test == [q for q in found.test if q.task == "b"]
    with pytest.raises(ValueError, match="no task 'c'"):
        datasets.load(tmp_path, "stories", tasks=("c",)).train  # noqa: B018


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("1 Where is Ann?\there\t1\n", 1, "before any sentence"),
        ("1 Ann is here.\n2 Where is Ann?\n", 2, "no tab and answer"),
        ("1 Ann is here.\n2 Where is Ann?\t\t1\n", 2, "empty answer"),
        ("1 Ann is here.\n2 Where is Ann?\there\t7\n", 2, "'7', which is no sentence"),
        ("1 Ann is here.\n2 Where is Ann?\there\tx\n", 2, "'x', which is no sentence"),
        ("1 Ann is here.\n3 Ben left.\n", 2, "expected number 2, or 1 for a new story"),
        ("2 Ann is here.\n", 1, "expected number 1 for a new story"),
        ("1 Ann is here.\n\nBen left.\n", 3, "expected a number and a sentence"),
        ("1 Ann is here.\n2\n", 2, "expected a number and a sentence"),
    ],
)
def test_a_bad_line_is_named(tmp_path, text, line, words):
    with pytest.raises(ValueError) as caught:
        datasets.load(write(tmp_path, text), "stories").train  # noqa: B018
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'train.txt'}, line {line}: ")
    assert words in message and "\n" not in message


def test_a_file_without_questions_or_with_one_story_is_named(tmp_path):
    write(tmp_path, "1 Ann is here.\n")
    with pytest.raises(ValueError, match=r"train\.txt: no questions"):
        datasets.load(tmp_path, "stories").train  # noqa: B018
    write(tmp_path, "1 A.\n2 B?\tc\n", ("a_train.txt", "a_test.txt"))
    with pytest.raises(ValueError, match=r"a_train\.txt: one story is too few"):
        datasets.load(tmp_path, "stories").train  # noqa: B018


def test_all_of_babi_is_there(shared):
    found = datasets.load("babi", "stories", shared("babi"))
    assert len(found.train) + len(found.valid) == len(found.test) == 20_000
    assert found.info["tasks"] == [f"qa{i}" for i in range(1, 21)]
    for split in datasets.SPLITS:
        of_task = [q.task for q in found[split]]
        counts = {of_task.count(task) for task in found.info["tasks"]}
        assert counts == {1000} if split == "test" else min(counts) >= 100
    own = datasets.load("babi", "stories", shared("babi"), tasks=("qa1",))
    assert own.test == found.test[:1000]
    assert all(q.answer in q.story[q.support[0]] for q in own.test)


@pytest.fixture(scope="module")
def drawn():
    return house_stories.draw_splits(sizes=(150, 25, 25))


def answer(question):
    """Answers by simulating the story, read word for word."""
    room, holder, lying = {}, {}, {}
    for sentence in question.story:
        person, *rest = sentence.rstrip(".").split()
        place = next((w for w in rest if w in house_stories.ROOMS), None)
        thing = next((w for w in rest if w in house_stories.THINGS), None)
        if place:
            room[person] = place
        elif rest[0] in ("took", "picked"):
            # It is free, and in this room if it was seen before.
            assert (
                thing not in holder and lying.get(thing, room[person]) == room[person]
            )
            holder[thing] = person
        else:
            assert holder.pop(thing) == person
            lying[thing] = room[person]
    asked = question.question.rstrip("?").split()
    match question.task:
        case "person":
            return room[asked[-1]]
        case "thing":
            thing = asked[-1]
            return room[holder[thing]] if thing in holder else lying[thing]
        case "room":
            return "yes" if room[asked[1]] == asked[-1] else "no"
        case "count":
            carried = list(holder.values()).count(asked[-2])
            return house_stories.COUNTS[carried]


def test_every_generated_answer_follows_from_its_story(drawn):
    for questions in drawn.values():
        for question in questions:
            assert answer(question) == question.answer, question


def test_the_sentences_that_tell_an_answer_are_enough(drawn):
    for question in drawn["train"]:
        told = tuple(question.story[i] for i in sorted(question.support))
        if question.task in ("person", "room"):
            assert answer(question._replace(story=told)) == question.answer
        if question.task == "thing":
            assert question.answer in told[0] or question.answer in told[1]


def test_generated_splits_are_disjoint_and_tasks_do_not_depend_on_each_other(drawn):
    flat = [q for split in drawn.values() for q in split]
    assert len(set(flat)) == len(flat) == 4 * 200
    own = house_stories.draw_splits(["count"], sizes=(150, 25, 25))
    assert own["test"] == [q for q in drawn["test"] if q.task == "count"]
    answers = [q.answer for q in drawn["train"] if q.task == "room"]
    assert abs(np.mean([a == "yes" for a in answers]) - 0.5) < 0.13
