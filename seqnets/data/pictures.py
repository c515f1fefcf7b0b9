"""Pictures of a user's own, made like those of a data set of images."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:  # Pillow comes with the experiments.
    from PIL import Image

# MNIST's images: the ink fits in 20 of 28 pixels, and its centre of mass is the middle.
_FILLED = 20 / 28


def read(line: str, shape: tuple[int, int]) -> np.ndarray:
    """Reads a picture in the format of `datasets.images`: 0 is paper, 255 is ink.

    A picture of another size is brought to `shape` as those of MNIST were: its ink is
    scaled to fill five sevenths, and its centre of mass moved to the middle. Ink is
    what differs from the border, so that it may be dark on bright or bright on dark.

    Args:
      line: the path of an image file, or as many numbers from 0 to 255 as pixels, line
        by line, with spaces or commas between them.
      shape: [H, W].

    Returns:
      uint8 [H, W].

    Raises:
      ValueError: for what is neither.
      OSError: if the file cannot be read.
    """
    if _are_numbers(line):
        return _of_numbers(list(map(float, line.replace(",", " ").split())), shape)
    pixels = _ink(line)
    return pixels if pixels.shape == tuple(shape) else _fitted(pixels, shape, line)


def size(line: str) -> tuple[int, int] | None:
    """Returns height and width of the picture that a line for `read` is the path of.

    Args:
      line: as of `read`; of numbers there is no size: None.

    Raises:
      ValueError, OSError: as `read`.
    """
    if _are_numbers(line):
        return None
    width, height = _opaque(line).size
    return height, width


def _are_numbers(line: str) -> bool:
    words = line.replace(",", " ").split()
    return len(words) > 1 and all(map(_is_number, words))


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _of_numbers(numbers: list[float], shape: tuple[int, int]) -> np.ndarray:
    height, width = shape
    if len(numbers) != height * width:
        raise ValueError(
            f"{len(numbers)} numbers are no picture of {height} x {width} pixels: give"
            f" {height * width}, or the path of an image file"
        )
    pixels = np.array(numbers)
    if not ((pixels >= 0) & (pixels <= 255)).all():
        raise ValueError("the numbers of a picture are from 0 (paper) to 255 (ink)")
    return pixels.round().astype(np.uint8).reshape(shape)


def read_whole(path: str, shape: tuple[int, int, int]) -> np.ndarray:
    """Reads a picture of any size, all of it, as bytes of one shape.

    It is scaled, its sides in proportion, to be as large as fits, and stands in the
    middle; what is left over is zero. Of one channel, 0 is paper and 255 ink, as in
    `read`; three channels are red, green and blue, with white behind what is
    transparent. It is turned as its file says it is to be shown.

    Args:
      path: of an image file.
      shape: [H, W, C], C = 1 or 3.

    Returns:
      uint8 [H, W, C].

    Raises:
      ValueError: it is no picture, or it is damaged.
      OSError: if the file cannot be read.
    """
    from PIL import Image

    height, width, channels = shape
    pixels = _ink(path) if channels == 1 else np.asarray(_opaque(path))
    if pixels.shape[:2] != (height, width):
        scale = min(height / pixels.shape[0], width / pixels.shape[1])
        size = [max(1, round(scale * n)) for n in pixels.shape[:2]]
        image = Image.fromarray(pixels).resize(size[::-1], Image.Resampling.BILINEAR)
        small, pixels = np.asarray(image), np.zeros(shape, np.uint8)
        top, left = (height - size[0]) // 2, (width - size[1]) // 2
        there = pixels[top : top + size[0], left : left + size[1]]
        there[:] = small.reshape(there.shape)
    return pixels.reshape(shape)


def _opaque(path: str) -> "Image.Image":
    """Opens an image file, turns it as it is shown, and puts it on white; RGB."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(path) as file:
            image = ImageOps.exif_transpose(file)
            if image.mode.startswith("I"):  # Of 16 bits, which Pillow would clip.
                high = np.asarray(image) >> 8
                image = Image.fromarray(high.clip(0, 255).astype(np.uint8))
            paper = Image.new("RGBA", image.size, "white")
            return Image.alpha_composite(paper, image.convert("RGBA")).convert("RGB")
    except (UnidentifiedImageError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"{path}: not an image file that can be read") from error
    except OSError as error:
        if error.filename is not None:
            raise
        raise ValueError(f"{path}: {error}") from error  # It is cut.


def _ink(path: str) -> np.ndarray:
    """Returns the ink of an image file, uint8 [H, W]; what is transparent is paper."""
    pixels = np.asarray(_opaque(path).convert("L"))
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    return 255 - pixels if np.median(border) > 127 else pixels


def _fitted(pixels: np.ndarray, shape: tuple[int, int], path: str) -> np.ndarray:
    """Scales the ink, and moves its centre of mass to the middle of [H, W]."""
    from PIL import Image

    rows, columns = np.nonzero(pixels > 127)
    if not len(rows):
        raise ValueError(f"{path}: there is no ink in it")
    ink = pixels[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    scale = _FILLED * min(shape[0] / ink.shape[0], shape[1] / ink.shape[1])
    height, width = (max(1, round(scale * size)) for size in ink.shape)
    small = Image.fromarray(ink).resize((width, height), Image.Resampling.BOX)
    ink, found = np.asarray(small), np.zeros(shape, np.uint8)
    weights = ink.astype(float)
    starts = []
    for axis, size in enumerate(ink.shape):
        centre = weights.sum(1 - axis) @ np.arange(size) / max(weights.sum(), 1)
        start = round((shape[axis] - 1) / 2 - centre)
        starts.append(min(max(start, 0), shape[axis] - size))
    top, left = starts
    found[top : top + height, left : left + width] = ink
    return found
