"""cuDNN's LSTM is ours; without a GPU, by JAX's reference for it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.experimental import rnn

from seqnets import cells
from seqnets.plan import Plan
from seqnets.unroll import unroll
from tests.looping import draw, like_init

pytestmark = pytest.mark.usefixtures("quickly")

B, T, D, H = 3, 5, 4, 6
HAS_GPU = jax.default_backend() == "gpu"


@pytest.fixture
def cudnn(monkeypatch):
    """Lets JAX's reference answer where cuDNN would, unless there is a GPU."""
    if HAS_GPU:
        return

    def reference(xs, h, c, weights, lengths, in_dim, dim, layers, dropout, both):
        parts = rnn.unpack_lstm_weights(weights, in_dim, dim, layers, both)
        sizes = lengths, in_dim, dim, layers, dropout, both
        return rnn.lstm_ref(xs, h, c, *parts, *sizes)

    monkeypatch.setattr(rnn, "lstm", reference)
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")


@pytest.mark.parametrize(
    ("bias", "reverse"),
    [(True, False), (True, True), (False, False)],
    ids=["forwards", "reverse", "without bias"],
)
def test_cudnn_gives_the_same_outputs_states_and_gradients(cudnn, bias, reverse):
    cell = cells.LSTM(H, bias=bias)
    rng = np.random.default_rng(0)
    params = like_init(rng, cell.init, D)
    xs, h, c = draw(rng, (np.zeros((B, T, D)), np.zeros((B, H)), np.zeros((B, H))))

    def loss(params, xs, h, c, gradient):
        state, ys = unroll(
            cell,
            params,
            xs,
            state=cells.LSTMState(h, c),
            reverse=reverse,
            plan=Plan(gradient=gradient),
        )
        weights = jnp.arange(ys.size).reshape(ys.shape) / ys.size
        return jnp.sum(weights * ys) + jnp.sum(state.h * state.c), (state, ys)

    run = jax.value_and_grad(loss, argnums=(0, 1, 2, 3), has_aux=True)
    run = jax.jit(run, static_argnums=4)
    # TensorFloat-32 is what a GPU multiplies by unless it is told otherwise.
    with jax.default_matmul_precision("highest"):
        ours, theirs = (
            run(params, xs, h, c, "custom_vjp"),
            run(params, xs, h, c, "cudnn"),
        )
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5),
        ours,
        theirs,
    )


@pytest.mark.parametrize(
    ("cell", "marks", "dtype", "reason"),
    [
        (cells.GRU(H), {}, "float32", "a plain LSTM"),
        (cells.LSTM(H, peephole=True), {}, "float32", "a plain LSTM"),
        (cells.Zoneout(cells.LSTM(H), 0.1), {}, "float32", "a plain LSTM"),
        (cells.LSTM(H), {}, "bfloat16", "takes float32"),
        (cells.LSTM(H), {"mask": jnp.ones((B, T), bool)}, "float32", "neither mask"),
        (cells.LSTM(H), {"reset": jnp.ones((B, T), bool)}, "float32", "nor reset"),
    ],
    ids=str,
)
def test_what_cudnn_cannot_do_is_refused(cudnn, cell, marks, dtype, reason):
    params = like_init(np.random.default_rng(0), cell.init, D)
    xs = jnp.zeros((B, T, D), dtype)
    with pytest.raises(ValueError, match=reason):
        unroll(cell, params, xs, plan=Plan("cudnn"), **marks)


@pytest.mark.skipif(HAS_GPU, reason="there is a GPU")
def test_cudnn_needs_a_gpu():
    cell = cells.LSTM(H)
    params = like_init(np.random.default_rng(0), cell.init, D)
    with pytest.raises(ValueError, match="needs a GPU"):
        unroll(cell, params, jnp.zeros((B, T, D)), plan=Plan("cudnn"))
