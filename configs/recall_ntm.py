"""experiments/long_memory.py: a dog's name, up to 200 characters back; external memory.

Not yet measured. An LSTM of as many parameters is
--config.cell.name=LSTM --config.cell.dim=78.
"""

from ml_collections import ConfigDict

from configs import recall


def get_config() -> ConfigDict:
    config = recall.get_config()
    # Model
    config.cell.name = "NTM"
    config.cell.reset = None
    return config
