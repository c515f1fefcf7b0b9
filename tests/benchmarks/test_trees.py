"""What the trees' race reads, and that a batch is its trees one by one."""

import jax
import numpy as np
import pytest

from benchmarks import trees
from benchmarks.contenders.trees import Net, results
from seqnets.structures.compositions import TreeLSTM

pytestmark = pytest.mark.usefixtures("quickly")


def test_a_sample_has_every_tree_once_at_most():
    drawn = trees.generate(70)
    groups = trees.sample(drawn, 32)
    assert [len(group) for group in groups] == [32, 32]
    assert len({id(tree) for group in groups for tree in group}) == 64
    with pytest.raises(ValueError, match="no batch of 80 in 70 trees"):
        trees.sample(drawn, 80)


def test_a_batch_has_the_loss_and_gradients_of_its_trees(key):
    some = sorted(trees.generate(40), key=lambda tree: len(tree.labels))[:3]
    net = Net(TreeLSTM(3))
    params = net.init(key, 1000)
    whole = results(net, params, [trees.laid_out(some, 4)])
    singles = results(net, params, [trees.laid_out([t], 4) for t in some])
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6),
        singles,
        whole,
    )
