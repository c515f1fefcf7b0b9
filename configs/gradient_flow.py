"""experiments/gradient_flow.py: every cell, fresh and trained, over 40 steps.

Validation accuracy 1.000 of eight of the fourteen cells; guessing has .25, and six,
whose gradients vanish, stay there. It takes 132 s of processor time.
--config.cell.name=NTM measures the cell with an external memory, which is not among
them; --config.run=runs/char_lm inspects the cell of another run.
"""

from ml_collections import ConfigDict, config_dict

from seqnets.training.config import shared


def get_config() -> ConfigDict:
    config = shared(
        "gradient_flow",
        batch_size=64,
        steps=800,
        log_every=50,
        eval_every=200,
        cell={"name": None, "dim": 32},  # None: all cells are compared.
        optimizer={
            "name": "adam",
            "learning_rate": 2e-3,
            "clip_norm": 1.0,  # Of each cell by itself.
        },
    )
    # Data
    config.run = config_dict.placeholder(str)  # A run folder whose cell is inspected.
    config.symbols = 4
    config.length = 40
    # Bookkeeping: the figure
    config.rows = 4  # Rows of a batch over which norms are averaged.
    config.depth = 30  # Layers of the feed-forward nets.
    return config
