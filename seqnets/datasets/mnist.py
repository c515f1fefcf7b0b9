"""MNIST: 70,000 handwritten digits of 28 x 28 pixels (LeCun et al., 1998)."""

from seqnets.datasets import images, sources
from seqnets.datasets.dataset import Dataset


def read(data_dir: str | None = None) -> Dataset:
    """Reads 55,000 training, 5,000 validation and 10,000 test images.

    Args:
      data_dir: as in `sources.find`.

    Raises:
      FileNotFoundError: a file is missing, when a split is first asked for.
      ValueError: as for `images.read_own`.
    """
    return images.dataset(
        lambda: images.read_parts(lambda name: sources.find("mnist", name, data_dir))
    )
