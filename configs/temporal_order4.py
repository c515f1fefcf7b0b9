"""In which order X and Y came, three symbols among 100 (1997, task 6b).

Test accuracy 100 % after 26 s on one CPU core; 99 to 100 % are known at 50 symbols, and
guessing has 12.5 %.
"""

from ml_collections import ConfigDict

from configs import temporal_order


def get_config() -> ConfigDict:
    config = temporal_order.get_config()
    # Data
    config.problem = "temporal_order4"
    # Model
    config.cell.dim = 6
    return config
