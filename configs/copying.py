"""Ten symbols, to be repeated after 50 blanks (Arjovsky et al., 2016): a GRU.

Not measured yet. Without memory the loss is 10 ln 8 / 70 = .297 nats.
"""

from ml_collections import ConfigDict

from configs import adding
from seqnets import cells


def get_config() -> ConfigDict:
    config = adding.get_config()
    # Data
    config.problem = "copying"
    config.length = 50
    config.lengths = (25, 50, 100, 200)
    # Model
    config.cell = ConfigDict(cells.options("GRU", 128, reset="after"))
    # Optimiser
    config.steps = 10000
    config.optimizer.schedule = "cosine"
    config.optimizer.learning_rate = 2e-3
    return config
