"""experiments/handwriting.py: sheep, drawn stroke by stroke.

Not yet measured.
"""

from ml_collections import ConfigDict

from configs import kanji


def get_config() -> ConfigDict:
    config = kanji.get_config()
    config.corpus = "sheep"
    config.epochs = 40
    return config
