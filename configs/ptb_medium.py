"""Words of the Penn Treebank, the medium net (Zaremba et al., 2014).

Published test perplexity: 82.7, after 39 epochs; made for a GPU.
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
