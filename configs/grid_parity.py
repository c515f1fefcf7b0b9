"""experiments/grid.py: parity of 64 bits that are given at once.

Prepared; not measured. Published: 250 bits (Kalchbrenner et al., first version).
"""

from ml_collections import ConfigDict

from configs import grid


def get_config() -> ConfigDict:
    config = grid.get_config()
    # Data
    config.length = 64
    config.lengths = (8, 16, 24, 32, 40, 48, 56, 64)
    # Model
    config.depths = (8,)
    config.width = 128
    # Optimiser
    config.steps = 16_000
    config.optimizer.learning_rate = 2e-3
    return config
