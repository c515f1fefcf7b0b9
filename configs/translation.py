"""experiments/translation.py: dates, written in many ways, into ISO form; a GRU.

Test accuracy 1.000, greedy and by beam, after 131 s of processor time on two
overloaded CPU cores.
"""

from ml_collections import ConfigDict, config_dict

from seqnets.training.config import shared


def get_config() -> ConfigDict:
    config = shared(
        "translation",
        # Generated; or "multi30k", or the path of a folder with parallel files such as
        # train.de and train.en, or with tables of `source<TAB>target`.
        corpus="dates",
        epochs=8,
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
    config.source = config_dict.placeholder(str)  # Of parallel files: "de" of train.de.
    config.target = config_dict.placeholder(str)
    config.unit = "char"  # Or "word", "subword".
    config.lowercase = True
    config.vocabulary_size = config_dict.placeholder(int)  # "subword" needs it.
    config.min_count = 1  # Rarer symbols become <UNK>.
    config.shared = False  # Whether both sides have one vocabulary, and one embedding.
    config.limit = 60  # Longer sources and targets are cut, and counted.
    config.source_limit = config_dict.placeholder(int)  # Of sources; None: as limit.
    config.buckets = 2  # Lengths of sources, and
    config.target_buckets = 1  # of targets in each of them, that are compiled.
    # Model
    config.embedding_dim = 32
    # File of word vectors, of which the embeddings begin; see docs/own_data.md.
    config.vectors = config_dict.placeholder(str)
    config.train_vectors = True  # False: those that were found stay as they are.
    config.depth = 1
    config.direction = "both"  # Of the encoder; or "forward", "backward".
    config.encoder_dim = 48  # In each direction; the decoder has cell.dim.
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
