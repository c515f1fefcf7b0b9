"""experiments/sentiment.py: Stanford treebank, five classes; a Bi-LSTM.

Trained on whole sentences only. Test accuracy .421 ± .006 of three seeds, two and a
half minutes each; our own earlier measurements of this type of model: .41 to .43.
"""

from ml_collections import ConfigDict

from configs import sentiment


def get_config() -> ConfigDict:
    config = sentiment.get_config()
    # Data
    config.corpus = "sst"
    config.min_count = 1
    config.limit = 60
    config.buckets = 4
    config.batch_size = 16
    # Model
    config.pooling = "last"
    config.embedding_dim = 64
    config.cell.dim = 64
    config.dropout = 0.3
    config.token_dropout = 0.1
    # Optimiser
    config.epochs = 6
    config.optimizer.learning_rate = 1e-3
    return config
