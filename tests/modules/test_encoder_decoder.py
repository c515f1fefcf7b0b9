"""Encoder-decoders: stepped as unrolled, a sentence alone as in a batch."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import cells
from seqnets.alignment import Additive, General, LocalP
from seqnets.modules import DeepOutput, Embedding, EncoderDecoder
from seqnets.modules.encoder_decoder import READOUTS, side_by_side
from seqnets.unroll import Directions

pytestmark = pytest.mark.usefixtures("quickly")

V, E, H, M, S, T = 7, 4, 3, 6, 5, 4  # M is the width of an encoder of both directions.
LENGTHS = [(5, 2), (3, 4), (0, 3)]  # Of source and target; one source is empty.
RNG = np.random.default_rng(0)


def bridged(cell, kind="tanh"):
    return cells.Bridge(cell, kind, M if kind == "tanh" else None)


GRUS = cells.Stack((cells.GRU(M), cells.GRU(M)))
DECODERS = {
    "before": (cells.AttendBefore(bridged(cells.GRU(M)), Additive(2), M), {}),
    "after": (
        cells.AttendAfter(bridged(cells.LSTM(M), "copy"), General(), E, M),
        {"start": "states", "tied": True, "encoder": cells.LSTM(H)},
    ),
    "above": (
        cells.Stack((bridged(cells.GRU(M)), cells.Attend(LocalP(2, 1), 5, M))),
        {"every_step": True},
    ),
    "no attention": (
        bridged(GRUS, "copy"),
        {
            "start": "states",
            "every_step": True,
            "encoder": cells.Stack((cells.GRU(H), cells.GRU(H))),
        },
    ),
}


def model(decoder, options, readout="linear"):
    embeddings = Embedding(V, E), Embedding(V, E)
    output = DeepOutput(V, readout, E)
    options = {"encoder": cells.GRU(H)} | options
    return EncoderDecoder(*embeddings, decoder=decoder, output=output, **options)


def batch(rows=slice(None), longest=(S, T)):
    sizes = np.array(LENGTHS)[rows]
    masks = [np.arange(n) < sizes[:, i, None] for i, n in enumerate(longest)]
    ids = np.random.default_rng(1).integers(V, size=(2, len(LENGTHS), max(S, T)))
    source, inputs = (x[rows, :n] for x, n in zip(ids, longest, strict=True))
    return source, masks[0], inputs, masks[1]


@pytest.fixture(scope="module", params=DECODERS)
def net(request):
    """A model, its parameters, and the logits of a batch."""
    made = model(*DECODERS[request.param])
    params = jax.jit(made.init)(jax.random.key(0), *batch())
    run = functools.partial(made.apply, params)
    return run, np.asarray(jax.jit(run)(*batch()))


def test_a_step_at_a_time_gives_the_logits_of_the_whole(net):
    run, logits = net
    source, source_mask, inputs, mask = batch()

    @jax.jit
    def stepped():
        bound, state = run(source, source_mask, method="read")
        step = functools.partial(run, bound, method="step")
        return jax.lax.scan(step, state, jnp.asarray(inputs.T))[1].swapaxes(0, 1)

    np.testing.assert_allclose(stepped()[mask], logits[mask], rtol=1e-5, atol=1e-6)


def test_a_sentence_alone_is_the_sentence_in_a_batch(net):
    run, logits = net
    size, length = LENGTHS[1]
    alone = jax.jit(run)(*batch([1], (size, length)))
    np.testing.assert_allclose(alone[0], logits[1, :length], rtol=1e-5, atol=1e-6)


def test_what_stands_in_padding_does_not_matter(net):
    run, logits = net
    source, source_mask, inputs, mask = batch()
    source = np.where(source_mask, source, V - 1 - source)
    inputs = np.where(mask, inputs, V - 1 - inputs)
    again = np.asarray(jax.jit(run)(source, source_mask, inputs, mask))
    np.testing.assert_array_equal(again[mask], logits[mask])


def test_hypotheses_are_a_second_axis_that_shares_the_source(net):
    run, _ = net
    source, source_mask, inputs, _ = batch()

    @jax.jit
    def together_and_alone():
        bound, state = run(source, source_mask, method="read")
        step = functools.partial(run, bound, method="step")
        states = state, jax.tree.map(lambda s: 0.5 * s, state)
        tokens = jnp.asarray(inputs[:, :2])  # [B, W]
        beam = jax.tree.map(lambda *own: jnp.stack(own, 1), *states)
        alone = [step(own, tokens[:, w])[1] for w, own in enumerate(states)]
        return jax.vmap(step, 1, 1)(beam, tokens)[1], jnp.stack(alone, 1)

    np.testing.assert_allclose(*together_and_alone(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("readout", READOUTS)
def test_a_read_out_matches_its_equation(key, readout):
    ys, xs = (RNG.normal(size=(2, n)).astype(np.float32) for n in (M, E))
    output = DeepOutput(V, readout, 5)
    params = output.init(key, ys, xs)["params"]
    params = jax.tree.map(lambda p: RNG.normal(size=p.shape).astype(np.float32), params)
    t = ys
    if readout != "linear":
        t = np.concatenate([ys, xs], -1) @ params["u"] + params["b_u"]
        t = np.tanh(t) if readout == "tanh" else np.maximum(t[:, ::2], t[:, 1::2])
    found = output.apply({"params": params}, ys, xs)
    np.testing.assert_allclose(found, t @ params["w"] + params["b"], rtol=1e-4)
    w = np.ones((t.shape[-1], 2), np.float32)
    tied = DeepOutput(2, readout, 5)
    own = {name: p for name, p in params.items() if name != "w"} | {"b": np.zeros(2)}
    found = tied.apply({"params": own}, ys, xs, w=w)
    np.testing.assert_allclose(found, t @ w, rtol=1e-4, atol=1e-5)


def test_states_of_both_directions_stand_side_by_side_in_every_layer():
    def state(value):
        return cells.LSTMState(jnp.full((2, 3), value), jnp.full((2, 3), -value))

    layers = (Directions(state(1.0), state(2.0)), Directions(state(3.0), state(4.0)))
    found = side_by_side(layers)
    assert isinstance(found[1], cells.LSTMState) and found[0].h.shape == (2, 6)
    np.testing.assert_array_equal(found[1].c[0], [-3.0] * 3 + [-4.0] * 3)
    assert side_by_side((state(1.0),))[0].h.shape == (2, 3)


def test_dropout_is_drawn_by_the_key_alone():
    decoder, options = DECODERS["before"]
    made = model(decoder, options | {"dropout": 0.5})
    params = jax.jit(made.init)(jax.random.key(0), *batch())
    run = jax.jit(made.apply)
    one, same, other, none = (
        run(params, *batch(), key=key)
        for key in (*map(jax.random.key, (0, 0, 1)), None)
    )
    np.testing.assert_array_equal(one, same)
    assert (np.asarray(one) != other).any() and (np.asarray(one) != none).any()
