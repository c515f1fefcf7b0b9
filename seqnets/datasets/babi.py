"""The twenty tasks of bAbI in English, a thousand questions each (Weston et al., 2015).

The stories are simulated: people walk, take and drop things, shapes stand beside each
other. Each task needs another skill, such as counting or finding a path.
"""

import re
from collections.abc import Sequence

from seqnets.data.files import Place
from seqnets.datasets import stories
from seqnets.datasets.dataset import Dataset

_TASK = re.compile(r".*(qa\d+)_.*_train\.txt")


def read(place: Place, *, tasks: Sequence[str] | None = None) -> Dataset:
    """Reads the tasks, which are called "qa1" to "qa20", for joint training.

    The last tenth of each task's training questions validates, by whole stories.

    Args:
      place: of the files.
      tasks: names of those that are read; None = all.

    Raises:
      ValueError: for an unknown task; or a bad line, with file and line.
    """
    found = {own[1]: own[0] for own in map(_TASK.fullmatch, place.files) if own}
    own = stories.chosen(found, tasks)
    return Dataset(lambda: stories.read_tasks(place, own), stories.tasks_of)
