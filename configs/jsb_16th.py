"""experiments/music.py: chorales by Bach in sixteenths; each key given the lower ones.

Not yet measured.
"""

from ml_collections import ConfigDict

from configs import jsb_nade


def get_config() -> ConfigDict:
    config = jsb_nade.get_config()
    # Data
    config.corpus = "jsb_16th"
    # Optimiser
    config.epochs = 30
    config.patience = 6
    return config
