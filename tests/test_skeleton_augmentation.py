"""Laws of the variation of skeletons."""

import jax
import jax.numpy as jnp
import numpy as np

from seqnets.skeleton_augmentation import augment, rotation

NONE = {"rotate": 0.0, "stretch": 0.0, "speed": 0.0, "noise": 0.0}
MASK = np.arange(6) < np.array([[6], [4], [0]])
FRAMES = np.random.default_rng(0).normal(size=(3, 6, 5, 3)).astype("f4")
LABELS = np.arange(6) * np.ones((3, 1), int)
BATCH = {"frames": FRAMES * MASK[..., None, None], "mask": MASK, "label": LABELS}
CHANGE = jax.jit(lambda key, amounts: augment(key, BATCH, amounts))


def lengths(frames):
    """Returns the distances between all pairs of joints."""
    return np.linalg.norm(frames[..., :, None, :] - frames[..., None, :, :], axis=-1)


def test_without_amounts_nothing_changes(key):
    found = CHANGE(key, NONE)
    np.testing.assert_array_equal(found["mask"], MASK)
    kept = MASK[..., None, None]
    np.testing.assert_allclose(found["frames"] * kept, BATCH["frames"], atol=1e-6)
    np.testing.assert_array_equal(found["label"] * MASK, LABELS * MASK)


def test_turning_keeps_distances_and_stretching_scales_all_alike(key):
    turned = CHANGE(key, NONE | {"rotate": 40.0})["frames"]
    kept = MASK[..., None, None]
    np.testing.assert_allclose(
        lengths(turned) * kept, lengths(FRAMES) * kept, atol=1e-4
    )
    assert np.abs(turned - FRAMES)[0].max() > 0.05
    found = CHANGE(key, NONE | {"stretch": 0.5})["frames"]
    ratio = np.asarray(found)[0] / FRAMES[0]
    np.testing.assert_allclose(ratio, ratio[0, 0, 0], rtol=1e-4)


def test_a_faster_play_is_shorter_and_interpolates(key):
    found = CHANGE(key, NONE | {"speed": 0.5})
    mask, label = np.asarray(found["mask"]), np.asarray(found["label"])
    assert not mask[2].any() and not (mask & ~(np.arange(6) < 6)).any()
    assert (np.diff(label * mask)[0][mask[0, 1:]] >= 0).all()
    assert (np.abs(found["frames"]) <= np.abs(FRAMES).max() + 1e-5).all()


def test_a_quarter_about_the_upright_axis_turns_x_into_z():
    quarter = jnp.array([jnp.pi / 2])
    turned = jnp.array([1.0, 5.0, 0.0]) @ rotation(quarter, 0 * quarter)[0]
    np.testing.assert_allclose(turned, [0, 5, 1], atol=1e-6)
