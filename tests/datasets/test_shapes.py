"""Questions about grids of shapes: answered by sets, drawn, and as published."""

import numpy as np
import pytest

from seqnets import datasets
from seqnets.datasets import shapes
from seqnets.datasets.shapes import CELL, CELLS, COLORS, RELATIONS, SHAPES

RNG = np.random.default_rng(0)


def by_sets(grid, words):
    """Answers a question as its definition says, cell by cell."""
    what, relations, where = words

    def cells(name):
        return {
            (i, j)
            for i, j in np.ndindex(CELLS, CELLS)
            if grid[i, j, 0] >= 0
            and name in (SHAPES[grid[i, j, 0]], COLORS[grid[i, j, 1]])
        }

    there = cells(where)
    for relation in reversed(relations):
        down, right = RELATIONS[relation]
        there = {(i + down, j + right) for i, j in there}
        there = {place for place in there if min(place) >= 0 and max(place) < CELLS}
    return bool(there & cells(what))


def test_every_question_is_answered_as_its_sets_say():
    asked = list(shapes.every())
    assert len(asked) == len(set(map(shapes.sentence, asked))) == 36 * (1 + 4 + 16)
    grids = shapes.draw_grids(RNG, 4)
    for words in asked[::5]:
        expected = [by_sets(grid, words) for grid in grids]
        assert shapes.answers(grids, words).tolist() == expected


def test_questions_are_spelled_as_published():
    spelled = {
        ("green", ("left of",), "red"): "is a green shape left of a red shape",
        (
            "triangle",
            ("above", "above"),
            "circle",
        ): "is a triangle above above a circle",
        ("red", (), "green"): "is a red shape green",
        ("square", (), "circle"): "is a square a circle",
    }
    for words, text in spelled.items():
        assert shapes.sentence(words) == text
        assert shapes.GROUPS.index(shapes._group(text)) == len(words[1])


def seen(picture):
    """Reads a grid back from its pixels."""
    grid = np.full((CELLS, CELLS, 2), -1)
    for i, j in np.ndindex(CELLS, CELLS):
        cell = picture[CELL * i : CELL * (i + 1), CELL * j : CELL * (j + 1)].astype(int)
        ink = cell.max(-1) / max(cell.max(), 1)
        if cell.max() == 0:
            continue
        singular = np.linalg.svd(ink, compute_uv=False)
        lower, upper = ink[CELL // 2 :].sum(), ink[: CELL // 2].sum()
        # Of a square, all rows are multiples of one; a triangle is wider below.
        square = singular[1] < 0.12 * singular[0]
        shape = 1 if square else 2 if lower > 2 * upper else 0
        grid[i, j] = shape, cell.sum((0, 1)).argmax()
    return grid


def test_what_is_drawn_can_be_read_back():
    grids = shapes.draw_grids(RNG, 30)
    pictures = shapes.render(RNG, grids)
    assert pictures.dtype == np.uint8 and pictures.shape == (30, 30, 30, 3)
    for grid, picture in zip(grids, pictures, strict=True):
        empty = grid[..., :1] < 0
        np.testing.assert_array_equal(seen(picture), np.where(empty, -1, grid))


def test_answers_are_balanced_where_they_can_be_and_agree_with_the_picture():
    asked = [words for words in shapes.every() if len(words[1]) == 1]
    drawn = shapes.draw(np.random.default_rng(1), asked, 200)
    words_of = {shapes.sentence(words): words for words in asked}
    for own in drawn:
        expected = by_sets(seen(own.picture), words_of[own.question])
        assert own.answer == ("true" if expected else "false")
    assert 0.4 < np.mean([own.answer == "true" for own in drawn]) < 0.6


def test_as_many_pictures_are_drawn_as_are_asked_for(monkeypatch):
    for split in ("valid", "test"):
        monkeypatch.setitem(shapes.SIZES, split, 100)
    found = shapes.read_generated(None, pictures=300)
    assert list(map(len, (found.train, found.valid, found.test))) == [300, 100, 100]
    shares = [
        sum(q.group == group for q in found.train) / 300 for group in shapes.GROUPS
    ]
    np.testing.assert_allclose(shares, shapes.SHARES, atol=0.1)
    every = np.stack([q.picture for s in datasets.SPLITS for q in found[s]])
    assert len(np.unique(every.reshape(500, -1), axis=0)) == 500


def published(folder, name, count, packed):
    """Writes a part of SHAPES as it is published, or packed."""
    grids = shapes.draw_grids(RNG, count)
    pictures = shapes.render(RNG, grids)[..., ::-1]  # Blue first.
    ends = [".input.npy", ".query_str.txt", ".output"]
    if packed:
        name, ends = (
            name.replace(".", "_"),
            [".images.npz", ".query.txt", ".answer.txt"],
        )
        np.savez(folder / (name + ends[0]), images=pictures)
    else:
        np.save(folder / (name + ends[0]), pictures)
    (folder / (name + ends[1])).write_text("is a circle above a square\n" * count)
    answers = shapes.answers(grids, ("circle", ("above",), "square"))
    lines = "".join(f"{str(a).lower()}\n" for a in answers.tolist())
    (folder / (name + ends[2])).write_text(lines)


@pytest.mark.parametrize("packed", [True, False])
def test_a_part_is_read_and_more_is_generated_of_other_questions(tmp_path, packed):
    folder = tmp_path / "shapes"
    folder.mkdir()
    for name in ("train.large", "val", "test"):
        published(folder, name, 20, packed)
    found = datasets.load(
        "shapes", "questions", str(tmp_path), part="large", generated=30
    )
    assert list(map(len, (found.train, found.valid, found.test))) == [50, 20, 20]
    assert found.valid[0].group == "one relation"
    for own in found.test:
        expected = by_sets(seen(own.picture), ("circle", ("above",), "square"))
        assert own.answer == str(expected).lower()
    generated = {own.question for own in found.train[20:]}
    assert "is a circle above a square" not in generated
    missing = datasets.load("shapes", "questions", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="train.small.input.npy or train_small"):
        missing.train  # noqa: B018
    path = next(folder.glob("val*answer.txt"), folder / "val.output")
    path.write_text("true\n")
    again = datasets.load("shapes", "questions", str(tmp_path), part="large")
    with pytest.raises(ValueError, match="1 lines for the 20 pictures"):
        again.train  # noqa: B018


def test_the_published_answers_follow_from_the_published_pictures(shared):
    """Which tells that blue comes first there, and that relations are of neighbours."""
    found = datasets.load("shapes", "questions", shared("shapes"))
    assert list(map(len, (found.train, found.valid, found.test))) == [640, 1024, 1024]
    words_of = {shapes.sentence(words): words for words in shapes.every()}
    right = [
        by_sets(seen(own.picture), words_of[own.question]) == (own.answer == "true")
        for own in found.test[::8]
    ]
    assert np.mean(right) > 0.9
