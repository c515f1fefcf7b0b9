"""experiments/digits.py: MNIST; a plain net of 50 layers.

The recipe of `configs/mnist_highway.py`. Test accuracy 0.103, a guess, after a minute
and a half on two CPU cores. It depends on the learning rate:
--config.optimizer.learning_rate=1e-3 --config.epochs=3 has 0.947 in validation.
"""

from ml_collections import ConfigDict

from configs import mnist_highway


def get_config() -> ConfigDict:
    config = mnist_highway.get_config()
    # Model
    config.net = "plain"
    return config
