"""experiments/music.py: chorales by rules; a GRU, each key given the lower ones.

Test nats a frame 2.336 after 39 s on one core; the rules themselves have
1.890, and 5.929 where keys have to be independent of each other.
"""

from ml_collections import ConfigDict, config_dict

from seqnets.training.config import shared


def get_config() -> ConfigDict:
    config = shared(
        "music",
        # Generated; or "jsb", "jsb_16th", "nottingham", "poly_music", or the path of a
        # folder of MIDI files, or of such folders, one for each style.
        corpus="chorale_rules",
        batch_size=16,
        epochs=30,
        cell={"name": "GRU", "dim": 128},
        optimizer={
            "name": "adam",
            "learning_rate": 5e-3,
            "clip_norm": 1.0,
            "schedule": "cosine",
        },
    )
    # Data
    # Of a user's own: frames of a beat, 2 by default.
    config.grid = config_dict.placeholder(int)
    config.buckets = 1
    # Model
    config.style = True  # Whether the net reads the style of a piece.
    config.depth = 1
    # Hidden units that make a key depend on the lower ones of its frame; 0: none.
    config.hidden = 64
    config.dropout = 0.0
    return config
