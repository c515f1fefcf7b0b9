"""The binary Tree-LSTM in eager PyTorch: one tree, by recursion, node by node.

Written from the equations of `seqnets.structures.compositions.TreeLSTM`, whose weights
it takes.
"""

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
import torch

from benchmarks.contenders.torch import prepare


class Loop:
    """The network of `benchmarks.trees` on a CPU, a step of descent a tree.

    Of the table, only the rows that were read are written.
    """

    def __init__(self, params: Any, trees: Sequence[Any], rate: float, threads: int):
        """Takes the parameters, and trees in ids."""
        prepare()
        self.rate, self.threads, self.trees = rate, threads, trees
        self.table, self.weights = jax.tree.map(_place, params)
        for weight in jax.tree.leaves(self.weights):
            weight.requires_grad_()

    def __call__(self) -> None:
        """Descends on all trees once."""
        torch.set_num_threads(self.threads)
        for tree in self.trees:
            _, d_weights, d, ids = self.gradients(tree)
            with torch.no_grad():
                pair = map(jax.tree.leaves, (self.weights, d_weights))
                torch._foreach_add_(*pair, alpha=-self.rate)
                self.table.index_add_(0, ids, d, alpha=-self.rate)

    def gradients(self, tree: Any) -> tuple[Any, Any, torch.Tensor, torch.Tensor]:
        """Returns the loss; its gradients to weights and vectors; the ids of these."""
        leaves = [node for node, below in enumerate(tree.children) if not below]
        ids = torch.from_numpy(tree.words[leaves].astype(np.int64))
        vectors = self.table[ids].requires_grad_()
        params, w, b = self.weights
        # The products of all leaves at once; those of other nodes follow one another.
        us = torch.addmm(params.b, vectors, params.w_x).split(1)
        by_node = dict(zip(leaves, us, strict=True))
        found: list[torch.Tensor] = []

        def state(node: int) -> tuple[torch.Tensor, torch.Tensor]:
            below = [state(c) for c in tree.children[node]]
            u = by_node.get(node, params.b.unsqueeze(0))
            i, f, g, o = u.chunk(4, 1)
            kept = 0.0
            if below:
                (h_l, c_l), (h_r, c_r) = below
                z = torch.cat([h_l, h_r], 1) @ params.w_h
                z_i, z_l, z_r, z_g, z_o = z.chunk(5, 1)
                i, g, o = i + z_i, g + z_g, o + z_o
                kept = (f + z_l).sigmoid() * c_l + (f + z_r).sigmoid() * c_r
            c = kept + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            found.append(h)  # Children first, as the labels are.
            return h, c

        state(len(tree.children) - 1)
        scores = torch.addmm(b, torch.cat(found), w)
        labels = torch.from_numpy(_recursive_order(tree).astype(np.int64))
        loss = torch.nn.functional.cross_entropy(scores, labels, reduction="sum")
        flat, structure = jax.tree.flatten((self.weights, vectors))
        d_weights, d = jax.tree.unflatten(structure, torch.autograd.grad(loss, flat))
        return loss.detach(), d_weights, d, ids

    def results(self, tree: Any) -> tuple[Any, Any, torch.Tensor]:
        """Returns the loss, and gradients to the weights and the table."""
        loss, d_weights, d, ids = self.gradients(tree)
        return loss, d_weights, torch.zeros_like(self.table).index_add_(0, ids, d)


def _recursive_order(tree: Any) -> np.ndarray:
    """Returns the labels of the nodes in the order in which a recursion ends them."""
    order: list[int] = []

    def visit(node: int) -> None:
        for c in tree.children[node]:
            visit(c)
        order.append(node)

    visit(len(tree.children) - 1)
    return tree.labels[order]


def _place(a: Any) -> torch.Tensor:
    return torch.from_numpy(np.array(a))
