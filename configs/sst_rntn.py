"""experiments/trees.py: the treebank, five classes; a recursive net's tensor form.

Published: .457 (Socher et al., 2013). Not yet measured.
"""

from ml_collections import ConfigDict

from configs import sst_recursive


def get_config() -> ConfigDict:
    config = sst_recursive.get_config()
    config.tensor = True
    config.optimizer.learning_rate = 1e-3
    return config
