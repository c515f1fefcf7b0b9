"""The nearest mean, against distances written out."""

import numpy as np

from seqnets.baselines import nearest_mean


def test_the_nearest_mean_is_the_nearest_in_euclidean_distance():
    rng = np.random.default_rng(0)
    pixels = rng.integers(256, size=(60, 4, 4), dtype=np.uint8)
    labels = 2 * rng.integers(3, size=60)  # Some classes have no example.
    means = [pixels[labels == k].mean(0) for k in (0, 2, 4)]
    distances = [((pixels - mean) ** 2).sum((1, 2)) for mean in means]
    found = nearest_mean.predict(pixels, labels, pixels)
    np.testing.assert_array_equal(found, 2 * np.argmin(distances, 0))
