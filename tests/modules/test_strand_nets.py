"""Nets that share both strands answer a sequence and its reverse complement alike."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import cells, strands
from seqnets.data.gene_tags import OTHER, TAGS
from seqnets.decode import crf
from seqnets.modules import Readout, Recurrent, SequenceEncoder
from seqnets.modules.strand_nets import GeneNet, MiddleEncoder, WindowNet

pytestmark = pytest.mark.usefixtures("quickly")

MASK = np.arange(6) < np.array([6, 4])[:, None]
CODES = np.where(MASK, np.random.default_rng(0).integers(1, 16, (2, 6)), 0)
CODES = CODES.astype(np.uint8)
CELL = cells.Stack((cells.SRN(3),))


def both(net):
    """Returns what a net gives for sequences, and for the reverse complements."""

    @jax.jit
    def run():
        params = net.init(jax.random.key(0), CODES, mask=MASK)
        params = jax.tree.map(lambda a: a + 0.3, params)  # Biases of zero tell little.
        other = strands.reverse_complement(CODES, MASK)
        return [net.apply(params, codes, mask=MASK) for codes in (CODES, other)]

    return run()


@pytest.mark.parametrize("pooling", ["attention", "middle"])
def test_classes_of_windows_are_those_of_the_other_strand(pooling):
    encoder = MiddleEncoder(Recurrent(CELL, "both"))
    if pooling == "attention":
        encoder = SequenceEncoder(CELL, "both", pooling, 2)
    shared = WindowNet(encoder, Readout(2), True, jnp.float32)
    (logits, weights), (same, flipped) = both(shared)
    np.testing.assert_allclose(logits, same, atol=1e-5)
    if pooling == "attention":
        np.testing.assert_allclose(strands.flip(flipped, MASK), weights, atol=1e-5)
        one = WindowNet(encoder, Readout(2), False, jnp.float32)
        (logits, _), (other, _) = both(one)
        assert np.abs(logits - other).max() > 1e-3


def test_tags_are_as_probable_on_the_other_strand():
    (scores, chain), (others, same) = both(GeneNet(CELL, True, 0.0, jnp.float32))
    assert scores.shape == (2, 6, TAGS)
    jax.tree.map(np.testing.assert_array_equal, chain, same)
    turned = strands.flip(others, MASK)[..., OTHER]
    difference = np.where(MASK[..., None], scores - turned, 0)
    np.testing.assert_allclose(difference, 0, atol=1e-5)
    p, q = (crf.marginals(chain, e, jnp.asarray(MASK)) for e in (scores, others))
    np.testing.assert_allclose(strands.flip(q, MASK)[..., OTHER], p, atol=1e-4)


def test_a_net_of_one_strand_scores_all_tags():
    (scores, chain), (others, _) = both(GeneNet(CELL, False, 0.0, jnp.float32))
    assert scores.shape == (2, 6, TAGS) and chain.start.shape == (TAGS,)
    turned = strands.flip(others, MASK)[..., OTHER]
    assert np.abs(np.where(MASK[..., None], scores - turned, 0)).max() > 1e-3


def test_the_middle_is_read_last_by_both_directions():
    xs = jax.random.normal(jax.random.key(1), (2, 6, 4))
    encoder = MiddleEncoder(Recurrent(CELL, "both"))
    runner = Recurrent(CELL, "both")

    @jax.jit
    def run():
        params = encoder.init(jax.random.key(0), xs, mask=MASK)
        inner = {"params": params["params"]["recurrent"]}
        return encoder.apply(params, xs, mask=MASK)[0], runner.apply(
            inner, xs, mask=MASK
        )[1]

    found, ys = run()
    for row, middle in enumerate((3, 2)):
        np.testing.assert_allclose(found[row, :3], ys[row, middle - 1, :3], rtol=1e-6)
        np.testing.assert_allclose(found[row, 3:], ys[row, middle, 3:], rtol=1e-6)
