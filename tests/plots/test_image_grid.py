"""A grid shows every image, and marks captions."""

import numpy as np
from matplotlib.image import imread

from seqnets.plots import image_grid


def red(path):
    """Returns how many pixels are clearly red."""
    r, g, b = np.moveaxis(imread(path)[..., :3], -1, 0)
    return int(((r > 0.6) & (g < 0.4) & (b < 0.4)).sum())


def test_marked_captions_are_red(tmp_path):
    images = np.full((15, 8, 8), 200, np.uint8)
    captions = [f"{i}" for i in range(15)]
    for name, marked in (("none", None), ("few", [3]), ("more", range(10))):
        marks = None if marked is None else np.isin(range(15), list(marked))
        image_grid.draw(
            tmp_path / f"{name}.png", images, captions, "title", marked=marks
        )
    few, more = red(tmp_path / "few.png"), red(tmp_path / "more.png")
    assert red(tmp_path / "none.png") == 0 < few < more


def test_signed_images_are_red_below_zero_and_blue_above(tmp_path):
    images = np.stack([np.full((6, 5), -1.0), np.full((6, 5), 1.0)])
    image_grid.draw(tmp_path / "a.png", images, ["a", "b"], "title", columns=2)
    picture = imread(tmp_path / "a.png")[..., :3]
    left, right = np.array_split(picture.reshape(-1, picture.shape[1], 3), 2, axis=1)
    reddish, blueish = (np.subtract(p[..., 0], p[..., 2]) for p in (left, right))
    assert reddish.max() > 0.2 and reddish.min() > -0.1
    assert blueish.min() < -0.2 and blueish.max() < 0.1
