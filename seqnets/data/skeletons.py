"""Skeletons made alike, whoever stands where, and their parts."""

import numpy as np

# Joints of a Kinect by part, as MSR Action3D numbers them.
PARTS = {
    "one arm": (0, 7, 9, 11),
    "other arm": (1, 8, 10, 12),
    "trunk": (2, 3, 6, 19),
    "one leg": (4, 13, 15, 17),
    "other leg": (5, 14, 16, 18),
}
JOINTS, HIPS, NECK = 20, 6, 2
# Pairs of joints with a bone between them.
BONES = (
    *((19, 2), (2, 3), (3, 6), (2, 0), (2, 1), (6, 4), (6, 5)),
    *((0, 7), (7, 9), (9, 11), (1, 8), (8, 10), (10, 12)),
    *((4, 13), (13, 15), (15, 17), (5, 14), (14, 16), (16, 18)),
)


def normalised(frames: np.ndarray, like: np.ndarray | None = None) -> np.ndarray:
    """Moves and scales a skeleton, the same in all frames of a sequence.

    x' = (x - c) / s: with the 20 joints of a Kinect c is the middle of the hips over
    some frames, and s the mean distance from there to the neck; of other skeletons c is
    the mean of all joints, and s their root mean square distance from it.

    Args:
      frames: [T, J, 3].
      like: the frames, [N, J, 3], of c and s; all by default.

    Returns:
      float32 [T, J, 3].
    """
    like = (frames if like is None else like).astype(np.float64)
    if frames.shape[1] == JOINTS:
        centre = like[:, HIPS].mean(0)
        spread = np.linalg.norm(like[:, NECK] - like[:, HIPS], axis=-1).mean()
    else:
        centre = like.mean((0, 1))
        spread = np.sqrt(((like - centre) ** 2).sum(-1).mean())
    return ((frames - centre) / (spread or 1.0)).astype(np.float32)
