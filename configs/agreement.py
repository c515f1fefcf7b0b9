"""Was or were, after a clause of up to 100 words about others (002's example): an LSTM.

Test accuracy 100 % after 42 s on one CPU core; guessing has 50 %.
"""

from ml_collections import ConfigDict

from configs import recall
from seqnets import cells


def get_config() -> ConfigDict:
    config = recall.get_config()
    # Data
    config.problem = "agreement"
    config.length = 100
    config.lengths = (10, 25, 50, 100, 200, 400)
    # Model
    config.cell = ConfigDict(cells.options("LSTM", 32))
    # Optimiser
    config.steps = 2000
    return config
