"""Poems of a user's own, generated and real ones; what is wrong is named by line."""

import json
import re

import numpy as np
import pytest

from seqnets import datasets
from seqnets.data import verse
from seqnets.datasets import parallel_verse
from seqnets.datasets.poems import Poem

OWN = """
On the Pond
The moon is up, my friend,
the wind is low/ all is well


靜夜
明月照空山，清風入小樓。
山中，無一人。
"""


def write(folder, text):
    folder.mkdir(exist_ok=True)
    for part in ("train", "dev", "test"):
        (folder / f"{part}.txt").write_text(text, encoding="utf-8")
    return folder


def refused(place, *words, kind=ValueError, **options):
    with pytest.raises(kind) as caught:
        datasets.load(place, "poems", **options).train  # noqa: B018
    assert "\n" not in str(caught.value)
    for word in words:
        assert str(word) in str(caught.value)


def test_titles_and_lines_are_read_as_they_stand(tmp_path):
    found = datasets.load(write(tmp_path / "own", OWN), "poems")
    lines = ("The moon is up, my friend,", "the wind is low", "all is well")
    second = ("明月照空山，", "清風入小樓。", "山中，", "無一人。")
    expected = [Poem("On the Pond", lines), Poem("靜夜", second)]
    for split in datasets.SPLITS:
        assert [poem._replace(keywords=()) for poem in found[split]] == expected
    assert found.info["left_out"] == {"train": 0, "valid": 0, "test": 0}


def test_poems_of_other_forms_are_left_out_and_counted(tmp_path):
    text = "甲\n春風入小樓，\n\n乙\n春風，\n秋月。\n\n丙\n一二三，\n一二。\n"
    own = write(tmp_path / "own", text)
    found = datasets.load(own, "poems", characters=(2, 5), lines=2)
    assert [poem.title for poem in found.test] == ["甲", "乙"]
    assert found.info["left_out"]["test"] == 1
    found = datasets.load(own, "poems", lines=1)
    assert [poem.title for poem in found.test] == ["甲"]
    refused(
        own, own, "none of the 3 poems to train", "characters = (7,)", characters=(7,)
    )


def test_a_title_without_a_poem_is_named_with_its_line(tmp_path):
    own = write(tmp_path / "own", "甲\n一二，三四。\n\n\n乙\n\n丙\n一二。\n")
    refused(own, own / "train.txt", "line 5", "'乙' is a title without a poem")
    own = write(tmp_path / "own", "甲\n一。\n\n乙\n。。。")
    refused(own, own / "train.txt", "line 4", "'乙'")
    refused(write(tmp_path / "own", "\n \n"), own / "train.txt", "no poems in it")


@pytest.fixture(scope="module")
def generated():
    return parallel_verse.draw_splits(sizes=(300, 30, 30))


def test_generated_couplets_are_parallel_and_rhyme(generated):
    rhymes = generated["info"]["rhymes"]
    seasons = [set(re.findall(r"(\S\S)\S+", " ".join(own)))
               for own in parallel_verse.SEASONS.values()]  # fmt: skip
    for poem in generated["train"]:
        size, count = verse.length(poem.lines), len(poem.lines)
        assert (count, size) in parallel_verse.FORMS
        ends = [line[-2] for line in poem.lines]
        assert len({rhymes[end] for end in ends[1::2]}) == 1
        assert not set(ends[::2]) & set(rhymes)  # Oblique tones do not rhyme.
        words = [line[size - 5 : size - 3] for line in poem.lines]
        assert len(set(words)) == count
        for i in range(0, count, 2):
            acts = [word in parallel_verse.ACTS.split() for word in words[i : i + 2]]
            assert acts[0] == acts[1]
            verbs = [line[size - 3] for line in poem.lines[i : i + 2]]
            assert verbs[0] != verbs[1]
        # The season of the title is that of each image that has one.
        (own,) = (
            i for i, name in enumerate(parallel_verse.SEASONS) if poem.title[0] == name
        )
        for word in words:
            of = {i for i, images in enumerate(seasons) if word in images}
            assert not of or own in of
        assert len(poem.keywords) == count // 2
        for i, word in enumerate(poem.keywords):
            assert word in words[2 * i : 2 * i + 2]


def test_generated_poems_are_different_and_the_seed_draws_them_again(generated):
    every = [poem for split in datasets.SPLITS for poem in generated[split]]
    assert len({poem.lines for poem in every}) == len(every) == 360
    first, again = (parallel_verse.draw(np.random.default_rng(3)) for _ in range(2))
    assert first == again


def test_printed_poems_are_dealt_out_as_the_texts_are(tmp_path):
    """Each line of the files has two of verse; copies, and those without title."""
    rng, printed = np.random.default_rng(0), []
    for i in range(120):
        drawn = "".join(rng.choice(list("天地玄黃宇宙洪荒日月盈昃"), 20))
        lines = [f"{drawn[:5]}，{drawn[5:10]}。", f"{drawn[10:15]}，{drawn[15:]}？"]
        title = {"title": f"題{i}"} if i % 3 else {"rhythmic": f"調{i}"}
        printed.append({"author": "無名", "paragraphs": lines} | title)
    for i, name in enumerate(datasets.DATASETS["zh_poems"].files):
        path = tmp_path / "zh_poems" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        own = printed[i * 10 : i * 10 + 10] + printed[:1]
        path.write_text(json.dumps(own), encoding="utf-8")
    poems, texts = (
        datasets.load("zh_poems", kind, tmp_path) for kind in ("poems", "text")
    )
    for split in datasets.SPLITS:
        joined = ["".join((poem.title, "無名", *poem.lines)) for poem in poems[split]]
        assert joined == [text.tokens.replace("\n", "") for text in texts[split]]
        assert {len(poem.lines) for poem in poems[split]} == {4}
    assert len(poems.train) > 90


def test_real_poems_are_of_the_forms_asked_for(shared):
    options = {"characters": (5, 7), "lines": 8}
    found = datasets.load("zh_poems", "poems", shared("zh_poems"), **options)
    for split in datasets.SPLITS:
        for poem in found[split]:
            assert verse.length(poem.lines) in (5, 7) and len(poem.lines) <= 8
            assert all(word in "".join(poem.lines) for word in poem.keywords)
    assert [len(found[split]) for split in datasets.SPLITS] == [5202, 323, 299]
    assert np.mean([len(poem.keywords) > 0 for poem in found.test]) > 0.95
