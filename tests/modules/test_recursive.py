"""The module computes what the function does, and its parameters are the function's."""

import jax
import jax.numpy as jnp
import numpy as np

from seqnets.data.forests import lay_out
from seqnets.modules import Recursive
from seqnets.structures import tree
from seqnets.structures.compositions import TreeLSTM


def test_the_module_is_the_function(key):
    layout = lay_out([[(), (), (0, 1)]], rows=1, width=2, arity=2)
    forest = tree.Forest(*layout[:4])
    xs = jax.random.normal(key, (1, forest.mask.shape[1], 3))
    composition = TreeLSTM(4)
    module = Recursive(composition)
    params = module.init(key, xs, forest)["params"]
    assert jax.tree.structure(params["composition"]) == jax.tree.structure(
        composition.init(key, 3)
    )
    _, ys = module.apply({"params": params}, xs, forest)
    _, expected = tree.unroll(composition, params["composition"], xs, forest)
    np.testing.assert_array_equal(ys, expected)
    assert jnp.any(ys)
