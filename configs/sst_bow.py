"""The sentiment treebank, sentences in five classes: a bag of words.

Our own earlier measurements of this type of model: 0.41. Not measured yet.
"""

from ml_collections import ConfigDict

from configs import sst


def get_config() -> ConfigDict:
    config = sst.get_config()
    # Model
    config.model = "bow"
    config.word_dropout = 0.0
    # Optimiser
    config.epochs = 10
    return config
