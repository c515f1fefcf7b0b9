"""experiments/translation.py: Multi30k, German to English, by subwords of both.

Not yet measured.
"""

from ml_collections import ConfigDict

from configs import multi30k


def get_config() -> ConfigDict:
    config = multi30k.get_config()
    # Data
    config.unit = "subword"
    config.vocabulary_size = 8000
    config.shared = True
    config.limit = 70
    return config
