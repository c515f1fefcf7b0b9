"""experiments/question_answering.py: the twenty tasks of bAbI, jointly; an LSTM.

Weston et al. (2015): a mean error of 51 %, of an LSTM for each task. Test error 37.5 %,
jointly, after 393 s on one core.
"""

from ml_collections import ConfigDict

from configs import babi, question_answering


def get_config() -> ConfigDict:
    config = babi.get_config()
    # Model
    config.model = "recurrent"
    config.cell.dim = 100
    config.embedding_dim = 50
    config.dropout = 0.1
    config.buckets = 6
    # Optimiser
    config.epochs = 40
    config.optimizer = question_answering.get_config().optimizer
    config.optimizer.learning_rate = 2e-3
    config.optimizer.clip_norm = 5.0
    return config
