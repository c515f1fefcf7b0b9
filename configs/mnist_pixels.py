"""MNIST, pixel by pixel: an LSTM over 784 steps (the recipe of Bai et al., 2018).

Test accuracy .915 after 70 minutes on one shared CPU core. Published after ten epochs:
LSTM .872, GRU .962, SRN .215.
"""

from ml_collections import ConfigDict

from configs import digits
from seqnets import cells
from seqnets.training import optimizer


def get_config() -> ConfigDict:
    config = digits.get_config()
    # Data
    config.corpus = "mnist"
    config.batch_size = 64
    # Model
    config.reading = "pixels"
    config.cell = ConfigDict(cells.options("LSTM", 130))
    config.chrono = 784  # With a forget bias of 1, three epochs taught it nothing.
    config.hidden_dims = ()
    # Optimiser: the decay is that of PyTorch's RMSprop.
    config.epochs = 10
    config.optimizer = ConfigDict(
        optimizer.options(name="rmsprop", learning_rate=1e-3, b2=0.99, clip_norm=1.0)
    )
    # Bookkeeping
    config.log_every = 100
    config.checkpoint_every = 200
    return config
