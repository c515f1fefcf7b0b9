"""experiments/translation.py: Multi30k, German to English; GRU 512 with attention.

Test BLEU 39.0, by beam 40.6; perplexity 5.3, and 38.6 where the decoder reads its own
output, after 5,616 steps of .75 s on one core. Published, greedy: BLEU 28.1, perplexity
23.2 where the decoder reads its own output (a GRU of the same widths).
"""

from ml_collections import ConfigDict

from configs import translation


def get_config() -> ConfigDict:
    config = translation.get_config()
    # Data
    config.corpus = "multi30k"
    config.source = "de"
    config.target = "en"
    config.unit = "word"
    config.min_count = 2
    config.limit = 50
    config.batch_size = 64
    config.eval_batch_size = 128
    config.buckets = 6
    config.target_buckets = 3
    # Model
    config.cell.dim = 512
    config.encoder_dim = 256
    config.embedding_dim = 256
    config.attention_dim = 256
    config.readout = "maxout"
    config.readout_dim = 256
    config.tied = True
    config.dropout = 0.4
    # Training
    config.label_smoothing = 0.1
    config.own_output = 0.25
    config.epochs = 12
    config.optimizer.learning_rate = 1e-3
    # Bookkeeping
    config.log_every = 50
    config.checkpoint_every = 200
    return config
