"""The name of the dog, up to 200 characters after it was told (003's example): a GRU.

In Chinese; in English with --config.problem=recall_en, where a token is a word.

Test accuracy 100 % after two minutes on one CPU core; guessing has 12.5 %.
"""

from ml_collections import ConfigDict

from configs import adding
from seqnets import cells


def get_config() -> ConfigDict:
    config = adding.get_config()
    # Data
    config.problem = "recall_zh"
    config.length = 200
    config.shortest = 5
    config.lengths = (10, 25, 50, 100, 200, 400)
    # Model
    config.cell = ConfigDict(cells.options("GRU", 64, reset="after"))
    config.embedding_dim = 32
    # Optimiser
    config.steps = 4000
    config.optimizer.schedule = "cosine"
    return config
