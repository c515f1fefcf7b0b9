"""experiments/language_model.py: characters of the Penn Treebank; an LSTM.

Beside the words of `ptb_small`, whose bits per character are log₂(perplexity) ·
words / characters, with the space or line end after each word. Test bits per character
1.569 after 34 minutes on one shared CPU core. Published, nets of 600 to 1,000 units:
1.36 to 1.38.
"""

from ml_collections import ConfigDict

from configs import char_lm


def get_config() -> ConfigDict:
    config = char_lm.get_config()
    # Data
    config.corpus = "ptb"
    config.min_count = 1
    config.batch_size = 32
    config.eval_batch_size = 32
    config.length = 100
    # Model
    config.cell.dim = 384
    config.dropout = 0.1
    # Optimiser
    config.steps = None
    config.epochs = 4
    config.optimizer.learning_rate = 2e-3
    # Bookkeeping
    config.log_every = 100
    config.eval_every = 780  # Twice an epoch.
    config.checkpoint_every = 400
    return config
