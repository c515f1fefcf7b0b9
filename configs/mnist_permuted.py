"""experiments/digits.py: MNIST by pixels in a permuted order; an LSTM.

The recipe of Bai et al. (2018). Test accuracy .753, still rising, after 139 minutes on
one overloaded CPU core (65 of processor time). Published after ten epochs: LSTM .857,
GRU .873, SRN .253.
"""

from ml_collections import ConfigDict

from configs import mnist_pixels


def get_config() -> ConfigDict:
    config = mnist_pixels.get_config()
    # Model
    config.permutation = 0
    return config
