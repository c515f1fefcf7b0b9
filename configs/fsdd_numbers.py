"""experiments/speech.py: telephone numbers of a speaker who is not in training.

A 6-gram of the numbers of training is weighed into the beam. Not yet measured.
"""

from ml_collections import ConfigDict

from configs import fsdd_speaker


def get_config() -> ConfigDict:
    config = fsdd_speaker.get_config()
    # Data
    config.telephone = True
    # Model
    config.beam = 16
    config.lm_order = 6
    # Bookkeeping
    config.score_limit = 24  # A beam takes a second for a few strings.
    return config
