"""Generated reviews, in which one sentence of many is the writer's own verdict.

Test accuracy 1.000 after half a minute; guessing has .5.
"""

from ml_collections import ConfigDict

from seqnets import cells
from seqnets.training import optimizer


def get_config() -> ConfigDict:
    config = ConfigDict()
    config.experiment = "documents"
    config.seed = 0
    # Data: "opinions" is generated; "review_polarity"; or a folder with a folder of
    # text files for each class, a line a sentence.
    config.corpus = "opinions"
    config.data_dir = None
    config.fold = None  # Of ten, the one to test; None: the seed's last digit.
    config.lowercase = True
    config.min_count = 1  # Rarer words become <UNK>.
    config.sentences = 12  # More are cut, and counted,
    config.words = 8  # as are longer ones.
    config.buckets = 2
    config.batch_size = 32
    # Model
    config.cell = ConfigDict(cells.options("GRU", 24))
    config.embedding_dim = 24
    config.pooling = "attention"  # Or mean.
    config.attention_dim = 24
    config.dropout = 0.0
    config.word_dropout = 0.0
    config.compute_dtype = "float32"
    # Optimiser
    config.steps = None
    config.epochs = 8
    config.optimizer = ConfigDict(
        optimizer.options(name="adam", learning_rate=3e-3, clip_norm=1.0)
    )
    # Bookkeeping
    config.log_every = None
    config.eval_every = None  # Once an epoch.
    config.checkpoint_every = None
    config.patience = None
    config.score_limit = None
    return config
