"""experiments/dialogue.py: everyday dialogues, replies to three turns; GRU 512.

Test perplexity 28.7, BLEU 1.9, after 269 s on an H200.
"""

from ml_collections import ConfigDict

from configs import dialogue


def get_config() -> ConfigDict:
    config = dialogue.get_config()
    # Data
    config.corpus = "dailydialog"
    config.turns = 3
    config.speaker = "both"
    config.min_count = 3
    config.context_limit = 100
    config.limit = 50
    config.batch_size = 64
    config.eval_batch_size = 128
    config.buckets = 4
    config.target_buckets = 3
    # Model
    config.cell.dim = 512
    config.encoder_dim = 256
    config.embedding_dim = 256
    config.attention_dim = 256
    config.readout = "maxout"
    config.readout_dim = 256
    config.tied = True
    config.dropout = 0.3
    # Training
    config.epochs = 5
    config.optimizer.learning_rate = 1e-3
    # Search
    config.no_repeat = 3
    # Bookkeeping
    config.log_every = 50
    config.eval_every = 600
    config.checkpoint_every = 200
    config.score_limit = 200
    return config
