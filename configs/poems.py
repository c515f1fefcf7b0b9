"""experiments/poems.py: generated couplets that rhyme, about keywords; a GRU.

Validation perplexity 2.497 (3-gram 4.913; 6.00 after the keywords of another poem, 3.44
after none), every form regular and every rhyme kept, .994 of the keywords back, after
176 s of processor time on two overloaded CPU cores (324 s).
"""

from ml_collections import ConfigDict, config_dict

from seqnets.training.config import shared


def get_config() -> ConfigDict:
    config = shared(
        "poems",
        # Generated; or "zh_poems", or the path of a folder with poems of one's own.
        corpus="parallel_verse",
        epochs=6,
        batch_size=64,
        eval_batch_size=100,
        cell={"name": "GRU", "dim": 128},
        optimizer={
            "name": "adam",
            "learning_rate": 4e-3,
            "clip_norm": 1.0,
            "schedule": "cosine",
        },
    )
    # Data
    # Poems are kept whose lines all have one of these lengths; None: any poem.
    config.characters = config_dict.placeholder(tuple)
    config.lines = config_dict.placeholder(int)  # That a poem may have; None: any.
    config.condition = "keywords"  # Or "title", "first_line", "none": what is read.
    config.vocabulary_size = config_dict.placeholder(int)
    config.min_count = 1  # Rarer characters become <UNK>.
    config.shared = True  # Whether both sides have one vocabulary, and one embedding.
    config.limit = 64  # Longer conditions and poems are cut, and counted.
    config.buckets = 1  # Lengths of conditions, and
    config.target_buckets = 3  # of poems in each of them, that are compiled.
    # Model
    config.embedding_dim = 64
    # File of vectors, of which the embeddings begin; see docs/own_data.md.
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
    config.dropout = 0.1
    # Training
    config.empty_condition = 0.1  # Share of poems that are learnt without a condition.
    config.told_form = 0.5  # Share of those whose lines, or their lengths, are told.
    config.label_smoothing = 0.0
    config.own_output = 0.0  # Share of steps that read the decoder's own output.
    # Search
    config.beam = 5
    config.length_penalty = 1.0
    config.no_repeat = 0  # n, where no n characters in a row are written twice.
    return config
