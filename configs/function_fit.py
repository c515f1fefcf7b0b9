"""experiments/function_fit.py: a curve fitted by 0 to 64 hidden neurons.

Test error, mean of ten starts: 0.96 of a straight line, 0.79 of one neuron, 0.26 of 2,
0.052 of 4, 0.014 of 8, 0.0046 of 16, 0.0023 of 32 and 0.0021 of 64. Half a minute on
two CPU cores.
"""

from ml_collections import ConfigDict

from seqnets.training.config import shared


def get_config() -> ConfigDict:
    config = shared(
        "function_fit",
        # Generated; or "steps", a Boolean function ("and", "or", "xor"), or the path
        # of a text with a line `x y` for each point.
        corpus="waves",
        steps=8000,
        log_every=500,
        eval_every=8000,  # Once: the nets are compared where all have learned.
        batch_size=32,
        optimizer={"name": "adam", "learning_rate": 3e-2, "schedule": "cosine"},
    )
    # Model: a net of each width
    config.widths = (0, 1, 2, 4, 8, 16, 32, 64)  # 0: no hidden layer.
    config.restarts = 10  # Starts of each width; clip_norm would clip them together.
    config.activation = "tanh"
    config.initial = "normal"
    return config
