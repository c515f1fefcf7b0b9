"""experiments/translation.py: Multi30k, German to English, by subwords of both.

Test BLEU 39.2, by beam 40.9, after 262 s on an H200.
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
