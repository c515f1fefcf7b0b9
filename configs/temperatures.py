"""experiments/forecasting.py: daily minimal temperatures, a week ahead; a GRU.

Test RMSE 2.20 a day ahead and 2.64 of a week, after 28 s of processor time; 93 % and
91 % of what came is within the intervals of 90 %.
"""

from ml_collections import ConfigDict

from configs import forecasting


def get_config() -> ConfigDict:
    config = forecasting.get_config()
    # Data
    config.corpus = "temperatures"
    config.season = 365
    # Model
    config.lags = 1
    config.cell.dim = 16
    config.hidden_dims = ()
    config.direct = True
    config.warm_up = 30
    config.length = 30
    config.head = "quantiles"
    config.horizon = 7
    # Optimiser
    config.optimizer.learning_rate = 3e-3
    config.steps = 1500
    config.log_every = config.eval_every = 100
    return config
