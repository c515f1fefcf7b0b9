"""experiments/poems.py: Tang and Song poems about keywords; a GRU of 512.

Verse of five and of seven characters, up to eight lines: 5,202 poems to train.
Test perplexity 74.8, of another poem's keywords 132.7, after 134 s on an H200.
"""

from ml_collections import ConfigDict

from configs import poems


def get_config() -> ConfigDict:
    config = poems.get_config()
    # Data
    config.corpus = "zh_poems"
    config.characters = (5, 7)
    config.lines = 8
    config.min_count = 3
    config.batch_size = 64
    config.eval_batch_size = 128
    config.target_buckets = 4
    # Model
    config.cell.dim = 512
    config.encoder_dim = 256
    config.embedding_dim = 256
    config.attention_dim = 256
    config.readout_dim = 256
    config.dropout = 0.5
    # Training
    config.epochs = 30
    config.optimizer.learning_rate = 2e-3
    # Search
    config.no_repeat = 2
    # Bookkeeping
    config.log_every = 50
    config.checkpoint_every = 200
    return config
