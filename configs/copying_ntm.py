"""experiments/long_memory.py: ten symbols repeated after 50 blanks; an external memory.

Test accuracy .871 of the ten symbols and loss .049 nats, after 202 s on one core. An
LSTM of as many parameters, 29,700, has .286 and .242 after 71 s:
--config.cell.name=LSTM --config.cell.dim=80.
"""

from ml_collections import ConfigDict

from configs import copying


def get_config() -> ConfigDict:
    config = copying.get_config()
    # Model
    config.cell.name = "NTM"
    config.cell.dim = 64
    config.cell.reset = None
    # Optimiser
    config.optimizer.clip_norm = 1.0
    return config
