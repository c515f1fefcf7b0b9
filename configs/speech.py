"""experiments/speech.py: telephone keys dialled in noise; a Bi-LSTM with CTC.

Test digit error rate .060 of 200 digits after 40 seconds on one shared CPU core; a
guess for each digit has .90.
"""

from ml_collections import ConfigDict, config_dict

from seqnets.training.config import shared


def get_config() -> ConfigDict:
    config = shared(
        "speech",
        # Generated; or "fsdd", or the path of a folder or tar archive of WAV files that
        # are named digit_speaker_number, as in 7_jackson_32.wav.
        corpus="tones",
        batch_size=16,
        epochs=12,
        cell={"name": "LSTM", "dim": 32},
        optimizer={
            "name": "adam",
            "learning_rate": 1e-2,
            "clip_norm": 1.0,
            "schedule": "cosine",
        },
    )
    # Data
    # Speaker of the test split; "seed": the one of that number. None: official split.
    config.held_out = config_dict.placeholder(str)
    config.telephone = False  # Whether strings are telephone numbers, of 7 digits.
    config.digits = (1, 7)  # The fewest and the most in a string that is none.
    config.gap = (0.05, 0.3)  # The shortest and the longest, in seconds.
    config.stretch = 0.0  # Training strings are played at speeds 1 - x ... 1 + x.
    config.passes = 4  # Training strings that each recording is part of.
    config.passes_of_evaluation = 1
    config.buckets = 1
    # Model
    # Features are "mel" or "mfcc", of frames 10 ms apart; `stack` frames are a step.
    config.features = ConfigDict(
        {"kind": "mel", "bands": 40, "coefficients": 13, "deltas": False, "stack": 2}
    )
    config.noise = 0.0  # Deviation of the noise on features in training.
    config.depth = 1
    config.direction = "both"  # Or "forward", "backward".
    config.dropout = 0.0
    config.beam = config_dict.placeholder(int)  # Width; None: best-path decoding.
    # n of an n-gram of the training strings, weighed into the beam; None: none.
    config.lm_order = config_dict.placeholder(int)
    config.lm_weight = 1.0
    config.lm_bonus = 0.0  # For each digit: a language model likes short strings.
    return config
