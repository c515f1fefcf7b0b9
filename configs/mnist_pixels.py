"""experiments/digits.py: MNIST by pixels, 784 steps; an LSTM.

The recipe of Bai et al. (2018). Test accuracy .915 after 70 minutes on one shared CPU
core. Published after ten epochs: LSTM .872, GRU .962, SRN .215.
"""

from ml_collections import ConfigDict

from configs import digits


def get_config() -> ConfigDict:
    config = digits.get_config()
    # Data
    config.corpus = "mnist"
    config.batch_size = 64
    # Model
    config.scan = "pixels"
    config.cell.dim = 130
    config.chrono = 784  # With a forget bias of 1, three epochs taught it nothing.
    config.hidden_dims = ()
    # Optimiser: the decay is that of PyTorch's RMSprop.
    config.epochs = 10
    config.optimizer.name = "rmsprop"
    config.optimizer.learning_rate = 1e-3
    config.optimizer.b2 = 0.99
    config.optimizer.clip_norm = 1.0
    config.optimizer.schedule = "constant"
    # Bookkeeping
    config.log_every = 100
    config.checkpoint_every = 200
    return config
