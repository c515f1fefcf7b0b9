"""experiments/long_memory.py: the last of several countries, and its language; GRU.

Countries named earlier, and others mentioned since, do not count. Test accuracy 100 %
after three and a half minutes on one CPU core; guessing has 12.5 %. The example is from
000.
"""

from ml_collections import ConfigDict

from configs import recall


def get_config() -> ConfigDict:
    config = recall.get_config()
    # Data
    config.problem = "overwriting"
    config.length = 100
    config.lengths = (10, 25, 50, 100, 200, 400)
    return config
