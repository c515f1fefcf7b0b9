"""experiments/sentiment.py: Stanford treebank, all phrases; a Bi-LSTM with attention.

Test accuracy .450 of five classes after four minutes; .848 of two, with
--config.classes=2. Published, with pretrained vectors, which are not used here: .491
and .875 (Tai et al., 2015).
"""

from ml_collections import ConfigDict

from configs import sst


def get_config() -> ConfigDict:
    config = sst.get_config()
    # Data
    config.phrases = True
    config.buckets = 6
    config.batch_size = 64
    # Model
    config.pooling = "attention"
    config.embedding_dim = 128
    config.cell.dim = 100
    config.attention_dim = 100
    config.dropout = 0.4
    # Optimiser
    config.epochs = 4
    config.optimizer.learning_rate = 1e-3
    # Bookkeeping
    config.log_every = 200
    config.eval_every = 600
    config.patience = 6
    return config
