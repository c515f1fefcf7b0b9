"""experiments/digits.py: MNIST; an MLP with one hidden layer of 800.

Test accuracy 0.983 after a minute and a half on two CPU cores. Published: 0.984 (Simard
et al., 2003).
"""

from ml_collections import ConfigDict

from configs import digits


def get_config() -> ConfigDict:
    config = digits.get_config()
    # Data
    config.corpus = "mnist"
    config.batch_size = 128
    # Model
    config.hidden_dims = (800,)
    # Optimiser
    config.epochs = 20
    return config
