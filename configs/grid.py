"""experiments/grid.py: parity of 20 bits that are given at once, against depth.

Tied 1-LSTMs of three depths, and feed-forward nets as deep beside them. Test accuracy
of 8 layers .974, of 4 .733; guessing has 0.5. All nets take 128 s on shared cores.
"""

from ml_collections import ConfigDict

from seqnets.training.config import shared


def get_config() -> ConfigDict:
    config = shared(
        "grid",
        corpus="drawn_digits",  # Of problem="images" only; as in `configs/digits.py`.
        steps=6000,
        batch_size=64,
        log_every=100,
        eval_every=1000,
        optimizer={
            "name": "adam",
            "learning_rate": 1.5e-3,
            "clip_norm": 1.0,
            "schedule": "cosine",
        },
    )
    # Data
    config.problem = "parity"  # Or "addition", of two numbers; both are generated.
    config.length = 20  # Bits of a vector, or digits of each number.
    # Every other row of the training is shorter: `shortest` ... length bits of a vector
    # are drawn, the others zero; numbers have as many digits. None: all have `length`.
    config.shortest = 1
    # Share of the training over which `length` grows from `shortest`; 0: not at all.
    config.growth = 0.7
    config.lengths = (5, 10, 15, 20)  # Scored in the report.
    config.eval_examples = 1024  # In the validation split, and in the test split.
    config.patch = 4  # Height and width of the patches of an image.
    # Model: a net of each kind and depth, side by side
    # Or "grid_untied"; with other problems "stacked" and "stacked_tied", LSTMs on top
    # of each other, in the place of "tanh" and "relu".
    config.kinds = ("grid", "tanh", "relu")
    config.depths = (2, 4, 8)
    config.width = 64
    config.priority = False  # Whether depth is computed last, from the new h'.
    return config
