"""experiments/language_model.py: characters of Chinese sentences; an LSTM.

Not yet measured. It scores 004's sentences, and ones that sound alike: `score`.
"""

from ml_collections import ConfigDict

from configs import char_lm


def get_config() -> ConfigDict:
    config = char_lm.get_config()
    # Data
    config.corpus = "zh_cws"
    config.min_count = 2
    config.batch_size = 16
    config.eval_batch_size = 32
    config.length = 32
    # Model
    config.cell.dim = 128
    config.embedding_dim = 128
    config.tied = True
    config.dropout = 0.4
    # Optimiser
    config.steps = None
    config.epochs = 12
    # Bookkeeping
    config.eval_every = 313  # Once an epoch.
    return config
