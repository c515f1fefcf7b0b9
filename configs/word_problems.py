"""experiments/word_problems.py: generated word problems, one to four operations; a GRU.

All test answers right, greedily and by beam, after 307 s on two overloaded CPU cores.
"""

from ml_collections import ConfigDict, config_dict

from seqnets.training.config import shared


def get_config() -> ConfigDict:
    config = shared(
        "word_problems",
        # Generated; or "mawps", "mawps_single", "svamp", "math23k", or the path of a
        # file of JSON lines, or of a folder with three of them.
        corpus="number_stories",
        epochs=5,
        batch_size=64,
        eval_batch_size=250,
        cell={"name": "GRU", "dim": 96},
        optimizer={
            "name": "adam",
            "learning_rate": 4e-3,
            "clip_norm": 1.0,
            "schedule": "cosine",
        },
    )
    # Data
    config.fold = config_dict.placeholder(int)  # 0 to 4, of "mawps_single".
    config.lowercase = True
    config.vocabulary_size = config_dict.placeholder(int)
    config.min_count = 1  # Rarer words become <UNK>.
    config.constant_count = 5  # Rarer numbers that no text has cannot be written.
    config.ordered = True  # Whether terms and factors are put in the text's order.
    config.limit = 80  # Longer texts are cut, and counted.
    config.equation_limit = 15  # Symbols of an equation at most.
    config.buckets = 2  # Lengths of texts, and
    config.target_buckets = 1  # of equations in each of them, that are compiled.
    # Model
    config.embedding_dim = 48
    # File of word vectors, of which the embeddings begin; see docs/own_data.md.
    config.vectors = config_dict.placeholder(str)
    config.train_vectors = True  # False: those that were found stay as they are.
    config.depth = 1
    config.direction = "both"  # Of the encoder; or "forward", "backward".
    config.encoder_dim = 64  # In each direction; the decoder has cell.dim.
    config.bridge = "tanh"  # Or "copy", "zero": how the decoder begins.
    config.every_step = False  # Whether each step also reads the encoder's last state.
    config.attention = "Additive"  # Or "Dot", "General", "Concat", "LocalP"; or None.
    config.attend = "before"  # A step; or "after" it and fed back, or "above" all.
    config.attention_dim = 48
    config.readout = "tanh"  # Or "maxout", "linear".
    config.readout_dim = 64
    config.tied = False
    config.dropout = 0.0
    # Training
    config.label_smoothing = 0.0
    config.own_output = 0.0  # Share of steps that read the decoder's own output.
    # Search
    config.beam = 5
    config.length_penalty = 1.0
    return config
