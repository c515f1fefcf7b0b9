"""Dialogues of a user's own and of DailyDialog, and the replies in them."""

import gzip

import pytest

from seqnets import datasets
from seqnets.datasets.dialogues import Dialogue, Exchange, exchanges, spelling

TEXT = "\n\n a\nb .\n \n\nc\nd\ne"


def refused(place, *words, kind="dialogues", **options):
    with pytest.raises(ValueError) as caught:
        datasets.load(place, kind, **options).train  # noqa: B018
    assert "\n" not in str(caught.value)
    for word in words:
        assert str(word) in str(caught.value)


def write(folder, text):
    for name in ("train.txt", "dev.txt"):
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "test.txt.gz").write_bytes(gzip.compress(text.encode()))
    return folder


def test_a_line_is_a_turn_and_empty_lines_part_dialogues(tmp_path):
    found = datasets.load(write(tmp_path, TEXT), "dialogues")
    for split in datasets.SPLITS:
        assert found[split] == [Dialogue(("a", "b .")), Dialogue(("c", "d", "e"))]


@pytest.mark.parametrize("text, line", [("a\nb\n\nc\n", 4), ("\nx\n\na\nb\n", 2)])
def test_a_dialogue_of_one_turn_is_refused_with_its_line(tmp_path, text, line):
    own = write(tmp_path, text)
    refused(own, f"{own / 'train.txt'}, line {line}: a dialogue of one turn")


def test_a_reply_has_the_turns_before_it_and_no_more_than_asked_for():
    dialogue = Dialogue(tuple("abcd"))
    assert exchanges([dialogue], 2) == [
        Exchange(("a",), "b"),
        Exchange(("a", "b"), "c"),
        Exchange(("b", "c"), "d"),
    ]
    for turns in (1, 3, 9):
        whole = exchanges([dialogue, Dialogue(("x", "y"))], 9)
        cut = [Exchange(e.context[-turns:], e.reply) for e in whole]
        assert exchanges([dialogue, Dialogue(("x", "y"))], turns) == cut


def test_the_second_speaker_replies_to_the_first():
    both = exchanges([Dialogue(tuple("abcde"))], 4)
    assert exchanges([Dialogue(tuple("abcde"))], 4, second=True) == both[::2]


def test_case_and_spaces_make_no_other_dialogue_but_turns_do():
    one = Dialogue(("How are you ?", "Fine ."))
    assert spelling(one) == spelling(Dialogue(("how are you?", "fine.")))
    assert spelling(one) != spelling(Dialogue(("how are", "you? fine.")))


@pytest.mark.parametrize(
    "line", ["a", "a __eou__", "a __eou__ b", "a __eou__ __eou__", "", "__eou__"]
)
def test_a_line_of_daily_dialog_that_is_no_dialogue_is_named(tmp_path, line):
    for name in ("train", "validation", "test"):
        path = tmp_path / f"dailydialog/{name}/dialogues_{name}.txt"
        path.parent.mkdir(parents=True)
        path.write_text(f"a __eou__ b c __eou__\n{line}\n")
    words = tmp_path / "dailydialog/train/dialogues_train.txt", "line 2", "two turns"
    refused("dailydialog", *words, data_dir=tmp_path)


def test_all_of_daily_dialog_is_there(shared):
    found = datasets.load("dailydialog", "dialogues", shared("dailydialog"))
    assert [len(found[split]) for split in datasets.SPLITS] == [11118, 1000, 1000]
    turns = [sum(len(d.turns) for d in found[split]) for split in datasets.SPLITS]
    assert turns == [87171, 8069, 7740]
    train = set(found.train)
    assert 90 < sum(dialogue in train for dialogue in found.test) < 97
    assert len(found.train[7851].turns) == 12
