import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import cells
from seqnets.kernels import lattice_groups
from seqnets.structures import lattice
from seqnets.unroll import unroll
from tests.looping import like_init, weigh

pytestmark = pytest.mark.usefixtures("quickly")

B, T, N, D, E, H = 2, 5, 4, 2, 3, 2
# Nested and overlapping words, three that end at one step, and none.
BEGIN = np.array([[0, 0, 2, 1], [1, -1, 0, -1]])
END = np.array([[1, 3, 3, 3], [4, -1, 1, -1]])


@pytest.fixture(autouse=True)
def few_words_in_a_group(monkeypatch):
    monkeypatch.setattr(lattice_groups, "WIDTH", 2)


def sentences(cell, dtype=np.float64):
    rng = np.random.default_rng(0)
    params = like_init(rng, cell.init, D, E, dtype=dtype)
    xs = rng.normal(size=(B, T, D)).astype(dtype)
    words = lattice.Words(rng.normal(size=(B, N, E)).astype(dtype), BEGIN, END)
    return params, xs, words


def read(cell, params, xs, words, **options):
    return jax.jit(lambda p: lattice.unroll(cell, p, xs, words, **options))(params)


def read_one(cell, params, xs, words):
    """Reads a sentence as the equations stand: character by character, word by word."""
    h = c = jnp.zeros(H)
    hs, cs = [], []
    for t, x in enumerate(xs):
        s = x @ params.char.w_x + h @ params.char.w_h + params.char.b
        gates = dict(zip(cell.gates, jnp.split(s, len(cell.gates)), strict=True))
        i, o = jax.nn.sigmoid(gates["i"]), jax.nn.sigmoid(gates["o"])
        g = jnp.tanh(gates["g"])
        memories, links = [], []
        for word_x, begin, end in words:
            if end == t and 0 <= begin < end:
                s = word_x @ params.word.w_x + hs[begin] @ params.word.w_h
                i_w, f_w, g_w = jnp.split(s + params.word.b, 3)
                c_w = jax.nn.sigmoid(f_w) * cs[begin]
                c_w += jax.nn.sigmoid(i_w) * jnp.tanh(g_w)
                link = x @ params.link.w_x + c_w @ params.link.w_h + params.link.b
                memories.append(c_w)
                links.append(jax.nn.sigmoid(link))
        if memories:
            alpha = jax.nn.softmax(jnp.stack([i, *links]), 0)
            c = (alpha * jnp.stack([g, *memories])).sum(0)
        else:
            f = 1.0 - i if cell.coupled else jax.nn.sigmoid(gates["f"])
            c = f * c + i * g
        h = o * jnp.tanh(c)
        hs.append(h)
        cs.append(c)
    return hs, cs


@pytest.mark.parametrize(("coupled", "reverse"), [(True, False), (False, True)])
def test_a_batch_is_its_sentences_read_one_by_one(x64, coupled, reverse):
    cell = lattice.LatticeLSTM(H, coupled=coupled)
    params, xs, words = sentences(cell)

    def one_by_one(params, xs, vectors):
        hs, cs = [], []
        for b in range(B):
            places = list(zip(vectors[b], BEGIN[b], END[b], strict=True))
            x = xs[b]
            if reverse:
                places = [(v, T - 1 - j, T - 1 - i) for v, i, j in places if 0 <= i < j]
                x = x[::-1]
            h, c = read_one(cell, params, x, places)
            hs.append(jnp.stack(h)[::-1] if reverse else jnp.stack(h))
            cs.append(c[-1])
        return weigh((jnp.stack(hs), jnp.stack(cs)))

    def batched(plain):
        def run(params, xs, vectors):
            state, ys = lattice.unroll(
                cell,
                params,
                xs,
                words._replace(xs=vectors),
                reverse=reverse,
                plain=plain,
            )
            return weigh((ys, state.c))

        return run

    @jax.jit
    def measure(*inputs):
        ways = one_by_one, batched(True), batched(False)
        return [jax.value_and_grad(f, (0, 1, 2))(*inputs) for f in ways]

    expected, *found = measure(params, xs, words.xs)
    for own in found:
        jax.tree.map(
            lambda a, b: np.testing.assert_allclose(a, b, rtol=0, atol=1e-10),
            own,
            expected,
        )


def test_without_words_it_is_an_lstm(x64):
    cell, chain = lattice.LatticeLSTM(H, coupled=False), cells.LSTM(H)
    params, xs, words = sentences(cell)
    none = words._replace(begin=np.full((B, N), -1), end=np.full((B, N), -1))
    state, ys = read(cell, params, xs, none)
    own = cells.LSTMParams(*params.char)
    expected = jax.jit(unroll, static_argnums=0)(chain, own, xs)
    np.testing.assert_allclose(ys, expected[1], atol=1e-12)
    np.testing.assert_allclose(state.c, expected[0].c, atol=1e-12)


@pytest.mark.parametrize("plain", [True, False])
def test_padding_and_rubbish_in_it_change_nothing(x64, plain):
    cell = lattice.LatticeLSTM(H)
    params, xs, words = sentences(cell)
    at = np.array([1, 2, 4, 5, 7])  # Where the real steps come to stand.
    mask = np.zeros((B, 9), bool)
    mask[:, at] = True
    wide = np.full((B, 9, D), np.nan)
    wide[:, at] = xs
    moved = [np.where(p < 0, p, at[p]) for p in (BEGIN, END)]
    # Beside the words, some that begin, or end, where nothing is, or nowhere.
    bad = (
        np.tile([[0, 1, 6, -3, 2, 9, 2]], (B, 1)),
        np.tile([[4, 3, 8, 2, 2, 9, 1]], (B, 1)),
    )
    padded = lattice.Words(
        np.concatenate([words.xs, np.full((B, 7, E), np.nan)], 1),
        *(np.concatenate(pair, 1) for pair in zip(moved, bad, strict=True)),
    )

    def loss(params, xs, words, mask):
        whole = lattice.unroll(cell, params, xs, words, mask=mask, plain=plain)
        ys = whole[1] if mask is None else whole[1][:, at]
        return weigh(ys), whole

    run = jax.jit(jax.value_and_grad(loss, has_aux=True))
    (_, (state, ys)), own = run(params, wide, padded, mask)
    (_, (_, expected)), gradients = run(params, xs, words, None)
    np.testing.assert_allclose(ys[:, at], expected, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(np.asarray(ys)[~mask], 0.0)
    np.testing.assert_array_equal(state.h, ys[:, 7])
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=0, atol=1e-12),
        own,
        gradients,
    )


def test_each_direction_reads_words_from_its_own_side(x64):
    cell = lattice.LatticeLSTM(H)
    params, xs, words = sentences(cell)
    init = functools.partial(lattice.init_bidirectional, cell)
    pair = like_init(np.random.default_rng(1), init, D, E)
    both = lattice.Directions(words, words._replace(xs=-words.xs))
    mirrored = lattice.Words(-words.xs, T - 1 - END, T - 1 - BEGIN)

    @jax.jit
    def measure(pair):
        runs = (
            lattice.bidirectional(cell, pair, xs, both),
            lattice.unroll(cell, pair.backward, xs[:, ::-1], mirrored),
            lattice.unroll(cell, pair.forward, xs, words),
        )
        return [ys for _, ys in runs]

    ys, back, on = measure(pair)
    np.testing.assert_allclose(ys[..., H:], back[:, ::-1], atol=1e-12)
    np.testing.assert_allclose(ys[..., :H], on, atol=1e-12)


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize("size", [(B, 0), (0, T), (0, 0)], ids=str)
def test_no_characters_leave_the_first_state_and_no_rows_nothing(size, plain):
    cell = lattice.LatticeLSTM(H)
    params, xs, words = sentences(cell, np.float32)
    rows, length = size
    xs, words = jax.tree.map(lambda a: a[:rows], (xs[:, :length], words))

    def loss(params):
        state, ys = lattice.unroll(cell, params, xs, words, plain=plain)
        assert state.h.shape == state.c.shape == (rows, H) and ys.shape == (*size, H)
        return weigh((state, ys))

    gradient = jax.jit(jax.grad(loss))(params)
    assert all(not g.any() for g in jax.tree.leaves(gradient))


def test_a_forward_derivative_needs_the_plain_form(monkeypatch):
    @jax.custom_vjp
    def run(us, ls):
        return us[..., :H], ls

    run.defvjp(lambda us, ls: (run(us, ls), ls), lambda *_: None)
    # Quick to compile, and all that matters is that it has a custom gradient.
    monkeypatch.setattr(lattice.kernel, "run", lambda gates, w, us, ls, *_: run(us, ls))
    cell = lattice.LatticeLSTM(H)
    params, xs, words = sentences(cell, np.float32)
    with pytest.raises(ValueError, match="custom_vjp.*plain=True"):
        jax.jvp(lambda x: lattice.unroll(cell, params, x, words)[1], (xs,), (xs,))


def test_bfloat16_keeps_its_memory_in_float32():
    cell = lattice.LatticeLSTM(H)
    params, xs, words = sentences(cell, np.float32)
    expected = read(cell, params, xs, words)
    for plain in (True, False):
        state, ys = read(cell, params, jnp.bfloat16(xs), words, plain=plain)
        assert state.h.dtype == ys.dtype == jnp.bfloat16
        assert state.c.dtype == jnp.float32
        np.testing.assert_allclose(ys.astype(np.float32), expected[1], atol=0.03)


def test_it_starts_as_the_released_code_does():
    params = lattice.LatticeLSTM(4).init(jax.random.key(0), 6, 5)
    assert [a.shape for a in params.char] == [(6, 12), (4, 12), (12,)]
    assert [a.shape for a in params.word] == [(5, 12), (4, 12), (12,)]
    assert [a.shape for a in params.link] == [(6, 4), (4, 4), (4,)]
    np.testing.assert_array_equal(params.char.w_h, np.tile(np.eye(4), 3))
    block = params.word.w_x[:, :4]
    np.testing.assert_allclose(block.T @ block, np.eye(4), atol=1e-5)


def test_shapes_that_do_not_go_together_are_refused():
    cell = lattice.LatticeLSTM(H)
    params, xs, words = sentences(cell, np.float32)
    for bad, message in [
        ((xs[0], words, None), "characters must be"),
        ((xs, words._replace(end=END[:, :2]), None), "words must"),
        ((xs[:1], words, None), "words of 2 sentences, but the characters of 1"),
        ((xs, words, np.ones((B, 1), bool)), "mask"),
    ]:
        with pytest.raises(ValueError, match=message):
            lattice.unroll(cell, params, *bad[:2], mask=bad[2])
    with pytest.raises(ValueError, match="dim"):
        lattice.LatticeLSTM(0)
