"""DailyDialog (Li et al., 2017): English dialogues of everyday life.

    Are you all right ? __eou__ I will be soon . __eou__      a line is a dialogue

The speakers take turns. Words and marks mostly stand apart. Acts and emotions, which
are in files of their own, are not read: line 7852 of the training files has twelve
turns, but eleven labels. Of the dialogues of the test split, 93 stand word for word in
the training split, and others with different spaces.
"""

from seqnets.data.files import Place, parse_lines, unexpected
from seqnets.datasets.dataset import Dataset
from seqnets.datasets.dialogues import Dialogue

END = "__eou__"  # Of each utterance.


def read(place: Place) -> Dataset:
    """Reads all dialogues, 11,118 of them to train, 1,000 to validate and to test.

    Returns:
      A data set of `Dialogue`s.

    Raises:
      ValueError: for a line that is no dialogue, with file and line.
    """
    paths = place.parts
    return Dataset(
        lambda: {s: list(parse_lines(path, _parse)) for s, path in paths().items()}
    )


def _parse(line: str) -> Dialogue:
    *turns, rest = map(str.strip, line.split(END))
    if rest or len(turns) < 2 or not all(turns):
        raise unexpected(line, f"two turns or more, each with {END} after it")
    return Dialogue(tuple(turns))
