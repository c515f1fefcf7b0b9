"""experiments/digits.py: MNIST; two layers of convolution.

Test accuracy .9883, after 148 s on one core. Published: .991 (LeNet-5; LeCun et al.,
1998).
"""

from ml_collections import ConfigDict

from configs import digits


def get_config() -> ConfigDict:
    config = digits.get_config()
    # Data
    config.corpus = "mnist"
    config.batch_size = 128
    # Model
    config.net = "convolution"
    config.channels = (32, 64)
    config.strides = (2, 2)
    config.hidden_dims = (128,)
    # Optimiser
    config.epochs = 8
    return config
