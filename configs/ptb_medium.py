"""experiments/language_model.py: words of the Penn Treebank; 2 x LSTM 650.

The medium net of Zaremba et al. (2014). Test perplexity 84.05 after 39 epochs and four
and a half minutes on one NVIDIA H200; published: 82.7.
"""

from ml_collections import ConfigDict

from configs import ptb_small


def get_config() -> ConfigDict:
    config = ptb_small.get_config()
    # Data
    config.length = 35
    # Model
    config.cell.dim = 650
    config.embedding_dim = 650
    config.dropout = 0.5
    config.init_scale = 0.05
    # Optimiser: the learning rate falls by 1.2 after each epoch from the sixth on.
    config.epochs = 39
    config.optimizer.decay_rate = 1 / 1.2
    config.optimizer.decay_start = 6.0
    # Bookkeeping
    config.eval_every = 1328  # Once an epoch.
    return config
