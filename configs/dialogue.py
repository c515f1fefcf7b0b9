"""experiments/dialogue.py: small talk that must be remembered; a GRU with attention.

Test replies exactly right: .9996, greedily and by beam, after 180 s of processor time
on two overloaded CPU cores (16 min). A table of the last turn alone has .523.
"""

from ml_collections import ConfigDict, config_dict

from seqnets.training.config import shared


def get_config() -> ConfigDict:
    config = shared(
        "dialogue",
        # Generated; or "dailydialog", or the path of a folder with train.txt, valid.txt
        # and test.txt: a turn a line, and an empty line after each dialogue.
        corpus="small_talk",
        epochs=2,
        batch_size=32,
        score_limit=500,
        eval_batch_size=250,
        cell={"name": "GRU", "dim": 128},
        optimizer={
            "name": "adam",
            "learning_rate": 3e-3,
            "clip_norm": 1.0,
            "schedule": "cosine",
        },
    )
    # Data
    config.turns = 11  # That are read, the newest ones: k.
    config.speaker = "second"  # Whose replies are learnt; or "both".
    config.unit = "word"  # Or "char", "subword".
    config.lowercase = True
    config.vocabulary_size = config_dict.placeholder(int)  # "subword" needs it.
    config.min_count = 1  # Rarer symbols become <UNK>.
    config.shared = True  # Whether turns and replies have one vocabulary and embedding.
    config.context_limit = 100  # Of the turns that are read, older symbols are cut.
    config.limit = 20  # Longer replies are cut, and counted.
    config.buckets = 2  # Lengths of contexts, and
    config.target_buckets = 1  # of replies in each of them, that are compiled.
    # Model
    config.embedding_dim = 64
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
    config.attention_dim = 64
    config.readout = "tanh"  # Or "maxout", "linear".
    config.readout_dim = 64
    config.tied = True
    config.dropout = 0.0
    # Training
    config.label_smoothing = 0.0
    config.own_output = 0.0  # Share of steps that read the decoder's own output.
    # Search
    config.beam = 5
    config.length_penalty = 1.0
    config.no_repeat = 0  # n: no n symbols in a row are written twice.
    return config
