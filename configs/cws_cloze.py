"""experiments/cloze.py: measure words of a Chinese treebank, 3,466 for training.

Test accuracy, three seeds: 0.754 from both sides, 0.737 from the left; 3-grams have
0.677 and 0.578. Most answers, such as 年 after 1998, follow from the left.
A run takes 30 s on one shared core.
"""

from ml_collections import ConfigDict

from configs import cloze


def get_config() -> ConfigDict:
    config = cloze.get_config()
    # Data
    config.corpus = "zh_cws"
    config.min_count = 2
    config.limit = 32
    config.batch_size = 32
    # Model
    config.embedding_dim = 64
    config.dropout = 0.5
    config.token_dropout = 0.3
    # Optimiser
    config.epochs = 12
    config.optimizer.learning_rate = 4e-3
    return config
