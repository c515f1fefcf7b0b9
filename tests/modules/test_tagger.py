"""A tagger reads what its encoder needs of a batch, and padding leaves it alone."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import cells
from seqnets.modules import CharEncoder, Tagger
from seqnets.structures.lattice import LatticeLSTM

pytestmark = pytest.mark.usefixtures("quickly")

B, T, N, K = 2, 5, 3, 4
MASK = np.arange(T) < np.array([[5], [3]])
rng = np.random.default_rng(0)
BATCH = {
    "tokens": rng.integers(0, 7, (B, T)),
    "mask": MASK,
    "chars": rng.integers(0, 5, (B, T, 3)),
    "words": rng.integers(0, 6, (B, N)),
    "begin": np.array([[0, 1, 3], [0, 1, 0]]),
    "end": np.array([[1, 3, 4], [1, 2, 0]]),
}
TAGGERS = {
    "chain": Tagger(K, 7, 3, cells.Stack((cells.GRU(2), cells.GRU(3)))),
    "chars": Tagger(
        K, 7, 3, cells.LSTM(2), CharEncoder(5, "cnn", 2, 4), chain=False, dropout=0.5
    ),
    "lattice": Tagger(K, 7, 3, LatticeLSTM(2), words=6, word_dim=3, dropout=0.5),
}
NAMES = {
    "chain": {"embedding", "encoder", "readout", "crf"},
    "chars": {"embedding", "chars", "encoder", "readout"},
    "lattice": {
        *("embedding", "words_forward", "words_backward", "encoder", "readout", "crf"),
    },
}


CHANGED = {  # Fields of a batch on which the scores of each tagger depend.
    "chain": ("tokens",),
    "chars": ("tokens", "chars"),
    "lattice": ("tokens", "words"),
}


@pytest.fixture(scope="module", params=TAGGERS)
def tagged(request):
    """Returns the name of a tagger, its parameters, and its compiled scores."""
    tagger = TAGGERS[request.param]
    variables = jax.jit(tagger.init)(jax.random.key(0), BATCH)
    score = jax.jit(lambda batch, key=None: tagger.apply(variables, batch, key=key))
    return request.param, variables, score


def test_scores_depend_on_what_is_read_and_not_on_padding(tagged):
    name, variables, score = tagged
    assert variables["params"].keys() == NAMES[name]
    scores, chain = score(BATCH)
    assert scores.shape == (B, T, K) and (chain is None) == (name == "chars")
    padded = BATCH | {"tokens": np.where(MASK, BATCH["tokens"], 0)}
    np.testing.assert_array_equal(scores[MASK], score(padded)[0][MASK])
    for field in CHANGED[name]:
        other = BATCH | {field: (BATCH[field] + 1) % 5}
        assert np.abs(scores - score(other)[0])[MASK].max() > 1e-4


def test_dropout_is_drawn_by_the_key_alone(tagged):
    name, _, score = tagged
    first, again, other = (score(BATCH, jax.random.key(s))[0] for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (np.abs(first - other).max() > 1e-3) == (TAGGERS[name].dropout > 0.0)


def test_an_encoder_computes_in_the_dtype_it_is_given(tagged):
    name, variables, score = tagged
    low = dataclasses.replace(TAGGERS[name], dtype=jnp.bfloat16, parent=None)
    scores, _ = jax.jit(low.apply)(variables, BATCH)
    assert scores.dtype == jnp.float32
    assert 0.0 < np.abs(scores - score(BATCH)[0]).max() < 0.1
