"""Clozes are read as they are written; a bad line is named by file and number."""

import os
from pathlib import Path

import numpy as np
import pytest

from seqnets.data import cloze, download
from seqnets.data.cloze import BLANK, Cloze
from seqnets.data.cloze_source import ClozeSource

_SHARED = os.environ.get("SEQNETS_DATA", Path(__file__).parents[3] / "shared" / "data")
PARTS = ("train", "valid", "test")
GOOD = "养了一[只]猫。\n买了一[支]笔。\n有一[只]鸟。\n"


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """No environment variable and no cache, so that tests see only what they make."""
    monkeypatch.delenv("SEQNETS_DATA", raising=False)
    monkeypatch.setattr(download, "cache_dir", lambda: tmp_path / "cache")


def real(name, **options):
    if not Path(_SHARED, name).exists():
        pytest.skip(f"needs the data set {name} in $SEQNETS_DATA")
    return ClozeSource(name, data_dir=str(_SHARED), **options)


def folder(tmp_path, **parts):
    for name, text in ({"train": GOOD, "dev": GOOD, "test": GOOD} | parts).items():
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    return tmp_path


def fails(kind, *words, of):
    """The error's message is one line that holds all the words."""
    with pytest.raises(kind) as caught:
        of()
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message, message


def test_the_answer_of_a_line_is_in_brackets():
    assert cloze.parse("养了一[只]猫。") == Cloze("养了一", "只", "猫。")
    assert cloze.parse(" [平方公里]的地\r") == Cloze("", "平方公里", "的地")
    assert cloze.parse("一[只]猫").symbols == ("一", BLANK, "猫")


@pytest.mark.parametrize(
    "line", ["", "一只猫", "一[]猫", "一[只]猫和一[支]笔", "[[只]"]
)
def test_a_line_without_one_answer_is_refused(line):
    fails(ValueError, "[只]", of=lambda: cloze.parse(line))


@pytest.mark.parametrize("mark", ["（）", "()", "_", "____", "（ ）", "(）"])
def test_a_blank_may_be_marked_in_any_usual_way(mark):
    asked, choices = cloze.question(f"他（们）有一{mark}猫")
    assert asked == Cloze("他（们）有一", "", "猫") and choices == ()


@pytest.mark.parametrize("mark", ["（只/支）", "( 只 ／支)", "(只/支/)"])
def test_a_blank_may_name_its_choices(mark):
    assert cloze.question(f"一{mark}猫") == (Cloze("一", "", "猫"), ("只", "支"))


@pytest.mark.parametrize(
    ("line", "words"),
    [("", "no blank"), ("一只（小）猫", "no blank"), ("一_猫，两()狗", "2 blanks")],
)
def test_a_question_without_one_blank_is_refused(line, words):
    fails(ValueError, words, of=lambda: cloze.question(line))


@pytest.mark.parametrize(("limit", "cut"), [(1, ("", "")), (4, ("c", "de"))])
def test_a_window_has_the_blank_in_its_middle(limit, cut):
    left, _, right = cloze.window(Cloze("abc", "x", "defg"), limit)
    assert (left, right) == cut


def test_a_window_is_as_long_as_it_may_be():
    for left in range(7):
        for right in range(7):
            whole = Cloze("abcdefg"[:left], "x", "hijklmn"[:right])
            for limit in range(1, 16):
                found = cloze.window(whole, limit)
                assert len(found.symbols) == min(limit, len(whole.symbols))
                assert whole.left.endswith(found.left)
                assert whole.right.startswith(found.right)


def test_a_file_is_cut_in_order(tmp_path):
    path = tmp_path / "own.txt"
    path.write_text("".join(f"{i}[只]\n" for i in range(40)), encoding="utf-8")
    splits = cloze.read_own(path)
    assert [len(splits[part]) for part in PARTS] == [36, 2, 2]
    assert [int(c.left) for part in splits.values() for c in part] == list(range(40))


def test_a_folder_is_read(tmp_path):
    source = ClozeSource(str(folder(tmp_path)), candidates=9, limit=9)
    assert source.candidates == ("只", "支")
    first, *_ = source.examples("valid")
    assert first["place"] == 3 and first["answer"] == 0
    symbols = source.vocabulary.decode(first["tokens"])
    assert symbols == ["养", "了", "一", BLANK, "猫", "。"]


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"train": GOOD + "\n" + GOOD}, ("train.txt, line 4", "is empty")),
        ({"dev": GOOD + "一只猫\n"}, ("dev.txt, line 4", "'一只猫'", "brackets")),
        ({"test": "[一][只]猫\n"}, ("test.txt, line 1",)),
        ({"train": "一[只]猫\n二[只]猫\n"}, ("all training lines", "'只'")),
        ({"test": "一[本]书\n"}, ("test part", "candidates")),
    ],
    ids=lambda x: "" if isinstance(x, dict) else x[0],
)
def test_a_bad_file_is_named(tmp_path, parts, words):
    path = str(folder(tmp_path, **parts))
    fails(
        ValueError, *words, of=lambda: ClozeSource(path, candidates=9, limit=9).splits
    )


def test_what_is_not_there_is_named(tmp_path):
    folder(tmp_path)
    (tmp_path / "dev.txt").unlink()
    fails(
        FileNotFoundError, "valid.txt or dev.txt", of=lambda: cloze.read_own(tmp_path)
    )
    fails(
        FileNotFoundError,
        "'nowhere'",
        "zh_cws",
        of=lambda: cloze.read_own(Path("nowhere")),
    )
    (tmp_path / "short.txt").write_text("一[只]猫\n二[只]猫\n", encoding="utf-8")
    fails(ValueError, "too few", of=lambda: cloze.read_own(tmp_path / "short.txt"))
    fails(
        ValueError,
        "candidates",
        of=lambda: ClozeSource("zh_cws", candidates=1, limit=9),
    )


def test_what_is_left_out_or_cut_is_counted(tmp_path, caplog):
    long = "很" * 20 + "多[只]猫\n"
    path = folder(
        tmp_path, train=GOOD * 2 + long + "一[本]书\n", dev=GOOD + "一[本]书\n"
    )
    splits = ClozeSource(str(path), candidates=2, limit=9).splits
    assert [len(found) for found in splits.values()] == [7, 3, 3]
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 2 and told[0].startswith("train: cut 1 of 7 sentences to 9")
    assert "left out 1 more" in told[0] and told[1].startswith("valid: cut 0 of 3")


def test_a_run_folder_answers_without_its_corpus(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "run").mkdir()
    options = {"candidates": 9, "limit": 9}
    source = ClozeSource(str(folder(tmp_path / "data")), **options)
    source.save(tmp_path / "run")
    for file in (tmp_path / "data").iterdir():
        file.unlink()
    again = ClozeSource("gone", workdir=tmp_path / "run", **options)
    assert again.candidates == source.candidates
    asked = Cloze("养一", "", "猫")
    np.testing.assert_array_equal(again.encode(asked), source.encode(asked))


def test_questions_are_checked_and_numbered():
    source = ClozeSource("measure_words", candidates=20, limit=9)
    assert list(source.questions(["一（只/支）猫"]))[0].choices == ("只", "支")
    fails(
        ValueError, "line 2: no blank", of=lambda: list(source.questions(["_", "猫"]))
    )
    fails(ValueError, "line 1: '个'", of=lambda: list(source.questions(["一(个/只)"])))


def test_a_treebank_is_blanked_at_its_measure_words(tmp_path):
    rows = (("三", "CD"), ("只", "NNB"), ("小猫", "NN"), ("8", "CD"), ("月", "NNB"))
    text = "".join(
        f"{i}\t{word}\t_\t_\t{tag}\t_\t_\t_\t_\t_\n"
        for i, (word, tag) in enumerate(rows, 1)
    )
    (tmp_path / "zh_cws" / "ud_chinese").mkdir(parents=True)
    for part in ("train", "dev", "test"):
        path = tmp_path / "zh_cws" / "ud_chinese" / f"{part}.conll"
        path.write_text(f"{text}\n{text}", encoding="utf-8")
    both = [Cloze("三", "只", "小猫8月"), Cloze("三只小猫8", "月", "")]
    assert cloze.read_cws(str(tmp_path)) == dict.fromkeys(PARTS, both * 2)
    path.write_text(text + "1\t只\n", encoding="utf-8")
    fails(
        ValueError,
        "test.conll, line 6",
        "ten columns",
        of=lambda: cloze.read_cws(str(tmp_path)),
    )


def test_the_treebank_has_its_measure_words():
    source = real("zh_cws", candidates=20, limit=32)
    assert [len(found) for found in source.splits.values()] == [3466, 436, 446]
    assert source.candidates[:4] == ("年", "个", "月", "日")


def test_poems_are_blanked_by_the_line():
    source = real("zh_poems", candidates=100, limit=32)
    sizes = [len(found) for found in source.splits.values()]
    assert sizes == [153_138, 8_368, 8_490]
    assert len(source.candidates) == 100 and source.candidates[:2] == ("不", "人")
    # A line that two poems share is in one part.
    lines = {
        p: {c.left + c.answer + c.right for c in s} for p, s in source.splits.items()
    }
    assert not lines["train"] & (lines["valid"] | lines["test"])
    assert not lines["valid"] & lines["test"]
