"""experiments/grid.py: parity of 32 bits that are given at once.

Test accuracy of 8 layers .998, and 1.000 of vectors up to 24 bits; nine nets
in 18 min on a shared core. Published: 250 bits (Kalchbrenner et al., first version).
"""

from ml_collections import ConfigDict

from configs import grid


def get_config() -> ConfigDict:
    config = grid.get_config()
    # Data
    config.length = 32
    config.lengths = (8, 16, 24, 32)
    # Model
    config.width = 128
    # Optimiser
    config.steps = 16_000
    config.log_every = 500
    config.eval_every = 2000
    config.optimizer.learning_rate = 1e-3
    config.optimizer.schedule = "constant"
    return config
