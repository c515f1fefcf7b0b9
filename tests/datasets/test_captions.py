"""Pictures of a user's own, of any size, with their captions; and Flickr8k."""

import numpy as np
import pytest
from PIL import Image

from seqnets import datasets
from seqnets.datasets import captions


def painted(path, size=(8, 6), color=(200, 10, 10)):
    Image.new("RGB", size, color).save(path)


@pytest.fixture
def folder(tmp_path):
    """Twenty pictures of different sizes, the first with two captions."""
    lines = []
    for i in range(20):
        painted(tmp_path / f"{i}.png", (8 + i, 6))
        lines.append(f"{i}.png\ta caption of {i}\n")
    lines.append("0.png\tanother of 0\n")
    (tmp_path / "captions.tsv").write_text("".join(lines))
    return tmp_path


def test_pictures_of_one_table_are_dealt_out_whole_and_brought_to_a_shape(folder):
    found = datasets.load(folder, "captions", shape=(4, 8, 3))
    names = [{own.name for own in found[split]} for split in datasets.SPLITS]
    assert set.union(*names) == {f"{i}.png" for i in range(20)}
    assert list(map(len, names)) == [16, 2, 2]  # And so no picture is in two of them.
    every = [own for split in datasets.SPLITS for own in found[split]]
    (first,) = (own for own in every if own.name == "0.png")
    assert first.captions == ("a caption of 0", "another of 0")
    assert all(own.picture.shape == (4, 8, 3) for own in every)
    assert found.info == {"shape": [4, 8, 3]}
    again = datasets.load(folder, "captions", shape=(4, 8, 3))
    assert [own.name for own in again.test] == [own.name for own in found.test]


def test_three_tables_are_the_splits(folder):
    for split, i in zip(datasets.SPLITS, "123", strict=True):
        (folder / f"{split}.tsv").write_text(f"{i}.png\tsplit {split}\n")
    found = datasets.load(folder, "captions", shape=(4, 8, 1))
    assert [found[s][0].captions for s in datasets.SPLITS] == [
        (f"split {s}",) for s in datasets.SPLITS
    ]


@pytest.mark.parametrize(
    "line, words",
    [
        ("21.png\ta caption", "21.png: the picture cannot be read"),
        ("0.png", "captions.tsv, line 22: expected picture<TAB>caption"),
        ("\ta caption", "line 22: expected picture<TAB>caption"),
        ("captions.tsv\tno picture", "captions.tsv: not an image file"),
    ],
)
def test_a_bad_line_or_picture_is_named(folder, line, words):
    path = folder / "captions.tsv"
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(ValueError, match=words):
        datasets.load(folder, "captions").train  # noqa: B018


def test_shapes_that_pictures_cannot_have_and_too_few_pictures_are_refused(folder):
    with pytest.raises(ValueError, match="height, width and 1 or 3 channels"):
        datasets.load(folder, "captions", shape=(4, 8, 2)).train  # noqa: B018
    (folder / "captions.tsv").write_text("0.png\ta\n0.png\tb\n1.png\tc\n")
    with pytest.raises(ValueError, match="2 pictures; train, valid and test need"):
        datasets.load(folder, "captions").train  # noqa: B018


@pytest.fixture
def flickr(tmp_path):
    """The files of Flickr8k, with six pictures."""
    own = tmp_path / "data" / "flickr8k"
    own.mkdir(parents=True)
    names = [f"{i}_a.jpg" for i in range(6)]
    lines = [f"{n}#{k}\tA dog , {n[0]}{k} .\n" for n in names for k in range(2)]
    (own / captions.CAPTIONS).write_text("".join(lines))
    for i, file in enumerate(captions.LISTS.values()):
        (own / file).write_text("\n".join(names[2 * i : 2 * i + 2]) + "\n")
    return own


def test_captions_without_pictures_are_a_text_and_tell_where_pictures_go(flickr):
    data = str(flickr.parent)
    found = datasets.load("flickr8k", "text", data, unit="word")
    assert found.valid[0].tokens[:5] == ["A", "dog", ",", "20", "."]
    assert len(found.train[0].tokens) == 4 * 6
    with pytest.raises(FileNotFoundError, match="0_a.jpg in .*Flicker8k_Dataset"):
        datasets.load("flickr8k", "captions", data).train  # noqa: B018


def test_with_its_pictures_it_has_all_captions_of_each(flickr):
    own = flickr / captions.FOLDERS[1]
    own.mkdir()
    for i in range(6):
        painted(own / f"{i}_a.jpg", (20, 10 + i))
    found = datasets.load("flickr8k", "captions", str(flickr.parent), shape=(4, 8, 3))
    assert found.test[1].name == "5_a.jpg"
    assert found.test[1].captions == ("A dog , 50 .", "A dog , 51 .")
    assert np.median(found.test[1].picture[..., 0]) > 150


def test_a_list_with_a_picture_without_captions_is_refused(flickr):
    path = flickr / captions.LISTS["test"]
    path.write_text(path.read_text() + "7_a.jpg\n")
    with pytest.raises(ValueError, match="7_a.jpg has no captions"):
        datasets.load("flickr8k", "text", str(flickr.parent)).train  # noqa: B018


def test_the_published_captions_are_as_many_as_published(shared):
    found = datasets.load("flickr8k", "text", shared("flickr8k"), unit="word")
    ends = [found[split][0].tokens.count("<EOS>") for split in datasets.SPLITS]
    assert ends == [30_000, 5000, 5000]
