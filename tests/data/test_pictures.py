"""Pictures of a user's own are seen as those of the data set are."""

import numpy as np
import pytest

from seqnets.data import pictures

Image = pytest.importorskip("PIL.Image")


@pytest.fixture
def drawn():
    """A bar of ink, uint8 [28, 28], whose centre of mass is the middle."""
    pixels = np.zeros((28, 28), np.uint8)
    pixels[4:24, 11:17] = 255
    return pixels


def saved(path, pixels, mode="L"):
    Image.fromarray(pixels).convert(mode).save(path)
    return str(path)


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tiff", "a.gif"])
@pytest.mark.parametrize("inverted", [False, True])
def test_a_file_of_the_same_size_is_taken_as_it_is(drawn, tmp_path, name, inverted):
    path = saved(tmp_path / name, 255 - drawn if inverted else drawn)
    np.testing.assert_array_equal(pictures.read(path, (28, 28)), drawn)


def test_numbers_are_pixels_line_by_line(drawn):
    for gap in (" ", ",", ", "):
        line = gap.join(map(str, drawn.ravel()))
        np.testing.assert_array_equal(pictures.read(line, (28, 28)), drawn)


@pytest.mark.parametrize("scale, offset", [(1, (0, 0)), (3, (9, 40)), (10, (100, 7))])
def test_place_size_and_colour_of_a_picture_do_not_count(
    drawn, tmp_path, scale, offset
):
    ink = drawn[4:24, 11:17].repeat(scale, 0).repeat(scale, 1)
    page = np.zeros((400, 300), np.uint8)
    top, left = offset
    page[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    page[0, :] = page[:, 0] = 0
    path = saved(tmp_path / "page.png", 255 - page, "RGB")
    found = pictures.read(path, (28, 28))
    assert np.abs(found.astype(int) - drawn).mean() < 10


def test_what_is_transparent_is_paper(drawn, tmp_path):
    black = np.zeros((28, 28, 4), np.uint8)
    black[..., 3] = drawn
    Image.fromarray(black).save(tmp_path / "a.png")
    found = pictures.read(str(tmp_path / "a.png"), (28, 28))
    np.testing.assert_array_equal(found, drawn)


def test_what_is_no_picture_is_refused_in_a_line(drawn, tmp_path):
    whole = saved(tmp_path / "whole.png", drawn.repeat(9, 0).repeat(9, 1))
    data = (tmp_path / "whole.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(data[: len(data) // 2])
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "none.png").write_bytes(b"")
    blank = saved(tmp_path / "blank.png", np.full((50, 50), 255, np.uint8))
    assert pictures.read(whole, (28, 28)).max() == 255
    for line, message in (
        (str(tmp_path / "cut.png"), "cut.png"),
        (str(tmp_path / "text.png"), "text.png: not an image file"),
        (str(tmp_path / "none.png"), "none.png: not an image file"),
        (blank, "blank.png: there is no ink"),
        ("1 2 3", "3 numbers are no picture of 28 x 28 pixels: give 784"),
        (" ".join(["256"] * 784), "from 0 .paper. to 255"),
        (" ".join(["nan"] * 784), "from 0 .paper. to 255"),
    ):
        with pytest.raises(ValueError, match=message):
            pictures.read(line, (28, 28))
    for line in (str(tmp_path), str(tmp_path / "no.png"), "a\0b"):
        with pytest.raises((OSError, ValueError)):
            pictures.read(line, (28, 28))


@pytest.mark.parametrize("channels", [1, 3])
def test_a_whole_picture_keeps_its_proportions_in_the_middle(tmp_path, channels):
    pixels = np.zeros((10, 20, 3), np.uint8)
    pixels[:, :10], pixels[:, 10:] = (250, 0, 0), (0, 0, 250)
    path = saved(tmp_path / "wide.png", pixels, "RGB")
    found = pictures.read_whole(path, (40, 40, channels))
    assert found.shape == (40, 40, channels) and found.dtype == np.uint8
    assert not found[:10].any() and not found[30:].any()
    if channels == 3:
        np.testing.assert_array_equal(found[20, 5], (250, 0, 0))
        np.testing.assert_array_equal(found[20, 35], (0, 0, 250))
    same = pictures.read_whole(path, (10, 20, channels))
    if channels == 3:
        np.testing.assert_array_equal(same, pixels)


def test_a_whole_picture_of_ink_is_as_it_was_drawn(drawn, tmp_path):
    path = saved(tmp_path / "a.png", 255 - drawn)
    found = pictures.read_whole(path, (28, 28, 1))
    np.testing.assert_array_equal(found[..., 0], drawn)
    with pytest.raises(ValueError, match="not an image file"):
        bad = tmp_path / "bad.png"
        bad.write_text("no picture")
        pictures.read_whole(str(bad), (28, 28, 1))


def test_sixteen_bits_of_grey_are_seen_as_eight(drawn, tmp_path):
    path = tmp_path / "deep.png"
    Image.fromarray(drawn.astype(np.uint16) // 2 * 257).save(path)
    found = pictures.read_whole(str(path), (28, 28, 1))
    np.testing.assert_array_equal(found[..., 0], drawn // 2)


def test_a_photograph_is_turned_as_it_is_shown(tmp_path):
    pixels, exif = np.zeros((16, 24, 3), np.uint8), Image.Exif()
    pixels[:8], exif[0x0112] = 255, 6  # To be shown turned by 90 degrees, clockwise.
    path = tmp_path / "turned.png"
    Image.fromarray(pixels).save(path, exif=exif)
    found = pictures.read_whole(str(path), (24, 16, 3))
    np.testing.assert_array_equal(found, np.rot90(pixels, -1))
