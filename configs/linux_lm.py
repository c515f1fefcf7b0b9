"""experiments/language_model.py: characters of Linux kernel sources; an LSTM.

After Karpathy (2015). 1.796 bits per character in validation, 1.744 in the test, after
32 minutes on one CPU core.
"""

from ml_collections import ConfigDict

from configs import char_lm


def get_config() -> ConfigDict:
    config = char_lm.get_config()
    # Data
    config.corpus = "linux_kernel"
    config.batch_size = 32
    config.eval_batch_size = None
    config.length = 100
    # Model
    config.cell.dim = 384
    # Optimiser
    config.steps = None
    config.epochs = 3
    config.optimizer.learning_rate = 5e-3
    # Bookkeeping
    config.eval_every = 1000
    return config
