"""MSR Action3D (Li, Zhang & Liu, 2010): actions as skeletons (kind "motions")."""

import numpy as np

from seqnets.data.files import Place
from seqnets.datasets.dataset import Dataset, Splits
from seqnets.datasets.motions import Motion, info

ACTIONS = (
    "high arm wave",
    "horizontal arm wave",
    "hammer",
    "hand catch",
    "forward punch",
    "high throw",
    "draw x",
    "draw tick",
    "draw circle",
    "hand clap",
    "two hand wave",
    "side boxing",
    "bend",
    "forward kick",
    "side kick",
    "jogging",
    "tennis swing",
    "tennis serve",
    "golf swing",
    "pick up and throw",
)
VALID = 9  # The training subject that validates where none is held out.


def read(place: Place, *, held_out: int | None = None) -> Dataset:
    """Reads the 557 sequences of the standard list, divided by subject.

    Subjects of even number test, those of odd number train.

    Args:
      held_out: a subject of odd number, who validates and does not train. None: all of
        odd number train, and one of them validates as well, whose score then says
        little.

    Raises:
      ValueError: the file is something else, or there is no such subject.
    """

    def splits() -> Splits:
        names = "joints", "offsets", "action", "subject", "in_cvpr12_list"
        try:
            with np.load(place.path, allow_pickle=False) as arrays:
                joints, ends, action, subject, standard = (arrays[n] for n in names)
        except (OSError, ValueError, KeyError) as error:
            raise ValueError(f"{place.path}: cannot be read: {error}") from None
        chosen = VALID if held_out is None else held_out
        odd = sorted(set(subject[subject % 2 == 1].tolist()))
        if chosen not in odd:
            raise ValueError(f"no training subject {held_out}: they are {odd}")
        found: Splits = {"train": [], "valid": [], "test": []}
        for i in np.flatnonzero(standard):
            frames = joints[ends[i] : ends[i + 1]]
            frames = frames[
                np.abs(frames).max((1, 2)) > 0
            ]  # Nobody was seen in others.
            motion = Motion(frames, (ACTIONS[action[i] - 1],))
            if subject[i] % 2 == 0:
                found["test"].append(motion)
                continue
            if subject[i] == chosen:
                found["valid"].append(motion)
            if subject[i] != held_out:
                found["train"].append(motion)
        return found

    return Dataset(splits, info)
