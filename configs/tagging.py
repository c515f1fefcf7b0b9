"""experiments/tagging.py: names in generated Chinese sentences; a Lattice LSTM.

Test F1 .997, with --config.encoder=tokens .871, and with words, the longest of the
lexicon, .935: 454, 133 and 111 s on two overloaded CPU cores.
"""

from ml_collections import ConfigDict, config_dict

from seqnets.training.config import shared


def get_config() -> ConfigDict:
    config = shared(
        "tagging",
        # Generated; or "zh_cws", "resume_ner", "conll2003", or the path of a folder
        # with train.txt, valid.txt (or dev.txt) and test.txt, lines `token tag`, and a
        # blank line after each sentence.
        corpus="synthetic_ner",
        batch_size=32,
        epochs=10,
        cell={"name": "LSTM", "dim": 48},
        optimizer={"name": "adam", "learning_rate": 5e-3, "clip_norm": 5.0},
    )
    # Data
    # "BIO", "BMES" or "IOBES"; None: as in the corpus.
    config.scheme = config_dict.placeholder(str)
    # Or "zh_lexicon", or the path of a file of lines `word frequency`; None: no words.
    config.lexicon = config_dict.placeholder(str)
    config.lexicon = "synthetic_ner"
    # Folder of a run that segments words, for the encoder "words".
    config.segmenter = config_dict.placeholder(str)
    config.lowercase = False
    config.digits = False  # Whether digits differ.
    config.min_count = 1  # Rarer tokens become <UNK>.
    config.limit = 250  # Longer sentences are cut, and counted.
    config.buckets = 2
    # Model
    config.encoder = "lattice"  # Or "tokens", or "words" (segmented before).
    config.output = "crf"  # Or "softmax".
    config.constraints = True  # Whether only what the scheme allows is predicted.
    config.embedding_dim = 32
    config.word_dim = 32
    # File of word vectors, of which the embeddings begin; see docs/own_data.md.
    config.vectors = config_dict.placeholder(str)
    config.train_vectors = True  # False: those that were found stay as they are.
    # Of the characters of tokens: "lstm" or "cnn"; None: none.
    config.char_encoder = config_dict.placeholder(str)
    config.char_embedding_dim = 25
    config.char_dim = 50
    config.depth = 1
    config.coupled = True  # Whether a lattice's forget gate is 1 - input gate.
    config.dropout = 0.3
    # A token, or word, seen n times is <UNK> in training at the rate r / (r + n).
    config.unknown_rate = 1.0
    return config
