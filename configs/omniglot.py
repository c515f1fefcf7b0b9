"""experiments/handwriting.py: letters of 50 alphabets, drawn stroke by stroke.

Not yet measured.
"""

from ml_collections import ConfigDict

from configs import kanji


def get_config() -> ConfigDict:
    config = kanji.get_config()
    config.corpus = "omniglot"
    config.epochs = 30
    return config
