"""Whatever is wrong with a user's file, whatever its kind, one line names the file."""

import gzip

import pytest

from seqnets import datasets

DAMAGED = {
    "empty": b"",
    "blank": b" \n\n\r\n",
    "utf-16": "a O\n".encode("utf-16"),
    "zero bytes": b"a\0b O\n" * 9,
    "latin-1": "é O\n".encode("latin-1"),
}
PARTED = ("labelled", "tagged", "text", "cloze", "pairs", "dialogues", "poems")
PARTED += ("stories",)


def fails(place, kind):
    with pytest.raises((ValueError, FileNotFoundError)) as caught:
        datasets.load(place, kind).train  # noqa: B018
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("kind", [*PARTED, "points", "documents"])
def test_a_damaged_file_is_named(tmp_path, kind):
    places = [tmp_path / f"{part}.txt" for part in ("train", "valid", "test")]
    place = tmp_path
    if kind == "points":
        places = [place := tmp_path / "my.txt"]
    if kind == "documents":
        places = [tmp_path / c / f"{i}.txt" for c in "ab" for i in range(10)]
    for path in places:
        path.parent.mkdir(exist_ok=True)
    for data in DAMAGED.values():
        for path in places:
            path.write_bytes(data)
        assert str(places[0]) in fails(place, kind)
    places[0].unlink()
    places[0].mkdir()
    assert str(places[0]) in fails(place, kind)
    places[0].rmdir()
    cut = places[0].with_name(f"{places[0].name}.gz")
    cut.write_bytes(gzip.compress(b"text" * 99)[:-9])
    if kind == "points":
        place = cut
    assert f"{cut}: cannot be read" in fails(place, kind)


@pytest.mark.parametrize(
    "kind", ["labelled", "tagged", "documents", "images", "pairs", "dialogues", "poems"]
)
def test_a_file_in_place_of_a_folder_is_named(tmp_path, kind):
    path = tmp_path / "my.txt"
    path.write_text("a O\n")
    assert str(path) in fails(path, kind)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("labelled", "good ||| ok\nbad ||| no\n" * 2),
        ("tagged", "a B-X\nb O\n\nc B-X\n"),
        ("cloze", "一[只]猫\n一[支]笔\n"),
        ("pairs", "ja\tyes\nnein\tno\n"),
        ("dialogues", "a\nb\n\nc\nd\n"),
        ("poems", "a\nb\n\nc\nd\n"),
        ("text", "one two\nthree\n"),
        ("stories", "1 Ann is here.\n2 Where is Ann?\there\t1\n"),
    ],
)
def test_a_byte_order_mark_and_line_ends_change_nothing(tmp_path, kind, text):
    def load(folder, data):
        folder.mkdir()
        for part in ("train", "valid", "test"):
            (folder / f"{part}.txt").write_bytes(data)
        return list(datasets.load(folder, kind).train)

    plain = load(tmp_path / "plain", text.encode())
    for i, end in enumerate(("\r\n", "\r")):
        marked = "\ufeff" + text.replace("\n", end)
        assert load(tmp_path / str(i), marked.encode()) == plain
