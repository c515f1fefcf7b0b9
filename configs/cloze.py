"""experiments/cloze.py: measure words of generated sentences; one direction or both.

Test accuracy 0.999 to 1.000 from both sides, and 0.042 to 0.060 from the left, where
0.05 is expected; three seeds. Fifty seconds.
"""

from ml_collections import ConfigDict, config_dict

from seqnets.training.config import shared


def get_config() -> ConfigDict:
    config = shared(
        "cloze",
        # Generated; or "zh_cws", "zh_poems", the path of a file with lines such as
        # 一[只]猫, or of a folder with train.txt, valid.txt (or dev.txt) and test.txt.
        corpus="measure_words",
        batch_size=64,
        epochs=5,
        cell={"name": "LSTM", "dim": 64},
        optimizer={"name": "adam", "learning_rate": 3e-3, "schedule": "cosine"},
    )
    # Data
    config.candidates = 20  # Sentences with rarer answers are left out, and counted.
    config.min_count = 1  # Rarer characters become <UNK>.
    config.limit = 64  # Longer sentences are cut around the blank, and counted.
    config.buckets = 2
    # Model
    # "forward", "both", or "compare", which trains the two side by side and keeps the
    # last parameters, as no step is the best of both. The cell is the forward one's;
    # each half of "both" is narrower, for as many parameters.
    config.direction = "compare"
    config.embedding_dim = 32
    # File of word vectors, of which the embeddings begin; see docs/own_data.md.
    config.vectors = config_dict.placeholder(str)
    config.train_vectors = True  # False: those that were found stay as they are.
    config.depth = 1
    config.dropout = 0.0
    config.token_dropout = 0.02  # Characters turned to <UNK> in training.
    return config
