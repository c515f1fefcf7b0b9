"""experiments/handwriting.py: strings of digits, written on demand by two LSTMs of 128.

-3.555 nats a test point, after 108 s on one core; a mixture of 20 Gaussians that
knows no past has 1.666 (validating).
"""

from ml_collections import ConfigDict

from seqnets.training.config import shared


def get_config() -> ConfigDict:
    config = shared(
        "handwriting",
        # Generated; or "kanji", "omniglot", "sheep"; or a file or folder of lines
        # {"text": "...", "strokes": [[[x, y], ...], ...]}.
        corpus="pen_digits",
        batch_size=32,
        epochs=10,
        cell={"name": "LSTM", "dim": 128},
        optimizer={
            "name": "adam",
            "learning_rate": 4e-3,
            "clip_norm": 1.0,
            "schedule": "cosine",
        },
    )
    # Data
    config.limit = 250  # Points of a drawing; what comes after is cut.
    config.buckets = 4
    config.stretch = 0.1  # Training scales both axes by 1 - x ... 1 + x.
    # Model
    config.window = 5  # Gaussians that slide over the text; None: there is no text.
    config.pace = 0.06  # Symbols of the text that a point is worth at first.
    config.mixtures = 20
    config.least = 0.02  # Least deviation of a Gaussian, of normalised offsets.
    config.depth = 2
    config.dropout = 0.0
    # Samples
    config.bias = 1.0
    return config
