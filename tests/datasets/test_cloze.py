"""Clozes are read as they are written; a bad line is named by file and number."""

import pytest

from seqnets import datasets
from seqnets.datasets import SPLITS, cloze
from seqnets.datasets.cloze import BLANK, Cloze

GOOD = "养了一[只]猫。\n买了一[支]笔。\n有一[只]鸟。\n"


def real(shared, name, **options):
    folder = shared(name)
    return datasets.load(name, "cloze", folder, **options)


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
    asked, choices = cloze.parse_question(f"他（们）有一{mark}猫")
    assert asked == Cloze("他（们）有一", "", "猫") and choices == ()


@pytest.mark.parametrize("mark", ["（只/支）", "( 只 ／支)", "(只/支/)"])
def test_a_blank_may_name_its_choices(mark):
    assert cloze.parse_question(f"一{mark}猫") == (Cloze("一", "", "猫"), ("只", "支"))


@pytest.mark.parametrize(
    ("line", "words"),
    [("", "no blank"), ("一只（小）猫", "no blank"), ("一_猫，两()狗", "2 blanks")],
)
def test_a_question_without_one_blank_is_refused(line, words):
    fails(ValueError, words, of=lambda: cloze.parse_question(line))


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
    path.write_text(
        "".join(f"{i}[{'只支'[i % 2]}]\n" for i in range(40)), encoding="utf-8"
    )
    found = datasets.load(path, "cloze")
    assert [len(found[split]) for split in SPLITS] == [36, 2, 2]
    lefts = [int(cloze.left) for split in SPLITS for cloze in found[split]]
    assert lefts == list(range(40))


def test_a_folder_is_read(tmp_path):
    found = datasets.load(folder(tmp_path), "cloze", candidates=9)
    assert found.info == {"classes": ["只", "支"]}
    assert found.valid[0] == Cloze("养了一", "只", "猫。")
    assert found.valid[0].label == "只"


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"train": GOOD + "\n" + GOOD}, ("train.txt, line 4", "is empty")),
        ({"dev": GOOD + "一只猫\n"}, ("dev.txt, line 4", "'一只猫'", "brackets")),
        ({"test": "[一][只]猫\n"}, ("test.txt, line 1",)),
        ({"train": "一[只]猫\n二[只]猫\n"}, ("all training lines", "'只'")),
        ({"test": "一[本]书\n"}, ("test split", "candidates")),
    ],
    ids=lambda x: "" if isinstance(x, dict) else x[0],
)
def test_a_bad_file_is_named(tmp_path, parts, words):
    found = datasets.load(folder(tmp_path, **parts), "cloze")
    fails(ValueError, *words, of=lambda: found.train)


def test_what_is_not_there_is_named(tmp_path):
    folder(tmp_path)
    (tmp_path / "dev.txt").unlink()
    found = datasets.load(tmp_path, "cloze")
    fails(FileNotFoundError, "valid.txt or dev.txt", of=lambda: found.train)
    fails(
        ValueError, "'nowhere'", "zh_cws", of=lambda: datasets.load("nowhere", "cloze")
    )
    (tmp_path / "short.txt").write_text("一[只]猫\n二[支]笔\n", encoding="utf-8")
    found = datasets.load(tmp_path / "short.txt", "cloze")
    fails(ValueError, "too few", of=lambda: found.train)
    few = {"candidates": 1}
    fails(ValueError, "2 or more", of=lambda: datasets.load("zh_cws", "cloze", **few))


def test_rarer_answers_are_left_out_and_counted(tmp_path, caplog):
    rare = "一[本]书\n"
    path = folder(tmp_path, train=GOOD * 2 + rare, dev=GOOD + rare)
    found = datasets.load(path, "cloze", candidates=2)
    assert [len(found[split]) for split in SPLITS] == [6, 3, 3]
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == 2
    assert "left out 1 of 7 train" in messages[0] and "1 of 4 valid" in messages[1]


def test_questions_are_checked_and_numbered():
    def ask(*lines):
        return list(cloze.read_questions(lines, ("只", "支")))

    first, empty = ask("一（只/支）猫", " ")
    assert first.choices == ("只", "支") and empty is None
    fails(ValueError, "no blank in '猫'", of=lambda: ask("_", "猫"))
    fails(ValueError, "'个' in", of=lambda: ask("一(个/只)"))


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
    found = datasets.load("zh_cws", "cloze", str(tmp_path))
    assert all(found[split] == both * 2 for split in SPLITS)
    words = datasets.load("zh_cws", "tagged", str(tmp_path)).train[0]
    assert "".join(words.tags) == "SSBESS" and "".join(words.tokens) == "三只小猫8月"
    whole = datasets.load("zh_cws", "text", str(tmp_path)).test
    assert [sentence.tokens for sentence in whole] == ["三只小猫8月"] * 2
    whole = datasets.load("zh_cws", "text", str(tmp_path), unit="word").valid
    assert whole[1].tokens == ["三", "只", "小猫", "8", "月"]
    path.write_text(text + "1\t只\n", encoding="utf-8")
    fails(
        ValueError,
        "test.conll, line 6",
        "ten columns",
        of=lambda: datasets.load("zh_cws", "cloze", str(tmp_path)).train,
    )


def test_the_treebank_has_its_measure_words(shared):
    found = real(shared, "zh_cws", candidates=20)
    assert [len(found[split]) for split in SPLITS] == [3466, 436, 446]
    assert found.info["classes"][:4] == ["年", "个", "月", "日"]


def test_poems_are_blanked_by_the_line(shared):
    found = real(shared, "zh_poems", candidates=100)
    assert [len(found[split]) for split in SPLITS] == [153_138, 8_368, 8_490]
    classes = found.info["classes"]
    assert len(classes) == 100 and classes[:2] == ["不", "人"]
    # A line that two poems share is in one part.
    lines = {s: {c.left + c.answer + c.right for c in found[s]} for s in SPLITS}
    assert not lines["train"] & (lines["valid"] | lines["test"])
    assert not lines["valid"] & lines["test"]
