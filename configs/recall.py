"""experiments/long_memory.py: a dog's name, up to 200 characters back; a GRU.

Test accuracy 100 % after two minutes on one CPU core; guessing has 12.5 %. The stories,
an example from 003, are in Chinese; with --config.problem=recall_en they are in
English, and a token is a word.
"""

from ml_collections import ConfigDict

from configs import adding


def get_config() -> ConfigDict:
    config = adding.get_config()
    # Data
    config.problem = "recall_zh"
    config.length = 200
    config.shortest = 5
    config.lengths = (10, 25, 50, 100, 200, 400)
    # Model
    config.cell.name = "GRU"
    config.cell.dim = 64
    config.cell.reset = "after"
    config.embedding_dim = 32
    # Optimiser
    config.steps = 4000
    config.optimizer.schedule = "cosine"
    return config
