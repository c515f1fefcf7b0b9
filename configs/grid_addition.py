"""experiments/grid.py: addition of numbers of 5 digits; a tied 2-LSTM of six layers.

Test: .70 of the digits after 19,732 steps. It reads at most 640,000 examples. The
stacked LSTMs of the same size: `--config.kinds='("stacked","stacked_tied")'`.
"""

from ml_collections import ConfigDict

from configs import grid


def get_config() -> ConfigDict:
    config = grid.get_config()
    # Data
    config.problem = "addition"
    config.length = 5
    config.lengths = (1, 2, 3, 4, 5, 6, 8)
    config.batch_size = 32
    config.eval_batch_size = 256
    # Model
    config.kinds = ("grid",)
    config.depths = (6,)
    config.width = 128
    # Optimiser
    config.steps = 20_000
    config.optimizer.learning_rate = 2e-3
    return config
