"""Files are found in one order of places, and whatever is wrong gets one clear line."""

import gzip

import pytest

from seqnets.data import files


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """No environment variable and no cache, so that tests see only what they make."""
    monkeypatch.delenv("SEQNETS_DATA", raising=False)
    monkeypatch.setattr(files, "cache_dir", lambda: tmp_path / "cache")


def make(path, text="some text"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def find(file, data_dir=None, **hint):
    return files.Place("ptb", files.folders("ptb", data_dir), **hint).find(file)


def test_data_is_found_in_data_dir_then_environment_then_cache(tmp_path, monkeypatch):
    given, environment, cache = (
        make(tmp_path / place / "ptb" / "a.txt")
        for place in ("given", "environment", "cache")
    )
    assert find("a.txt") == cache
    monkeypatch.setenv("SEQNETS_DATA", str(tmp_path / "environment"))
    assert find("a.txt") == environment
    assert find("a.txt", tmp_path / "given") == given
    assert find("a.txt", tmp_path / "elsewhere") == environment


def test_a_missing_file_names_the_places_and_the_way_out(tmp_path, monkeypatch):
    monkeypatch.setenv("SEQNETS_DATA", str(tmp_path / "environment"))
    with pytest.raises(FileNotFoundError, match="'ptb': no a.txt in") as caught:
        find("a.txt", tmp_path / "given", hint="ask somebody")
    for place in ("given", "environment", "cache"):
        assert str(tmp_path / place / "ptb") in str(caught.value)
    assert str(caught.value).endswith("; ask somebody")


def test_gzipped_files_are_found_and_read(tmp_path):
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(b"text"))
    place = files.Place("own", (tmp_path,))
    assert place.find("b.txt", "a.txt") == path
    assert place.has("a.txt") and not place.has("b.txt")
    assert files.read(path) == "text"


def test_the_parts_of_a_folder_are_train_valid_or_dev_and_test(tmp_path):
    train, dev = make(tmp_path / "train.txt"), make(tmp_path / "dev.txt")
    place = files.Place("own", (tmp_path,), hint="ask")
    with pytest.raises(FileNotFoundError, match="no test.txt in .*; ask") as caught:
        place.parts()
    assert "train" not in str(caught.value).split(": no ")[1]
    test = make(tmp_path / "test.txt")
    assert place.parts() == {"train": train, "valid": dev, "test": test}
    valid = make(tmp_path / "valid.txt")
    assert place.parts()["valid"] == valid


def test_a_file_in_the_place_of_a_folder_is_called_so(tmp_path):
    place = files.Place("own", (make(tmp_path / "own.txt"),), hint="ask")
    words = "no train.txt in .*own.txt, which is a file; ask"
    with pytest.raises(FileNotFoundError, match=words):
        place.parts()


def test_the_parts_of_a_published_set_are_its_files_in_order(
    tmp_path,
):
    names = ("a.txt", "b.txt", "c.txt")
    paths = [make(tmp_path / name) for name in names]
    found = files.Place("known", (tmp_path,), names).parts()
    assert found == dict(zip(("train", "valid", "test"), paths, strict=True))
    assert files.Place("known", (tmp_path,), names[:1]).path == paths[0]
    assert files.Place("own", (tmp_path,)).path == tmp_path


def test_a_line_that_cannot_be_parsed_is_named(tmp_path):
    path = make(tmp_path / "a.txt", "1\n2\nx\n")
    with pytest.raises(ValueError, match=r"a.txt, line 3: invalid literal"):
        list(files.parse_lines(path, int))


def test_a_byte_order_mark_and_line_ends_of_windows_are_dropped(tmp_path):
    (tmp_path / "a").write_bytes("\ufeffa\r\nb\r\n".encode())
    assert files.read(tmp_path / "a") == "a\nb\n"
    assert files.read_lines(tmp_path / "a") == ["a", "b"]


def test_what_is_not_utf_8_is_named_with_its_place(tmp_path):
    (tmp_path / "a").write_bytes(b"abc\xe9def")
    with pytest.raises(ValueError, match="a: not UTF-8 at byte 3"):
        files.read(tmp_path / "a")


def test_what_cannot_be_read_is_named(tmp_path):
    with pytest.raises(ValueError, match="cannot be read"):
        files.read(tmp_path)
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"text" * 99)[:-9])
    with pytest.raises(ValueError, match="a.gz: cannot be read"):
        files.read(path)


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    files.write_whole(tmp_path / "a", "old")
    files.write_whole(tmp_path / "a", "床前")
    assert (tmp_path / "a").read_text(encoding="utf-8") == "床前"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
def test_any_line_end_is_one_and_nothing_else_ends_a_line(tmp_path, end):
    lines = ["a\x0bb", "c\u2028d\x85", "", "e\x0c"]
    (tmp_path / "a").write_bytes(end.join([*lines, ""]).encode())
    assert files.read_lines(tmp_path / "a") == lines


def test_a_cell_between_tabs_may_have_spaces_in_it():
    assert files.columns("New York\tB-LOC") == ["New York", "B-LOC"]
    assert files.columns("a  b\u00a0c \u3000") == ["a", "b\u00a0c", "\u3000"]


def test_a_gzipped_file_is_read_whole_or_refused(tmp_path):
    path, whole = tmp_path / "a.gz", gzip.compress(b"text" * 9)
    for end in range(1, len(whole)):
        path.write_bytes(whole[:end])
        with pytest.raises(ValueError, match="a.gz: cannot be read"):
            files.read(path)


def test_what_is_no_text_is_named_with_its_line(tmp_path):
    for data, what in ((b"a\nb\0", "zero byte at 3"), (b"a\n\xe9", "not UTF-8")):
        (tmp_path / "a").write_bytes(data)
        with pytest.raises(ValueError, match=rf"a: .*{what}.*\(line 2\).*save it as"):
            files.read(tmp_path / "a")
