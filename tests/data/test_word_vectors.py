"""Files of word vectors: the formats of GloVe, word2vec and fastText."""

import gzip

import numpy as np
import pytest

from seqnets.data import word_vectors

GLOVE = "the 0.5 -1 2e-3\n. . . 1 2 3\ncafé 4 5 6\nthe 9 9 9\n"


def write(folder, text, name="vectors.txt"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    "data",
    [
        GLOVE.encode(),
        GLOVE.replace("\n", "\r\n").encode(),
        ("4 3\n" + GLOVE).encode(),  # word2vec
        ("4 3\n" + GLOVE.replace("\n", " \n")).encode(),  # fastText
        gzip.compress(GLOVE.encode(), mtime=0),
        b"\xef\xbb\xbf" + GLOVE.encode(),
        GLOVE.replace("the ", "the  ").encode(),
    ],
    ids=["GloVe", "line ends", "word2vec", "fastText", "gzip", "BOM", "spaces"],
)
def test_every_format_gives_the_same_vectors(tmp_path, data):
    found = word_vectors.read(write(tmp_path, data), ["The", "café", ". . .", "none"])
    assert found.dim == 3
    assert found.vectors.keys() == {"the", "café", ". . ."}
    np.testing.assert_array_equal(found.find("The"), np.float32([0.5, -1, 2e-3]))
    assert found.vectors["the"].dtype == np.float32
    assert found.find("none") is None


def test_the_own_case_of_a_word_comes_before_its_lower_case(tmp_path):
    path = write(tmp_path, "us 1\nUS 2\n")
    found = word_vectors.read(path, ["US", "Us"])
    assert [found.find(word).item() for word in ("US", "Us", "us")] == [2, 1, 1]


@pytest.mark.parametrize(
    "data, message",
    [
        (b"", "line 1: no word vectors"),
        (b"\n", "line 1: no word vectors"),
        (b"one word a line\n", "line 1: could not convert"),
        (b"a 1 2\nb 1\n", "line 2: a vector of 2 values was expected, and there are 1"),
        (b"a 1 2\n\nb 1 2 3\n", "line 3: .* there are more"),
        (b"a 1 2\nb 1 x\n", "line 2: could not convert"),
        (b"a 1 2\nb 1 inf\n", "line 2: the vector is not finite"),
        (b"a 1 2\nb 1 1e39\n", "line 2: the vector is not finite"),
        (b"2 2\na 1 2\n", "is cut: its first line promises 2 words, and 1 are there"),
        (b"1 2\n\xff\xfe 1 2\n", "line 2: it is not UTF-8"),
        (b"\xff\xfe\x01\n", "line 1: it is not UTF-8"),
        (b"\xff\x01 \xfe\n\x80\n", "line 1: it is not UTF-8"),
        (gzip.compress(b"a 1 2\n" * 9, mtime=0)[:-9], "cannot be read"),
        (gzip.compress(b"a 1 2\n" * 9, mtime=0)[:-9] + b"xxxxxxxxx", "cannot be read"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path, data, message):
    path = write(tmp_path, data)
    with pytest.raises(ValueError, match=message) as caught:
        word_vectors.read(path, ["one", "a", "b"])
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ValueError, match="nowhere.vec: cannot be read: No such file"):
        word_vectors.read(tmp_path / "nowhere.vec", ["a"])
