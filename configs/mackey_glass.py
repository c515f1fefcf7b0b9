"""experiments/forecasting.py: Mackey-Glass, 84 steps ahead; a NARX net.

Test NRMSE .0011 one step ahead, .0041 of 1 to 84 steps, and .0066 at step 84, after
30 s of processor time.
"""

from ml_collections import ConfigDict

from configs import forecasting


def get_config() -> ConfigDict:
    config = forecasting.get_config()
    # Data
    config.corpus = "mackey_glass"
    # Model
    config.net = "narx"
    config.lags = 20  # The delay is 17.
    config.hidden_dims = (64, 64)
    config.direct = True
    config.warm_up = 0
    config.length = 1
    config.head = "mean"
    config.horizon = 84
    config.select = "all"
    # Optimiser
    config.batch_size = 64
    config.optimizer.learning_rate = 3e-3
    config.steps = 10000
    config.log_every = config.eval_every = 1000
    return config
