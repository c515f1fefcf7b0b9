"""A sequence is pooled where its runs end, whatever stands in its padding."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import attention, cells
from seqnets.modules import POOLINGS, SequenceEncoder

pytestmark = pytest.mark.usefixtures("quickly")

CELL = cells.Stack((cells.GRU(4), cells.LSTM(3)))
XS = jax.random.normal(jax.random.key(1), (3, 6, 5))
LENGTHS = np.array([6, 4, 1])
MASK = np.arange(6) < LENGTHS[:, None]


@pytest.fixture(scope="module", params=["forward", "both"])
def encoded(request):
    """Returns the direction, parameters that suit every pooling, and all poolings."""
    direction = request.param
    encoders = {how: SequenceEncoder(CELL, direction, how, 4) for how in POOLINGS}
    variables = jax.jit(encoders["attention"].init)(jax.random.key(0), XS)

    @jax.jit
    def encode(xs, mask):
        return {h: e.apply(variables, xs, mask=mask) for h, e in encoders.items()}

    return direction, variables, encode


def test_padding_leaves_vectors_alone(encoded):
    direction, _, encode = encoded
    found, noisy = encode(XS, MASK), encode(jnp.where(MASK[..., None], XS, 1e3), MASK)
    jax.tree.map(np.testing.assert_array_equal, found, noisy)
    alone = encode(XS[1:2, :4], np.ones((1, 4), bool))
    for pooling, (vectors, weights) in found.items():
        assert vectors.shape == (3, 6 if direction == "both" else 3)
        own, own_weights = alone[pooling]
        np.testing.assert_allclose(vectors[1], own[0], rtol=1e-5, atol=1e-6)
        assert (weights is not None) == (pooling == "attention")
        if weights is not None:
            np.testing.assert_allclose(weights[1, :4], own_weights[0], rtol=1e-5)
            assert not weights[1, 4:].any()


def test_parameters_are_named_by_what_they_are(encoded):
    direction, variables, _ = encoded
    params = variables["params"]
    assert params.keys() == {"cell", "attention"}
    assert params["attention"]._fields == ("w", "b", "u")
    first = params["cell"][0]
    first = first.forward if direction == "both" else first
    assert {"w_x", "w_h"} <= set(first._fields)


def test_the_last_state_of_the_backward_run_has_read_everything(encoded):
    direction, _, encode = encoded
    changed = XS.at[:, 0].add(1.0)
    found = encode(XS, MASK)
    if direction == "forward":
        np.testing.assert_array_equal(found["last"][0], found["position"][0])
        return
    last = found["last"][0] - encode(changed, MASK)["last"][0]
    assert np.abs(last[0, 3:]).max() > 1e-3
    # The layers below read both ways, but 004's top backward half starts at the end.
    encoder = SequenceEncoder(cells.GRU(3), "both", "position")
    variables = jax.jit(encoder.init)(jax.random.key(0), XS)
    encode = jax.jit(lambda xs: encoder.apply(variables, xs, mask=MASK)[0])
    before, after = encode(XS), encode(changed)
    np.testing.assert_array_equal(before[0, 3:], after[0, 3:])
    assert np.abs(before[0, :3] - after[0, :3]).max() > 1e-4


def test_mean_and_sum_are_those_of_the_outputs(encoded):
    _, _, encode = encoded
    found = encode(XS, MASK)
    mean, total = found["mean"][0], found["sum"][0]
    np.testing.assert_allclose(mean * LENGTHS[:, None], total, rtol=1e-5, atol=1e-6)


def test_without_a_cell_the_inputs_are_pooled(key):
    total = np.where(MASK[..., None], XS, 0.0).sum(1)
    for pooling, expected in (("sum", total), ("mean", total / LENGTHS[:, None])):
        encoder = SequenceEncoder(None, pooling=pooling)
        assert encoder.init(key, XS, mask=MASK) == {}
        vectors, weights = encoder.apply({}, XS, mask=MASK)
        assert weights is None
        np.testing.assert_allclose(vectors, expected, rtol=1e-5, atol=1e-6)
    encoder = SequenceEncoder(None, pooling="attention", attention_dim=4)
    variables = encoder.init(key, XS, mask=MASK)
    assert variables["params"].keys() == {"attention"}
    expected = attention.pool(variables["params"]["attention"], XS, MASK)
    found = encoder.apply(variables, XS, mask=MASK)
    jax.tree.map(np.testing.assert_array_equal, found, expected)


@pytest.mark.parametrize("cell", [CELL, None], ids=["cell", "bag"])
def test_an_unknown_pooling_is_refused(key, cell):
    with pytest.raises(ValueError, match="pooling must be one of .* not 'first'"):
        SequenceEncoder(cell, pooling="first").init(key, XS, mask=MASK)


def test_a_bag_of_vectors_has_no_last_state(key):
    with pytest.raises(ValueError, match="one of mean, sum, attention, not 'last'"):
        SequenceEncoder(None, pooling="last").init(key, XS, mask=MASK)
