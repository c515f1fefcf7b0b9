"""Base class of tasks on examples of one shape, such as images or points."""

import functools
from typing import Any

from ml_collections import ConfigDict

from seqnets import datasets
from seqnets.data.assets import Assets
from seqnets.data.batching import ArrayBatches, Batches
from seqnets.datasets.dataset import Dataset
from seqnets.training.fields import rows_of
from seqnets.training.task import Task


class ArrayTask(Task):
    """A task on a data set of `Rows`, whose columns are the arrays of its batches.

    Stands before other bases, as in `class Digits(ArrayTask, Supervised)`. It reads
    these fields of the config: corpus, data_dir, batch_size, eval_batch_size and seed.

    Attributes:
      kind: of the data set; see `datasets.load`.
    """

    kind: str

    def __init__(self, config: ConfigDict, assets: Assets):
        super().__init__()
        self.config, self.assets = config, assets

    @functools.cached_property
    def dataset(self) -> Dataset:
        c = self.config
        return datasets.load(c.corpus, self.kind, c.data_dir, assets=self.assets)

    @functools.cached_property
    def info(self) -> dict[str, Any]:
        """What is known of the data, kept in the run folder."""
        return self.assets.keep(
            f"{self.kind}.json",
            lambda: self.dataset.info,
            check=lambda info: isinstance(info, dict),
        )

    def make_batches(self, split: str) -> Batches:
        c, training = self.config, split == "train"
        size = rows_of(c, split)
        columns = self.dataset[split].columns._asdict()
        return ArrayBatches(columns, size, seed=c.seed, shuffle=training)
