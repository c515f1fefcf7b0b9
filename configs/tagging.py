"""Names in generated Chinese sentences: a lattice of characters and words, and a CRF.

Test F1 1.000 of three seeds, 75 s each on one shared CPU core. With
--config.encoder=tokens it is .765, with words, the longest of the lexicon, .900.
"""

from ml_collections import ConfigDict

from seqnets import cells
from seqnets.training import optimizer


def get_config() -> ConfigDict:
    config = ConfigDict()
    config.experiment = "tagging"
    config.seed = 0
    # Data: "places" is generated; "zh_cws", "resume_ner" and "conll2003" are known; or
    # a folder with train.txt, dev.txt and test.txt, in which a line is `token tag`, and
    # a blank line ends a sentence.
    config.corpus = "places"
    config.data_dir = None
    config.scheme = None  # BIO, BMES or IOBES; None: as the corpus has it.
    config.lexicon = "places"  # Or "zh_lexicon", or a file of lines `word frequency`.
    config.segmenter = None  # Folder of a run that cuts words, for the encoder "words".
    config.lowercase = False
    config.digits = False  # Whether digits differ.
    config.min_count = 1  # Rarer tokens become <UNK>.
    config.limit = 250  # Longer sentences are cut, and counted.
    config.buckets = 2
    config.batch_size = 32
    # Model: what is read are tokens, words (of characters that are cut) or a lattice.
    config.encoder = "lattice"
    config.output = "crf"  # Or softmax.
    config.constraints = True  # Whether only what the scheme allows is predicted.
    config.embedding_dim = 32
    config.word_dim = 32
    config.spelling = None  # Of tokens: lstm or cnn.
    config.letter_dim = 25
    config.spelling_dim = 50
    config.cell = ConfigDict(cells.options("LSTM", 48))
    config.depth = 1
    config.coupled = True  # Whether a lattice forgets what it does not take in.
    config.dropout = 0.3
    # A token or word seen n times in training is <UNK> once in 1 + n / unknown times.
    config.unknown = 1.0
    config.compute_dtype = "float32"
    # Optimiser
    config.steps = None
    config.epochs = 10
    config.optimizer = ConfigDict(
        optimizer.options(name="adam", learning_rate=5e-3, clip_norm=5.0)
    )
    # Bookkeeping
    config.log_every = None
    config.eval_every = None  # Once an epoch.
    config.checkpoint_every = None
    config.patience = None
    config.score_limit = None
    return config
