"""The vector of a word depends on its characters, and on nothing beside them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets.modules import CharEncoder
from seqnets.modules.char_encoder import MODELS

pytestmark = pytest.mark.usefixtures("quickly")

WORDS = jnp.array([[[1, 2, 3, 0], [4, 0, 0, 0]], [[3, 2, 1, 0], [1, 2, 3, 4]]])


@pytest.mark.parametrize("model", MODELS)
def test_a_word_has_the_same_vector_anywhere(key, model):
    encoder = CharEncoder(5, model, embedding_dim=3, dim=6)
    variables = jax.jit(encoder.init)(key, WORDS)
    encode = jax.jit(encoder.apply)
    vectors = encode(variables, WORDS)
    assert vectors.shape == (2, 2, 6)
    alone = encode(variables, jnp.array([[[1, 2, 3]]]))
    np.testing.assert_allclose(vectors[0, 0], alone[0, 0], rtol=1e-5, atol=1e-6)
    different = [vectors[0, 1], vectors[1, 0], vectors[1, 1]]
    assert all(np.abs(vectors[0, 0] - other).max() > 1e-3 for other in different)


def test_parameters_are_named_by_what_they_are(key):
    names = {"lstm": {"embedding", "encoder"}, "cnn": {"embedding", "convolution"}}
    for model, expected in names.items():
        init = CharEncoder(5, model).init
        assert jax.eval_shape(init, key, WORDS)["params"].keys() == expected


def test_an_unknown_model_is_refused(key):
    with pytest.raises(ValueError, match="model must be one of lstm, cnn, not 'rnn'"):
        CharEncoder(5, "rnn").init(key, WORDS)
