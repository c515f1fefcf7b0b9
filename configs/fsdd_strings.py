"""experiments/speech.py: strings of 1 to 7 digits (free spoken digit dataset).

Test digit error rate .011 of 900 digits of the official split, each recording in three
strings, after three and a half minutes on one shared CPU core.
"""

from ml_collections import ConfigDict

from configs import speech


def get_config() -> ConfigDict:
    config = speech.get_config()
    # Data
    config.corpus = "fsdd"
    config.gap = (0.05, 0.4)
    config.passes_of_evaluation = 3
    config.buckets = 4
    # Model
    config.features.bands = 26
    config.features.stack = 3
    config.noise = 0.3
    config.cell.dim = 64
    config.depth = 2
    config.dropout = 0.2
    # Optimiser
    config.optimizer.learning_rate = 3e-3
    return config
