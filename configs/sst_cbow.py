"""The sentiment treebank, sentences in five classes: the sum of word vectors, CBOW.

Our own earlier measurements of this type of model: 0.41 to 0.43. Not measured yet.
"""

from ml_collections import ConfigDict

from configs import sst


def get_config() -> ConfigDict:
    config = sst.get_config()
    # Model
    config.model = "cbow"
    config.reading = "sum"
    config.embedding_dim = 64
    config.dropout = 0.0
    # Optimiser
    config.epochs = 6
    return config
