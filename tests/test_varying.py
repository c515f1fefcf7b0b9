"""Inside `jax.shard_map`, with its default checks, everything runs and is itself."""

import jax
import numpy as np
import pytest
from jax.sharding import AxisType, PartitionSpec

from seqnets import cells, unroll
from seqnets.decode import crf, ctc
from seqnets.plan import Plan
from seqnets.structures import lattice
from seqnets.varying import vary
from tests.looping import like_init
from tests.own_cells import Leaky
from tests.variants import H, label

pytestmark = pytest.mark.usefixtures("quickly")

B, T, D, K = 2, 4, 2, 3
SHARED, CUT = PartitionSpec(), PartitionSpec("data")
MASK = np.arange(T) < np.array([[4], [2]])


def cut(f, ins, out):
    """Returns f over a mesh of one device, which is enough for the checks."""
    mesh = jax.make_mesh((1,), ("data",), axis_types=(AxisType.Auto,))
    return jax.shard_map(f, mesh=mesh, in_specs=ins, out_specs=out)


def check(f, shared, *own):
    """Traces the gradient of f, inside and outside, which is where the checks are."""
    ins = SHARED, *(CUT for _ in own)

    def summed(f):
        return jax.grad(lambda *a: sum(y.sum() for y in jax.tree.leaves(f(*a))))

    jax.eval_shape(cut(summed(f), ins, SHARED), shared, *own)
    jax.eval_shape(summed(cut(f, ins, CUT)), shared, *own)


@pytest.mark.parametrize(
    ("cell", "plan"),
    [
        (cells.SRN(H), None),
        (cells.GRU(H, reset="after"), None),
        (cells.Residual(H), None),
        (cells.Stack((cells.LRU(H), cells.MinGRU(H))), None),
        (cells.Stack((cells.LRU(H), cells.MinGRU(H))), Plan(time="parallel")),
        (Leaky(H), Plan("automatic", 2, True)),
        (cells.TrainableStart(cells.Dropout(cells.LSTM(H))), Plan(chunk=3)),
        (cells.LSTM(H, peephole=True), Plan(chunk=3, recompute=True)),
        (cells.Zoneout(cells.LSTM(H)), Plan(time="parallel")),
        (cells.Stack((cells.LSTM(H), cells.Zoneout(cells.GRU(H))), True), None),
    ],
    ids=label,
)
def test_every_cell_and_plan_runs(cell, plan):
    params = like_init(np.random.default_rng(0), cell.init, D)

    def run(params, xs, mask, reset):
        return unroll(cell, params, xs, mask=mask, reset=reset, plan=plan)

    check(run, params, np.zeros((B, T, D), np.float32), MASK, ~MASK)


def test_every_decoder_and_structure_runs():
    def chain(params, scores, mask):
        tags = np.zeros(mask.shape, int)
        found = crf.log_likelihood(params, scores, tags, mask)
        return found, crf.n_best(params, scores, mask, n=2)[1]

    scores = np.zeros((B, T, K), np.float32)
    check(chain, jax.eval_shape(lambda: crf.init(K)), scores, MASK)

    def strings(scale, logits, labels, mask):
        logits = scale * logits
        aligned = ctc.align(logits, labels, mask=mask)[1]
        return ctc.log_probability(logits, labels, mask=mask), aligned

    labels = np.ones((B, 1), int)
    check(strings, np.float32(1.0), scores, labels, MASK)

    cell = lattice.LatticeLSTM(H)
    xs = np.zeros((B, T, D), np.float32)
    words = lattice.Words(xs[:, :1], np.zeros((B, 1), int), labels)
    params = like_init(np.random.default_rng(0), cell.init, D, D)
    for plain in (True, False):

        def read(params, xs, words, mask, plain=plain):
            return lattice.unroll(cell, params, xs, words, mask=mask, plain=plain)

        check(read, params, xs, words, MASK)


def test_what_varies_keeps_every_bit_and_its_gradient_is_summed():
    state = np.array([-0.0, np.nan, np.inf, 3.0], np.float32)
    tree = (state, np.arange(4, dtype=np.int32), state > 1)
    assert vary(tree, tree) is tree  # Nothing happens outside.

    def within(shared, own):
        return vary(shared, own)

    found = cut(within, (SHARED, CUT), CUT)(tree, state)
    for a, b in zip(found, tree, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(np.asarray(a).view(np.uint8), b.view(np.uint8))

    def slope(shared, own):
        return jax.grad(lambda s: (vary(s, own) * own).sum())(shared)

    own = np.arange(4.0, dtype=np.float32)
    # The result has the type of what all devices share: it was summed over them.
    gradient = cut(slope, (SHARED, CUT), SHARED)(own, own)
    np.testing.assert_array_equal(gradient, own)


def test_explicit_axes_are_refused_with_what_to_do():
    mesh = jax.make_mesh((1,), ("data",), axis_types=(AxisType.Explicit,))
    cell = cells.SRN(H)
    params = like_init(np.random.default_rng(0), cell.init, D)
    sharding = jax.NamedSharding(mesh, CUT)
    xs = jax.device_put(np.zeros((B, T, D), np.float32), sharding)

    def run(params, xs):
        return unroll(cell, params, xs)[1]

    with jax.set_mesh(mesh):
        with pytest.raises(ValueError, match="inside jax.sharding.auto_axes"):
            jax.eval_shape(run, params, xs)
        free = jax.sharding.auto_axes(run, axes="data", out_sharding=CUT)
        assert jax.eval_shape(free, params, xs).shape == (B, T, H)
