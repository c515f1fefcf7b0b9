"""experiments/visual_qa.py: sort-of-CLEVR; regions and question side by side.

Test accuracy .701, before the background was subtracted. Published: 0.63 on the
relational questions (Santoro et al., 2017).
"""

from ml_collections import ConfigDict

from configs import sort_of_clevr


def get_config() -> ConfigDict:
    config = sort_of_clevr.get_config()
    # Data
    config.batch_size = 128
    config.curriculum = 0.0
    # Model
    config.net = "plain"
    config.width = 256
    # Optimiser
    config.epochs = 12
    config.optimizer.learning_rate = 1e-3
    return config
