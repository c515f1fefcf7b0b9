"""Questions about pictures of a user's own."""

import pytest
from PIL import Image

from seqnets import datasets


@pytest.fixture
def folder(tmp_path):
    lines = []
    for i in range(10):
        Image.new("RGB", (8, 6), ("red", "blue")[i % 2]).save(tmp_path / f"{i}.png")
        lines.append(f"{i}.png\twhat colour is it?\t{('red', 'blue')[i % 2]}\n")
        lines.append(f"{i}.png\tis it red?\t{('yes', 'no')[i % 2]}\n")
    (tmp_path / "questions.tsv").write_text("".join(lines))
    return tmp_path


def test_answers_are_classes_and_questions_share_their_picture(folder):
    found = datasets.load(folder, "questions", shape=(4, 4, 3))
    assert found.info["classes"] == ["blue", "no", "red", "yes"]
    assert found.info["groups"] == [] and found.info["shape"] == [4, 4, 3]
    assert list(map(len, (found.train, found.valid, found.test))) == [16, 2, 2]
    first, second = found.valid
    assert first.picture is second.picture and first.question != second.question


def test_answers_that_were_never_trained_on_and_bad_lines_are_refused(folder):
    for split, answer in zip(datasets.SPLITS, ("red", "red", "green"), strict=True):
        (folder / f"{split}.tsv").write_text(f"0.png\twhat?\t{answer}\n")
    with pytest.raises(ValueError, match="test split has the answer 'green' to 'what"):
        datasets.load(folder, "questions").train  # noqa: B018
    (folder / "test.tsv").write_text("0.png\twhat?\tred\n")
    with pytest.raises(ValueError, match="all training answers are 'red'"):
        datasets.load(folder, "questions").info  # noqa: B018
    (folder / "test.tsv").write_text("0.png\twhat?\n")
    with pytest.raises(ValueError, match="test.tsv, line 1: expected picture<TAB>ques"):
        datasets.load(folder, "questions").train  # noqa: B018
