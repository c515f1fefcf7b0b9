"""The two strands of DNA: what a model computes of one, and of the other.

All of it is of rows whose real steps come first, padding after them. A sequence x is
the same molecule as its reverse complement x̄; a model that shares its parameters among
both strands says the same of both.
"""

import jax.numpy as jnp
import numpy as np
from jax import Array

from seqnets.data import bases
from seqnets.data.gene_tags import ALLOWED, OTHER, STRAND, TAGS
from seqnets.decode.crf import CRFParams

FORWARD = 1 + STRAND  # Tags of one strand, and that of what is outside.


def vectors(codes: Array) -> Array:
    """Returns the probabilities of A, C, G and T, float32 [..., 4], of codes [...]."""
    return jnp.asarray(bases.VECTORS)[codes]


def flip(xs: Array, mask: Array) -> Array:
    """Reverses the real steps of each row; padding stays where it is.

    Args:
      xs: [B, T, ...].
      mask: [B, T] bool, True at real steps, which come first.
    """
    size, places = mask.sum(1, keepdims=True), jnp.arange(mask.shape[1])
    order = jnp.where(places < size, size - 1 - places, places)
    order = order.reshape(*order.shape, *[1] * (xs.ndim - 2))
    return jnp.take_along_axis(xs, order, 1)


def reverse_complement(codes: Array, mask: Array) -> Array:
    """Returns x̄, [B, T], of codes [B, T]; see `bases`."""
    return flip(jnp.asarray(bases.COMPLEMENT)[codes], mask)


def other_tags(tags: Array, mask: Array) -> Array:
    """Returns the tags of x̄, [B, T], of those of x; see `gene_tags`."""
    return flip(jnp.asarray(OTHER, tags.dtype)[tags], mask)


def join_scores(own: Array, other: Array, mask: Array) -> Array:
    """Joins what one net scores on both strands, [B, T, 7] each, to all 13 tags.

    e_t(x) = [o_t(x) + o_t'(x̄); f_t(x); f_t'(x̄)],  t' = T + 1 - t,
    with o the score of what is outside, and f those of a strand's six tags. So
    e_t(x)[k] = e_t'(x̄)[k̄], k̄ being tag k with the strands in each other's place.

    Args:
      own: of x.
      other: of x̄.
      mask: [B, T] bool.
    """
    other = flip(other, mask)
    outside = own[..., :1] + other[..., :1]
    return jnp.concatenate([outside, own[..., 1:], other[..., 1:]], -1)


def join_chains(chain: CRFParams) -> CRFParams:
    """Makes a chain of all 13 tags of one of 7, the other strand's read backwards.

    A[i, j] = A[j̄, ī], start[i] = stop[ī]: tags of x, and those of x̄ read from its own
    beginning, have one score.

    Args:
      chain: of what is outside and of six tags.
    """
    ends = jnp.stack([chain.start, chain.stop])
    outside = ends[:, :1].mean(0, keepdims=True)
    ends = jnp.concatenate([jnp.repeat(outside, 2, 0), ends[:, 1:], ends[::-1, 1:]], 1)
    own = jnp.zeros((TAGS, TAGS), chain.transition.dtype)
    own = own.at[:FORWARD, :FORWARD].set(chain.transition)
    there = np.r_[0, FORWARD:TAGS]
    other = jnp.zeros_like(own).at[np.ix_(there, there)].set(chain.transition.T)
    inner = own.at[0, 0].set(0.0) + other
    return CRFParams(inner, *ends)


def allowed() -> CRFParams:
    """Returns which tags may follow each other; a sequence may be a part of a gene."""
    ends = np.ones(TAGS, bool)
    return CRFParams(ALLOWED, ends, ends)
