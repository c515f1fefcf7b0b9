"""experiments/grid.py: MNIST; a 3-LSTM of two layers scans patches from each corner.

Test error 1.13 %, after 88 s on an H200. Published: an error of .32 % of a larger net,
with augmentation (Kalchbrenner et al., 2016).
"""

from ml_collections import ConfigDict

from configs import grid


def get_config() -> ConfigDict:
    config = grid.get_config()
    # Data
    config.problem = "images"
    config.corpus = "mnist"
    config.batch_size = 128
    config.eval_batch_size = 256
    # Model
    config.kinds = ("grid",)
    config.depths = (2,)
    config.width = 32
    config.priority = True
    # Optimiser
    config.steps = None
    config.epochs = 12
    config.eval_every = None
    config.optimizer.learning_rate = 3e-3
    return config
