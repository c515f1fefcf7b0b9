"""experiments/captions.py: Flickr8k, where you have its pictures; layers from scratch.

Not measured: the pictures are not distributed with the captions. Published, with layers
trained on ImageNet: BLEU-1 67, BLEU-4 19.5 (Xu et al., 2015).
"""

from ml_collections import ConfigDict

from configs import captions


def get_config() -> ConfigDict:
    config = captions.get_config()
    # Data
    config.corpus = "flickr8k"
    config.shape = (96, 96, 3)
    config.min_count = 5
    config.limit = 30
    config.target_buckets = 4
    # Model
    config.channels = (32, 64, 128, 128)
    config.strides = (2, 2, 2, 1)
    config.cell.dim = 512
    config.encoder_dim = 256
    config.embedding_dim = 256
    config.attention_dim = 256
    config.readout_dim = 256
    config.dropout = 0.5
    # Training
    config.doubly_stochastic = 1.0
    # Optimiser
    config.epochs = 20
    config.optimizer.learning_rate = 4e-4
    # Bookkeeping
    config.score_limit = 500
    return config
