"""Images read as they were written; whatever is wrong gets one clear line."""

import gzip

import numpy as np
import pytest

from seqnets import datasets
from seqnets.datasets import drawn_digits


def idx(array, kind=8):
    """Returns an idx file of bytes."""
    header = bytes([0, 0, kind, array.ndim])
    return header + np.array(array.shape, ">u4").tobytes() + array.tobytes()


def write(folder, changes=None, train=36, test=6, size=(4, 3)):
    """Writes MNIST's four files; `changes` replaces the contents of some."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    contents = {}
    for part, count in (("train", train), ("t10k", test)):
        pixels = rng.integers(256, size=(count, *size), dtype=np.uint8)
        contents[f"{part}-images-idx3-ubyte"] = idx(pixels)
        labels = (np.arange(count) % 3).astype(np.uint8)
        contents[f"{part}-labels-idx1-ubyte"] = idx(labels)
    for name, content in (contents | (changes or {})).items():
        if content is not None:
            (folder / name).write_bytes(content)
    return folder


def fails(kind, *words, folder):
    """The error's message is one line that holds all the words."""
    with pytest.raises(kind) as caught:
        _ = datasets.load(folder, "images").train
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert str(word) in message


def test_mnist_is_split_55_5_10_thousand(shared):
    folder = shared("mnist")
    found = datasets.load("mnist", "images", folder)
    assert [len(found[split]) for split in datasets.SPLITS] == [55_000, 5_000, 10_000]
    assert [int(example.label) for example in found.train[:5]] == [5, 0, 4, 1, 9]
    assert found.test.columns.label[:5].tolist() == [7, 2, 1, 0, 4]
    assert found.train[0].image.shape == (28, 28)
    assert found.train.columns.image.max() == 255
    assert found.info == {"classes": list("0123456789"), "shape": [28, 28]}


@pytest.mark.parametrize("zipped", [False, True])
def test_a_folder_like_mnist_s_reads_back(tmp_path, zipped):
    write(tmp_path)
    pixels = np.frombuffer(
        (tmp_path / "train-images-idx3-ubyte").read_bytes()[16:], "u1"
    )
    if zipped:
        for path in list(tmp_path.iterdir()):
            path.with_name(f"{path.name}.gz").write_bytes(
                gzip.compress(path.read_bytes())
            )
            path.unlink()
    found = datasets.load(tmp_path, "images")
    assert [len(found[split]) for split in datasets.SPLITS] == [33, 3, 6]
    parts = [found[split].columns.image for split in ("train", "valid")]
    np.testing.assert_array_equal(np.concatenate(parts), pixels.reshape(36, 4, 3))
    assert found.valid.columns.label.tolist() == [0, 1, 2]
    assert found.info == {"classes": ["0", "1", "2"], "shape": [4, 3]}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("train-images-idx3-ubyte", b"\x89PNG\r\n", ["not an idx file", "PNG"]),
        ("train-images-idx3-ubyte", b"", ["not an idx file"]),
        ("train-labels-idx1-ubyte", idx(np.zeros(36), kind=14), ["0x0e", "bytes"]),
        (
            "train-images-idx3-ubyte",
            idx(np.zeros((36, 4, 3), np.uint8))[:-1],
            ["holds 431 bytes", "36 x 4 x 3"],
        ),
        ("train-images-idx3-ubyte", b"\0\0\x08\x03\0\0", ["ends within"]),
        (
            "train-labels-idx1-ubyte",
            idx(np.zeros(35, np.uint8)),
            ["35 labels for the 36 images", "train-images"],
        ),
        (
            "train-images-idx3-ubyte",
            idx(np.zeros((36, 12), np.uint8)),
            ["3 dimensions", "36 x 12"],
        ),
        ("t10k-labels-idx1-ubyte", idx(np.zeros((0,), np.uint8)), ["1 dimensions"]),
        (
            "train-labels-idx1-ubyte",
            idx(np.full(36, 2, np.uint8)),
            ["33 images that train are of the class 2"],
        ),
        (
            "t10k-images-idx3-ubyte",
            idx(np.zeros((6, 3, 4), np.uint8)),
            ["images of 3 x 4", "has 4 x 3"],
        ),
        (
            "t10k-labels-idx1-ubyte",
            idx(np.array([0, 1, 2, 0, 1, 7], np.uint8)),
            ["class 7"],
        ),
        (
            "train-labels-idx1-ubyte",  # A class that validates but does not train.
            idx((np.arange(36) % 3 + 5 * (np.arange(36) == 35)).astype(np.uint8)),
            ["class 7", "33 images that train"],
        ),
    ],
)
def test_a_bad_file_is_named_with_what_is_wrong(tmp_path, name, content, words):
    write(tmp_path, {name: content})
    fails(ValueError, tmp_path / name, *words, folder=tmp_path)


def test_what_cannot_be_read_is_named(tmp_path):
    write(tmp_path, {"t10k-images-idx3-ubyte": None})
    fails(FileNotFoundError, "t10k-images-idx3-ubyte", folder=tmp_path)
    path = tmp_path / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(bytes(99))[:-9])
    fails(ValueError, path, "cannot be read", folder=tmp_path)


def test_too_few_images_are_refused(tmp_path):
    fails(ValueError, "11 images are too few", folder=write(tmp_path, train=11))


def test_what_is_not_there_is_told(tmp_path):
    fails(FileNotFoundError, "nowhere", folder=tmp_path / "nowhere")
    fails(FileNotFoundError, tmp_path / "cache" / "mnist", "fetch", folder="mnist")
    fails(ValueError, "did you mean 'mnist'", folder="minst")


def test_drawn_digits_are_split_and_the_same_every_time():
    found = datasets.load("drawn_digits", "images")
    assert [len(found[split]) for split in datasets.SPLITS] == [11_000, 1000, 2000]
    again = drawn_digits.draw(drawn_digits.TEST, seed=1)
    for array, same in zip(found.test.columns, again, strict=True):
        np.testing.assert_array_equal(array, same)
    assert found.info["classes"] == list("0123456789")
    for split in datasets.SPLITS:
        assert set(found[split].columns.label) == set(range(10))
