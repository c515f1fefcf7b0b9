"""experiments/visual_qa.py: questions about grids of shapes; a relation network.

Test accuracy 0.777 after two minutes on two CPU cores: 1.000 of questions without a
relation, 0.632 with one, 0.677 with two; the most frequent answer has 0.578 of the
validation questions.
"""

from ml_collections import ConfigDict, config_dict

from seqnets.training.config import shared


def get_config() -> ConfigDict:
    config = shared(
        "visual_qa",
        # Generated, as is "sort_of_clevr"; or "shapes", or the path of a folder of
        # pictures with questions.tsv.
        corpus="shape_grids",
        epochs=12,
        batch_size=64,
        eval_batch_size=250,
        cell={"name": "LSTM", "dim": 64},
        optimizer={
            "name": "adam",
            "learning_rate": 2e-3,
            "clip_norm": 1.0,
            "schedule": "cosine",
        },
    )
    # Data
    config.shape = config_dict.placeholder(tuple)  # Of your own pictures: (64, 64, 3).
    config.pictures = config_dict.placeholder(int)  # To train on, where generated.
    config.generated = config_dict.placeholder(int)  # That are added, to "shapes".
    # Training part of "shapes": "tiny", "small", "med" or "large"; None: "small".
    config.part = config_dict.placeholder(str)
    config.min_count = 1  # Rarer words become <UNK>.
    # Share of the training that asks questions of the first group alone.
    config.curriculum = 0.0
    # Model: layers of convolution, 3 x 3, whose last places are the regions.
    # These strides give one for each cell of a grid of 30 x 30 pixels.
    config.channels = (16, 32, 64)
    config.strides = (2, 1, 5)
    config.embedding_dim = 32
    config.net = "relation"  # Or "attention", "plain".
    config.width = 128  # Of a relation network, and of the read-out.
    config.depth = 3  # Layers of a relation network, and how it pools all pairs:
    config.pool = "both"  # the largest and the sum; "max"; or "sum", as in the paper.
    config.attention_dim = 64  # Of stacked attention,
    config.looks = 2  # and how often it looks.
    config.dropout = 0.0
    return config
