"""experiments/speech.py: digits by a speaker who is not in the training split.

Six speakers are six seeds: train --config=configs/fsdd_speaker.py
--workdir=runs/fsdd_speaker --seeds=6. Test digit error rate .223: george .218, jackson
.103, lucas .149, nicolas .527, theo .202, yweweler .140, three minutes each on one
shared CPU core.
"""

from ml_collections import ConfigDict

from configs import fsdd_strings


def get_config() -> ConfigDict:
    config = fsdd_strings.get_config()
    # Data
    config.held_out = "seed"
    config.stretch = 0.15
    return config
