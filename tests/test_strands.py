"""A model of both strands says the same of a sequence and its reverse complement."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import strands
from seqnets.data import bases, gene_tags
from seqnets.data.gene_tags import OTHER
from seqnets.decode import crf

pytestmark = pytest.mark.usefixtures("quickly")

SIZES = np.array([7, 4, 1])
MASK = np.arange(7) < SIZES[:, None]


def random_codes(rng):
    return np.where(MASK, rng.integers(1, 16, MASK.shape), 0).astype(np.uint8)


def random_tags(rng):
    return np.where(MASK, rng.integers(0, 13, MASK.shape), 0).astype(np.int32)


def test_rows_are_turned_where_they_are_and_twice_is_once():
    codes = random_codes(np.random.default_rng(0))
    turn = jax.jit(strands.reverse_complement)
    found = np.asarray(turn(codes, MASK))
    for own, other, size in zip(codes, found, SIZES, strict=True):
        expected = bases.reverse_complement(own[:size])
        np.testing.assert_array_equal(other[:size], expected)
        assert not other[size:].any()
    np.testing.assert_array_equal(turn(found, MASK), codes)


def test_tags_are_turned_as_on_the_host():
    tags = random_tags(np.random.default_rng(0))
    found = np.asarray(jax.jit(strands.other_tags)(tags, MASK))
    for own, other, size in zip(tags, found, SIZES, strict=True):
        np.testing.assert_array_equal(other[:size], gene_tags.other_strand(own[:size]))


def test_joined_scores_are_those_of_the_other_strand_with_tags_changed():
    rng = np.random.default_rng(1)
    own, other = rng.normal(size=(2, *MASK.shape, strands.FORWARD)).astype("f4")

    @jax.jit
    def both(own, other):
        found = strands.join_scores(own, other, MASK)
        turned = strands.join_scores(other, own, MASK)  # A net that reads x̄ first.
        return turned, strands.flip(found, MASK)

    turned, expected = map(np.asarray, both(own, other))
    expected = expected[..., OTHER]
    np.testing.assert_allclose(np.where(MASK[..., None], turned - expected, 0), 0)


@pytest.fixture(scope="module")
def chain():
    rng = np.random.default_rng(2)
    own = jax.eval_shape(lambda: crf.init(strands.FORWARD))
    drawn = jax.tree.map(lambda a: rng.normal(0, 1, a.shape).astype(np.float32), own)
    return jax.jit(strands.join_chains)(drawn)


def test_a_joined_chain_is_its_own_mirror_image(chain):
    chain = jax.tree.map(np.asarray, chain)
    np.testing.assert_array_equal(chain.transition, chain.transition[OTHER][:, OTHER].T)
    np.testing.assert_array_equal(chain.start, chain.stop[OTHER])


def test_tags_of_both_strands_have_one_probability(chain):
    rng = np.random.default_rng(3)
    own, other = rng.normal(size=(2, *MASK.shape, strands.FORWARD)).astype(np.float32)
    tags = random_tags(rng)
    turned = jax.jit(strands.other_tags)(tags, MASK)

    @jax.jit
    def log_p(a, b, tags):
        scores = strands.join_scores(a, b, MASK)
        return crf.log_likelihood(chain, scores, tags, jnp.asarray(MASK))

    first, second = log_p(own, other, tags), log_p(other, own, turned)
    np.testing.assert_allclose(first, second, rtol=1e-4)


def test_genes_are_allowed_wherever_they_are_cut():
    allowed = strands.allowed()
    tags = gene_tags.tags_of(gene_tags.parse("4..8,12..15;-20..23,27..31"), 34)
    chain = jax.jit(lambda: crf.constrain(crf.init(13), allowed))()
    cuts = tags, tags[5:], tags[:10], tags[21:29]
    mask = np.arange(len(tags)) < np.array([[len(cut)] for cut in cuts])
    rows = np.stack([np.pad(cut, (0, len(tags) - len(cut))) for cut in cuts])
    found = jax.jit(crf.score)(chain, np.zeros((*rows.shape, 13)), rows, mask)
    np.testing.assert_array_equal(found, np.zeros(4))
