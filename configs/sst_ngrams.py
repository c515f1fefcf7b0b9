"""experiments/sentiment.py: Stanford treebank, five classes; a bag of 1- to 3-grams.

Test accuracy .397 ± .001 of three seeds, half a minute each.
"""

from ml_collections import ConfigDict

from configs import sst


def get_config() -> ConfigDict:
    config = sst.get_config()
    # Model
    config.model = "ngrams"
    config.ngrams = 3
    config.ngram_buckets = 2**18
    config.token_dropout = 0.0
    # Optimiser
    config.epochs = 10
    return config
