"""BidirectionalLattice names the parameters of `structures.lattice`."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets.modules import BidirectionalLattice
from seqnets.structures import lattice
from seqnets.unroll import Directions

pytestmark = pytest.mark.usefixtures("quickly")


def test_it_is_the_lattice_with_named_parameters(key):
    cell = lattice.LatticeLSTM(3)
    xs = jax.random.normal(key, (2, 4, 5))
    mask = jnp.arange(4) < jnp.array([[4], [3]])
    spans = jnp.array([[0, 1], [1, 0]]), jnp.array([[1, 3], [2, 1]])
    vectors = jax.random.normal(key, (2, 2, 2, 6))
    words = Directions(*(lattice.Words(own, *spans) for own in vectors))
    module = BidirectionalLattice(cell)
    params = jax.jit(module.init)(key, xs, words)["params"]
    assert params.keys() == {"cell"}

    @jax.jit
    def both(params):
        found = module.apply({"params": params}, xs, words, mask=mask)
        return found, lattice.bidirectional(cell, params["cell"], xs, words, mask=mask)

    jax.tree.map(np.testing.assert_array_equal, *both(params))
