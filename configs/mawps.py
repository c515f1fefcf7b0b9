"""experiments/word_problems.py: MAWPS, equations of one unknown; LSTM with attention.

Not yet measured.
"""

from ml_collections import ConfigDict

from configs import mawps_single


def get_config() -> ConfigDict:
    config = mawps_single.get_config()
    # Data
    config.corpus = "mawps"
    config.equation_limit = 21
    config.limit = 100
    return config
