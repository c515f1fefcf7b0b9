"""The sentiment treebank, sentences in five classes: deep CBOW.

Our own earlier measurements of this type of model: 0.42 to 0.44. Not measured yet.
"""

from ml_collections import ConfigDict

from configs import sst


def get_config() -> ConfigDict:
    config = sst.get_config()
    # Model
    config.model = "cbow"
    config.reading = "sum"
    config.hidden_dims = (64, 64)
    config.embedding_dim = 64
    # Optimiser
    config.epochs = 6
    return config
