"""experiments/long_memory.py: a dog's name, up to 200 characters back; external memory.

Test accuracy 100 %, after 271 s on one core; of an LSTM of as many parameters, too,
after 114 s: --config.cell.name=LSTM --config.cell.dim=78.
"""

from ml_collections import ConfigDict

from configs import recall


def get_config() -> ConfigDict:
    config = recall.get_config()
    # Model
    config.cell.name = "NTM"
    config.cell.reset = None
    return config
