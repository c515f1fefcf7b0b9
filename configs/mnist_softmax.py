"""MNIST: softmax regression; with --config.loss=perceptron, a perceptron.

Test accuracy 0.926, where 0.92 is known, after 20 seconds on two CPU cores; the
perceptron has 0.899.
"""

from ml_collections import ConfigDict

from configs import digits


def get_config() -> ConfigDict:
    config = digits.get_config()
    # Data
    config.corpus = "mnist"
    config.batch_size = 128
    # Model
    config.hidden_dims = ()
    # Optimiser
    config.epochs = 20
    return config
