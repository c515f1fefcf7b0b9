"""The free spoken digit dataset: six speakers, ten digits (Jackson et al., 2018).

3,000 recordings at 8 kHz, fifty of each digit and speaker; the first five of them are
the official test split.
"""

from seqnets.datasets import audio, sources
from seqnets.datasets.dataset import Dataset


def read(data_dir: str | None = None, *, held_out: str | int | None = None) -> Dataset:
    """Reads the recordings.

    Args:
      data_dir: as in `sources.find`.
      held_out: as in `audio.dataset`.

    Raises:
      FileNotFoundError: they are not there, when a split is first asked for.
      ValueError: as for `audio.dataset` and `audio.read`.
    """
    return audio.dataset(
        lambda: audio.read(sources.find("fsdd", "recordings.tar.xz", data_dir)),
        held_out,
    )
