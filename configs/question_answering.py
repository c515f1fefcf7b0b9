"""experiments/question_answering.py: generated stories; a memory network of 3 hops.

Test accuracy .875 after 20 s on one core: where a person is 1.000, a thing .972, how
many things one carries .992, whether one is in a room .536. The baseline
--config.model=recurrent, an LSTM that reads story and question, has .599.
"""

from ml_collections import ConfigDict

from seqnets.training.config import shared


def get_config() -> ConfigDict:
    config = shared(
        "question_answering",
        # Generated; or "babi", or the path of a folder; see docs/own_data.md.
        corpus="house_stories",
        epochs=30,
        batch_size=32,
        eval_batch_size=100,
        cell={"name": "LSTM", "dim": 64},  # Of the recurrent model.
        optimizer={"name": "adam", "learning_rate": 5e-3, "schedule": "cosine"},
    )
    # Data
    config.tasks = ()  # Names of those that are learned jointly; none = all.
    config.limit = 8  # Words of a sentence; longer ones are cut, and counted.
    config.memory = 12  # Sentences, the last ones of a story.
    # Model
    config.model = "memory"  # Or "recurrent".
    config.dim = 32
    config.hops = 3
    config.tying = "adjacent"  # Or "layerwise".
    config.encoding = "position"  # Or "centred", of twice that; or "bag".
    config.time_noise = 0.1  # How often an empty sentence makes others older.
    config.linear_epochs = 0.0  # Of training, at the beginning, without a softmax,
    config.linear_rate = 0.5  # and with this times the learning rate.
    # Of the recurrent model
    config.embedding_dim = 32
    config.dropout = 0.0
    config.buckets = 4
    return config
