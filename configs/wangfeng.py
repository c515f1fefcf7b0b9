"""experiments/language_model.py: characters of Chinese song lyrics; an LSTM.

Validation: 5.806 bits per character, where a 5-gram has 5.674; test: 5.943, and 5.807.
There are 35 thousand characters to train on, too few for the net: 131 s on one shared
core. The lyrics are under copyright: print no samples of this run.
"""

from ml_collections import ConfigDict

from configs import char_lm


def get_config() -> ConfigDict:
    config = char_lm.get_config()
    # Data
    config.corpus = "wangfeng"
    config.min_count = 2
    config.batch_size = 8
    config.eval_batch_size = 8
    # Model
    config.cell.dim = 128
    config.embedding_dim = 128
    config.tied = True
    config.dropout = 0.5
    # Optimiser
    config.steps = None
    config.epochs = 30
    # Bookkeeping
    config.eval_every = 68  # Once an epoch.
    return config
