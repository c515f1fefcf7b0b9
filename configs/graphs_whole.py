"""experiments/graphs.py: does a path join the two marked nodes? Messages of a GRU.

Test accuracy 1.000 after 51 seconds of processor time.
"""

from ml_collections import ConfigDict

from configs import graphs


def get_config() -> ConfigDict:
    config = graphs.get_config()
    config.corpus = "connected"  # Or a folder with train.jsonl; see docs/own_data.md.
    config.of = "graphs"
    config.epochs, config.eval_every, config.batch_size = 6, None, 32
    config.net = "messages"
    config.rounds = 12
    config.readout = "max"
    config.dropout = 0.0
    config.first_decay = 0.0
    config.optimizer.learning_rate = 3e-3
    config.optimizer.schedule = "cosine"
    config.optimizer.clip_norm = 1.0
    return config
