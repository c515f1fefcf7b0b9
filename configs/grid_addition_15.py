"""experiments/grid.py: addition of numbers of 15 digits; a tied 2-LSTM of 18 layers.

Prepared for a GPU; with growing lengths not yet measured. Published: over 99 % of the
digits right after 550,000 examples (Kalchbrenner et al., 2016).
"""

from ml_collections import ConfigDict

from configs import grid_addition


def get_config() -> ConfigDict:
    config = grid_addition.get_config()
    # Data
    config.length = 15
    config.lengths = (5, 10, 15, 20)
    # Model
    config.depths = (18,)
    config.width = 400
    # Optimiser
    config.steps = 30_000
    config.optimizer.learning_rate = 1e-3
    return config
