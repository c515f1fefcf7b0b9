"""experiments/actions.py: which digit moves how? A convolutional LSTM.

Test accuracy .988, in 80 s on a shared H200.
"""

from ml_collections import ConfigDict

from configs import actions


def get_config() -> ConfigDict:
    config = actions.get_config()
    config.net = "conv_lstm"
    config.channels = (8, 16, 16)
    config.strides = (2, 2, 1)
    return config
