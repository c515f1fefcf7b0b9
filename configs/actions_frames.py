"""experiments/actions.py: which way does the digit go now? An answer for each frame.

Test .9075 in 48 s on one core; the first frame shows no way, only where from: the
ceiling is .939.
"""

from ml_collections import ConfigDict

from configs import actions


def get_config() -> ConfigDict:
    config = actions.get_config()
    config.corpus = "changing_digits"
    config.answers = "frames"
    return config
