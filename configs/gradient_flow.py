"""Gradients of every cell, fresh and trained, on a recall over 40 steps.

Mean validation accuracy .729 of eleven cells after two and a half minutes on two shared
CPU cores; guessing has .25, where the gradients of four cells vanish.

A run of another experiment is looked at, unchanged, by
`--config.run=runs/char_lm --config.steps=1`.
"""

from ml_collections import ConfigDict

from seqnets import cells
from seqnets.training import optimizer


def get_config() -> ConfigDict:
    config = ConfigDict()
    config.experiment = "gradient_flow"
    config.seed = 0
    # Data: generated; or another run's, with the cell that it trained.
    config.run = None
    config.corpus = None
    config.data_dir = None
    config.symbols = 4
    config.length = 40
    config.batch_size = 64
    # Model: all cells, or the one that is named.
    config.cell = ConfigDict(cells.options(None, 32))
    config.depth = 30  # Layers of the feed-forward nets.
    config.compute_dtype = "float32"
    # Optimiser
    config.steps = 800
    config.epochs = None
    config.clip_norm = 1.0  # Of each cell's gradient by itself.
    config.optimizer = ConfigDict(optimizer.options(name="adam", learning_rate=2e-3))
    # Bookkeeping
    config.rows = 4  # Of a batch, over which norms are averaged.
    config.log_every = 50
    config.eval_every = 200
    config.checkpoint_every = None
    config.patience = None
    config.score_limit = None
    return config
