"""experiments/language_model.py: words of the Penn Treebank; 2 x LSTM 200.

The small net, without dropout, of Zaremba et al. (2014). Test perplexity 114.1 after 58
minutes on one CPU core. Published: 114.5.
"""

from ml_collections import ConfigDict

from configs import char_lm


def get_config() -> ConfigDict:
    config = char_lm.get_config()
    # Data
    config.corpus = "ptb"
    config.unit = "word"
    config.min_count = 1
    config.batch_size = 20
    config.eval_batch_size = 10
    config.length = 20
    # Model
    config.cell.dim = 200
    config.depth = 2
    config.embedding_dim = 200
    config.init_scale = 0.1
    config.loss_over_time = "sum"
    # Optimiser: the learning rate is halved after each epoch from the fourth on.
    config.steps = None
    config.epochs = 13
    config.optimizer.name = "sgd"
    config.optimizer.learning_rate = 1.0
    config.optimizer.clip_norm = 5.0
    config.optimizer.schedule = "step"
    config.optimizer.decay_rate = 0.5
    config.optimizer.decay_start = 4.0
    config.optimizer.decay_every = 1.0
    # Bookkeeping
    config.log_every = 100
    config.eval_every = 2324  # Once an epoch.
    config.checkpoint_every = 1000
    return config
