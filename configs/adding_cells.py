"""experiments/long_memory.py: sum of two marked numbers among 100; three cells.

Test mean square error: SRN .641, LSTM .00026, GRU .00013, after two minutes on one CPU
core.
"""

from ml_collections import ConfigDict

from configs import adding


def get_config() -> ConfigDict:
    config = adding.get_config()
    # Model
    config.cell.dim = 32
    config.compare = ("SRN", "LSTM", "GRU")
    # Optimiser
    config.steps = 5000
    config.optimizer.schedule = "cosine"
    return config
