"""Answers follow from the pixels of the picture alone."""

import numpy as np

from seqnets.datasets import sort_of_clevr
from seqnets.datasets.sort_of_clevr import COLORS, SHAPES, Thing


def seen(picture):
    """Finds the objects of a picture by their colours."""
    things = []
    for name, color in COLORS.items():
        rows, columns = np.nonzero((picture == color).all(-1))
        y, x = (int(a.min() + a.max()) // 2 for a in (rows, columns))
        square = len(rows) == (2 * sort_of_clevr.RADIUS + 1) ** 2
        things.append(Thing(name, SHAPES[square], x, y))
    return things


def test_a_picture_shows_its_objects_whole_and_its_answers_are_right():
    for i in range(20):
        own = list(sort_of_clevr.ask(np.random.default_rng(i)))
        things = seen(own[0].picture)
        known = dict([*sort_of_clevr.alone(things), *sort_of_clevr.among(things)])
        assert len({question.question for question in own}) == len(own) == 20
        assert all(known[q.question] == q.answer for q in own)
        assert sum(q.group == "relational" for q in own) == sort_of_clevr.ASKED


def test_questions_are_answered_as_they_say_and_ties_are_not_asked():
    row = [("red", 10), ("green", 25), ("blue", 40), ("orange", 70)]
    things = [Thing(c, SHAPES[i % 2], x, 10 + i) for i, (c, x) in enumerate(row)]
    known = dict([*sort_of_clevr.alone(things), *sort_of_clevr.among(things)])
    assert known["what shape is the object closest to the red one?"] == "square"
    assert known["what shape is the object furthest from the red one?"] == "square"
    assert known["what shape is the object furthest from the green one?"] == "square"
    assert known["how many objects have the shape of the blue one?"] == "2"
    assert known["is the orange object on the left?"] == "no"
    assert known["is the red object on the top?"] == "yes"
    level = [thing._replace(y=10) for thing in things]  # Green: 15 to both sides.
    asked = [question for question, _ in sort_of_clevr.among(level)]
    assert "what shape is the object closest to the green one?" not in asked


def test_a_data_set_has_as_many_pictures_as_are_asked_for(monkeypatch):
    monkeypatch.setitem(sort_of_clevr.PICTURES, "valid", 2)
    monkeypatch.setitem(sort_of_clevr.PICTURES, "test", 2)
    found = sort_of_clevr.read(None, pictures=3)
    assert list(map(len, (found.train, found.valid, found.test))) == [60, 40, 40]
    assert len(found.info["classes"]) == 10
    assert found.info["groups"] == [
        "non-relational",
        "relational",
    ]
