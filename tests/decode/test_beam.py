"""Beam search: greedy at width 1, exact where it holds all, and exact in its end."""

import functools
import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
from jax.sharding import AxisType, PartitionSpec

from seqnets import cells
from seqnets.alignment import Additive, Concat, General
from seqnets.decode import beam, sampling
from seqnets.decode.constraints import Constraint
from seqnets.unroll import bind, unroll
from seqnets.unroll import step as take_step

pytestmark = pytest.mark.usefixtures("quickly")

EOS = 0


def tables(rows, symbols, seed=0):
    """Logits of the next symbol, given the last two, of each row [B, V, V, V]."""
    shape = rows, symbols, symbols, symbols
    return np.random.default_rng(seed).normal(scale=1.5, size=shape).astype(np.float32)


def follow(table, before, token):
    """One step; the table is what all hypotheses of a row share."""
    return token, table[jnp.arange(len(table)), before, token]


@functools.partial(jax.jit, static_argnames=("limits", "options"))
def run(table, first, limits, options):
    width, length = limits
    options = {"width": width, "length": length, "eos": EOS} | dict(options)
    if "constraint" in options:
        options["constraint"] = options["constraint"](len(first))
    return beam.search(functools.partial(follow, table), first, first, **options)


def search(table, first=None, *, width=3, length=6, **options):
    first = np.ones(len(table), np.int32) if first is None else first
    found = run(jnp.asarray(table), first, (width, length), tuple(options.items()))
    return jax.tree.map(np.asarray, found)


def penalty(count, alpha):
    return ((5 + count) / 6) ** alpha


def reference(table, first, *, width, length, alpha=0.0, allows=lambda symbols: True):
    """Beam search of one row by loops, to the end, in float64.

    Returns:
      All hypotheses (score, ln p, symbols), the best one first, and how many steps
      there are until no running one can become the best.
    """
    log_p = scipy.special.log_softmax(table.astype(np.float64), -1)
    running, finished, needed = [(0.0, ())], [], None
    for t in range(length):
        best = max((p / penalty(len(y), alpha) for p, y in finished), default=-math.inf)
        reachable = max((p for p, _ in running), default=-math.inf)
        if needed is None and reachable / penalty(length, alpha) <= best:
            needed = t
        grown = []
        for p, y in running:
            before = (first, first, *y)[-2:]
            extensions = log_p[before].tolist()
            grown += [(p + q, (*y, v)) for v, q in enumerate(extensions)]
        grown = [(p, y) for p, y in grown if allows(y) and p > -math.inf]
        grown = sorted(grown, key=lambda g: -g[0])[: width - len(finished)]
        finished += [(p, y) for p, y in grown if y[-1] == EOS]
        running = [(p, y) for p, y in grown if y[-1] != EOS]
    found = [(p / penalty(len(y), alpha), p, y) for p, y in finished + running]
    return sorted(found, key=lambda f: -f[0]), length if needed is None else needed


def agree(found, row, expected):
    """The hypotheses of a row are those expected, in their order."""
    for n, (tokens, length, score, log_prob, finished) in enumerate(
        zip(*(field[row] for field in found), strict=True)
    ):
        if n >= len(expected):
            assert (score, log_prob, length) == (-math.inf, -math.inf, 0)
            assert not finished and (tokens == EOS).all()
            continue
        own_score, own_log_prob, symbols = expected[n]
        ended = symbols[-1] == EOS
        assert tokens.tolist() == [*symbols, *[EOS] * (len(tokens) - len(symbols))]
        assert (length, finished) == (len(symbols) - ended, ended)
        np.testing.assert_allclose(
            (score, log_prob), (own_score, own_log_prob), rtol=1e-5
        )


def balanced(rows):
    """1 opens a bracket and 2 closes one; a sequence ends where all are closed."""

    def allowed(depth):
        ends, opens = depth == 0, jnp.ones_like(depth, bool)
        return jnp.stack([ends, opens, depth > 0], -1)

    return Constraint(
        start=jnp.zeros(rows, int),
        advance=lambda depth, token: depth + (token == 1) - (token == 2),
        allowed=allowed,
    )


def is_balanced(symbols):
    depths = np.cumsum([{0: 0, 1: 1, 2: -1}[v] for v in symbols])
    return depths.min() >= 0 and (symbols[-1] != EOS or depths[-1] == 0)


def repeats(symbols, n):
    grams = list(zip(*(symbols[i:] for i in range(n)), strict=False))
    return len(set(grams)) < len(grams)


CONSTRAINTS = [
    ({"alpha": 0.0}, lambda y: True),
    ({"alpha": 0.6}, lambda y: True),
    ({"alpha": 1.0, "min_length": 2}, lambda y: y[-1] != EOS or len(y) > 2),
    ({"no_repeat": 1, "alpha": 0.6}, lambda y: not repeats(y, 1)),
    ({"no_repeat": 2, "alpha": 1.0}, lambda y: not repeats(y, 2)),
    ({"forbidden": (2,)}, lambda y: 2 not in y),
    ({"alpha": 0.6, "constraint": balanced}, is_balanced),
]


@pytest.mark.parametrize(("options", "allows"), CONSTRAINTS)
def test_a_beam_that_holds_all_sequences_finds_the_best(options, allows):
    symbols, length, n = 3, 4, 6
    table = tables(6, symbols)
    found = search(table, width=symbols**length, length=length, n_best=n, **options)
    log_p = scipy.special.log_softmax(table.astype(np.float64), -1)
    for row in range(len(table)):
        every = []
        for y in itertools.product(range(symbols), repeat=length):
            y = y[: y.index(EOS) + 1] if EOS in y else y
            if all(allows(y[: t + 1]) for t in range(len(y))):
                steps = zip((1, 1, *y), (1, *y), y, strict=False)
                p = sum(log_p[row][step] for step in steps)
                every.append((p / penalty(len(y), options.get("alpha", 0.0)), p, y))
        agree(found, row, sorted(set(every), reverse=True)[:n])


@pytest.mark.parametrize("alpha", [0.0, 0.6, 1.0])
def test_a_narrow_beam_ends_early_with_what_running_on_would_find(alpha):
    table = tables(64, 5, seed=1)
    table[::2, ..., EOS] += 1.0  # Some that end soon.
    for n in (1, 3):
        found = search(table, width=3, length=9, alpha=alpha, n_best=n)
        for row in range(len(table)):
            expected, _ = reference(table[row], 1, width=3, length=9, alpha=alpha)
            agree(found, row, expected[:n])
    # Both kinds were there.
    assert 0 < found.finished.mean() < 1 and (np.ptp(found.lengths, 0) > 3).all()


@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_the_loop_takes_the_steps_that_its_slowest_row_needs(alpha):
    steps = []

    @jax.jit
    def counted(table):
        def step(state, token):
            jax.debug.callback(lambda _: steps.append(0), token[0], ordered=False)
            return follow(table, state, token)

        first = jnp.ones(len(table), int)
        options = {"width": 3, "length": 9, "eos": EOS, "alpha": alpha}
        return beam.search(step, first, first, **options)

    taken = []
    for seed in range(12):
        table = tables(2, 5, seed=seed)
        table[..., EOS] += 0.5
        steps.clear()
        jax.block_until_ready(counted(table))
        jax.effects_barrier()
        taken.append(len(steps))
        needs = [reference(t, 1, width=3, length=9, alpha=alpha)[1] for t in table]
        # A call for the first one, and one for each hypothesis of the others.
        assert len(steps) == 3 * max(needs) - 2
    assert len(set(taken)) > 2


def test_width_one_is_greedy_and_sampling_at_temperature_zero():
    table, first = tables(32, 6), np.arange(32, dtype=np.int32) % 6
    step = functools.partial(follow, jnp.asarray(table))
    tokens, lengths = sampling.sample(
        step, first, first, jax.random.key(0), length=9, temperature=0, eos=EOS
    )
    for alpha in (0.0, 1.0):
        found = search(table, first, width=1, length=9, alpha=alpha)
        np.testing.assert_array_equal(found.tokens[:, 0], tokens)
        np.testing.assert_array_equal(found.lengths[:, 0], lengths)
    assert 0 < found.finished.mean() < 1


def test_a_finished_hypothesis_outlives_running_ones_that_are_better_for_a_while():
    p = np.full((1, 9, 9, 9), 1 / 9)
    p[0, 1, 1] = [0.31, 0, 0.69, *[0] * 6]
    p[0, 1, 2] = [0, 0, 0, 0.5, 0.5, *[0] * 4]  # Two of 0.345, then many of 0.04.
    with np.errstate(divide="ignore"):
        table = np.log(p).astype(np.float32)
    found = search(table, width=2, length=6, n_best=2)
    assert found.tokens[0, 0].tolist() == [EOS] * 6 and found.finished[0, 0]
    np.testing.assert_allclose(np.exp(found.log_probs[0, 0]), 0.31, rtol=1e-5)
    np.testing.assert_allclose(np.exp(found.log_probs[0, 1]), 0.345 / 9, rtol=1e-5)


def test_hypotheses_are_sorted_and_distinct():
    found = search(tables(32, 4, seed=3), width=8, length=5, n_best=8, alpha=0.6)
    assert (np.diff(found.scores) <= 0).all()
    for row in range(32):
        pairs = zip(found.tokens[row], found.lengths[row], strict=True)
        assert len({(*tokens, length) for tokens, length in pairs}) == 8


def test_a_row_is_itself_in_any_batch():
    table = tables(12, 5, seed=4)
    whole = search(table, width=4, length=9, n_best=2, alpha=0.6)
    for rows in ([7], [3, 0, 11]):
        some = search(table[rows], width=4, length=9, n_best=2, alpha=0.6)
        for a, b in zip(some, whole, strict=True):
            np.testing.assert_array_equal(a, b[rows])


def test_what_is_forbidden_everywhere_leaves_no_hypothesis():
    table = tables(5, 4, seed=5)
    whole = search(table, n_best=2)
    table[1] = -np.inf  # Nothing may come,
    table[2, 1, 1] = np.nan  # nothing is known,
    table[3, :, 1:] = -np.inf  # and nothing may follow what comes first.
    table[3, 1, 1] = [-np.inf, -np.inf, 0.0, 0.0]
    found = search(table, n_best=2)
    for row in (1, 2, 3):
        agree(found, row, [])
    for row in (0, 4):
        for a, b in zip(found, whole, strict=True):
            np.testing.assert_array_equal(a[row], b[row])
    constrained = search(table, n_best=2, constraint=nothing)
    assert not np.isfinite(constrained.scores).any()


def nothing(rows):
    return Constraint((), lambda state, _: state, lambda _: jnp.zeros((rows, 4), bool))


def test_of_equal_hypotheses_the_lower_symbol_and_the_earlier_end_go_first():
    level = np.zeros((1, 4, 4, 4), np.float32)
    found = search(level, width=4, length=1, n_best=4)
    assert found.tokens[0, :, 0].tolist() == [0, 1, 2, 3]
    level[0, 1, 1, 2:] = level[0, 1, 2] = level[0, 1, 3] = -np.inf
    level[0, 1, 1, EOS], level[0, 1, 1, 1] = 0.0, -np.inf
    level[0, 1, 1, 2], level[0, 1, 2, EOS] = 0.0, 0.0  # "" and "2" are of 1/2 each.
    found = search(level, width=4, length=3, n_best=2)
    assert found.log_probs[0, 0] == found.log_probs[0, 1]
    assert found.lengths[0].tolist() == [0, 1] and found.finished.all()


def test_nothing_to_read_and_nothing_to_write():
    found = search(tables(3, 4), length=0, n_best=2)
    assert found.tokens.shape == (3, 2, 0) and not found.finished.any()
    assert (found.scores == [0.0, -np.inf]).all()  # The empty sequence, cut off.
    found = search(tables(0, 4), n_best=2)
    assert found.tokens.shape == (0, 2, 6) and found.scores.shape == (0, 2)


def test_low_precision_logits_are_summed_in_float32():
    table = jnp.asarray(tables(4, 5), jnp.bfloat16)
    found = search(table, length=9, n_best=3)
    assert found.scores.dtype == found.log_probs.dtype == np.float32
    for row in range(4):
        agree(found, row, reference(np.float32(table)[row], 1, width=3, length=9)[0])


class Translator:
    """A decoder with a bound memory, which its hypotheses share."""

    def __init__(self, cell, symbols=7, dim=5):
        keys = jax.random.split(jax.random.key(1), 3)
        self.cell, self.params = cell, cell.init(keys[0], dim)
        self.embedding = 2.0 * jax.random.normal(keys[1], (symbols, dim))
        self.w = 2.0 * jax.random.normal(keys[2], (cell.out_dim, symbols))

    @functools.partial(jax.jit, static_argnums=0)
    def search(self, values, mask):
        params = bind(self.cell, self.params, cells.Memory(values, mask))

        def step(state, token):
            x = self.embedding[token]
            state, y = take_step(self.cell, params, state, x)
            return state, y @ self.w

        first = jnp.ones(len(values), int)
        state = self.cell.initial_state(params, len(values), jnp.float32)
        options = {"width": 4, "length": 8, "eos": EOS, "n_best": 2, "alpha": 0.6}
        return beam.search(step, state, first, **options)

    @functools.partial(jax.jit, static_argnums=0)
    def log_p(self, values, mask, tokens):
        """ln p of each symbol of sequences [B, T], teacher-forced."""
        inputs = jnp.pad(tokens[:, :-1], ((0, 0), (1, 0)), constant_values=1)
        params = bind(self.cell, self.params, cells.Memory(values, mask))
        _, ys = unroll(self.cell, params, self.embedding[inputs])
        log_p = jax.nn.log_softmax(ys @ self.w)
        return jnp.take_along_axis(log_p, tokens[..., None], -1)[..., 0]


STACKS = [
    (cells.GRU(4), cells.Zoneout(cells.LSTM(4))),
    (cells.LSTM(3), cells.AttendBefore(cells.GRU(4), Additive(3), 3)),
    (cells.AttendAfter(cells.SRN(4), General(), 4, 3), cells.Attend(Concat(3), 4, 3)),
]


@pytest.fixture(
    scope="module", params=STACKS, ids=lambda stack: type(stack[-1]).__name__
)
def net(request):
    return Translator(cells.Stack(request.param, residual=True))


@pytest.fixture(scope="module")
def sources():
    values = np.random.default_rng(0).normal(size=(6, 4, 3)).astype(np.float32)
    mask = np.arange(4) < np.array([4, 3, 2, 1, 3, 0])[:, None]
    return np.where(mask[..., None], values, np.nan), mask


def test_scores_are_what_the_model_gives_when_it_is_told_the_symbols(net, sources):
    found = jax.tree.map(np.asarray, net.search(*sources))
    assert np.isfinite(found.scores).all()
    for n in range(2):
        tokens, count = found.tokens[:, n], found.lengths[:, n] + found.finished[:, n]
        log_p = np.asarray(net.log_p(*sources, tokens))
        log_p = np.where(np.arange(8) < count[:, None], log_p, 0.0).sum(1)
        np.testing.assert_allclose(found.log_probs[:, n], log_p, rtol=1e-4)
        scores = log_p / penalty(count, 0.6)
        np.testing.assert_allclose(found.scores[:, n], scores, rtol=1e-4)


def test_neither_its_batch_nor_its_padding_changes_a_sentence(net, sources):
    found = net.search(*sources)
    values, mask = sources
    others = net.search(values[::-1], mask[::-1])  # After others, padded before.
    moved = net.search(values[:, ::-1], mask[:, ::-1])
    for a, b, c in zip(found, others, moved, strict=True):
        np.testing.assert_allclose(b[::-1], a, rtol=1e-5)
        np.testing.assert_allclose(c, a, rtol=1e-5)


def test_under_shard_map_and_vmap_a_search_is_itself():
    table = jnp.asarray(tables(4, 4, seed=6))

    def find(table):  # The first symbols are the same on every device.
        first = jnp.ones(len(table), int)
        step = functools.partial(follow, table)
        return beam.search(step, first, first, width=3, length=6, eos=EOS)

    expected = jax.jit(find)(table)
    mesh = jax.make_mesh((1,), ("data",), axis_types=(AxisType.Auto,))
    cut = PartitionSpec("data")
    sharded = jax.shard_map(find, mesh=mesh, in_specs=cut, out_specs=cut)
    assert jax.eval_shape(sharded, table) == jax.eval_shape(find, table)
    halves = jax.jit(jax.vmap(find))(table.reshape(2, 2, *table.shape[1:]))
    for a, b in zip(halves, expected, strict=True):
        np.testing.assert_array_equal(a.reshape(b.shape), b)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": 0}, "width must be a whole number, 1 or more, not 0"),
        ({"width": 2.0}, "width must be a whole number"),
        ({"length": -1}, "length must be a whole number, 0 or more"),
        ({"eos": 4}, "eos must be a whole number, 0 to 3, not 4"),
        ({"eos": -1}, "eos must be"),
        ({"n_best": 4}, "n_best must be a whole number, 1 to 3, not 4"),
        ({"min_length": 7}, "min_length must be a whole number, 0 to 6, not 7"),
        ({"no_repeat": -1}, "no_repeat must be"),
        ({"alpha": -0.5}, "alpha must be a finite number, 0 or more, not -0.5"),
        ({"alpha": math.nan}, "alpha must be"),
        ({"forbidden": (1, 4)}, r"forbidden must hold symbols 0 to 3, not \(1, 4\)"),
    ],
    ids=str,
)
def test_a_bad_option_is_named_with_its_value(options, message):
    with pytest.raises(ValueError, match=message):
        search(tables(1, 4), **options)


def test_a_step_of_other_shapes_is_refused():
    first = jnp.ones(3, int)
    options = {"width": 2, "length": 2, "eos": EOS}
    with pytest.raises(ValueError, match=r"logits \[3, V\]: .* \(3, 1, 4\)"):
        beam.search(lambda s, v: (s, jnp.zeros((3, 1, 4))), first, first, **options)
    with pytest.raises(ValueError, match=r"state has shapes \[\(2,\)\]"):
        state = jnp.zeros(2)
        beam.search(lambda s, v: (s, jnp.zeros((3, 4))), state, first, **options)
