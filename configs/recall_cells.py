"""The name of the dog, asked of three cells side by side, and their figure.

Not measured yet.
"""

from ml_collections import ConfigDict

from configs import recall


def get_config() -> ConfigDict:
    config = recall.get_config()
    # Model
    config.compare = ("SRN", "LSTM", "GRU")
    return config
