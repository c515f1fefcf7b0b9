"""Batches of trees, laid out in rows of fronts, with what stands at each place."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from seqnets.data.batching import Batch
from seqnets.data.buckets import BucketedBatches
from seqnets.data.forests import Layout, lay_out

# "words" and "labels" int32 [N], below 0 where there is none; "children" by node.
TreeExample = Mapping[str, Any]


class ForestBatches(BucketedBatches):
    """Batches of B trees, dealt to R rows; the rows are cut among devices.

    Yields what `forest_batch` makes. After the first epoch it is logged how many shapes
    there were, and how full the fronts.
    """

    def __init__(
        self,
        examples: Sequence[TreeExample],
        batch_size: int,
        *,
        rows: int,
        width: int,
        arity: int | None = None,
        edges: int | None = None,
        inner: bool = True,
        buckets: int = 1,
        seed: int = 0,
        shuffle: bool = True,
    ):
        """Sorts the trees into buckets by their number of nodes.

        Args:
          examples: the trees.
          batch_size: B.
          rows: R.
          width: of a front, W.
          arity: of nodes; see `forests.lay_out`.
          edges: of a front.
          inner: whether nodes with children have words.
          buckets: of how many different sizes the trees of a batch may be.
          seed: seed of the orders.
          shuffle: as for `BucketedBatches`.

        Raises:
          ValueError: as `BucketedBatches`.
        """
        super().__init__(
            examples,
            batch_size,
            ragged={"words": "mask"},
            buckets=buckets,
            seed=seed,
            shuffle=shuffle,
        )
        self._room = {"rows": rows, "width": width, "arity": arity, "edges": edges}
        self._inner = inner
        self._seen: list[tuple[tuple[int, ...], float]] = []

    def _batch(self, item: tuple[dict[str, int], np.ndarray]) -> Batch:
        _, members = item
        chosen = [self._examples[i] for i in members]
        batch, layout = forest_batch(chosen, members, inner=self._inner, **self._room)
        self._count(layout)
        return batch

    def _count(self, layout: Layout) -> None:
        if not self._shuffle or len(self._seen) == self.steps_per_epoch:
            return
        fronts = layout.nodes.shape
        self._seen.append(((layout.leaves.shape[1], fronts[1]), layout.filled))
        if len(self._seen) == self.steps_per_epoch:
            shapes, filled = zip(*self._seen, strict=True)
            logging.getLogger(__name__).warning(
                "%d batches of trees: %d shapes; the fronts are %.0f%% full",
                *(len(shapes), len(set(shapes)), 100 * np.mean(filled)),
            )


def forest_batch(
    examples: Sequence[TreeExample],
    numbers: Sequence[int],
    *,
    rows: int,
    width: int,
    arity: int | None = None,
    edges: int | None = None,
    inner: bool = True,
) -> tuple[Batch, Layout]:
    """Makes one batch of trees.

    Args:
      examples: the trees.
      numbers: of each, its place in the split.
      rows: R.
      width: W.
      arity: see `forests.lay_out`.
      edges: see `forests.lay_out`.
      inner: whether nodes with children have words.

    Returns:
      The layout; and the batch: "leaves", "nodes", "child" and "slot" as the layout has
      them; "words" [R, P], or [R, L] of leaves only, -1 where there is none; "labels"
      [R, P], and "asked" [R, P] bool, where there is one; "root" [R, P] bool; "tree"
      [R, P], the place of the tree in its split; "rows" [R] bool, where there is any.
      Rows without a tree are zero.

    Raises:
      ValueError: as `forests.lay_out`.
    """
    children = [example["children"] for example in examples]
    layout = lay_out(children, rows=rows, width=width, arity=arity, edges=edges)
    size = layout.leaves.shape[1]
    shape = rows, size + layout.nodes[0].size
    words = np.full(shape, -1, np.int32)
    labels, tree = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
    asked, root = np.zeros(shape, bool), np.zeros(shape, bool)
    together = zip(examples, numbers, layout.row, layout.places, strict=True)
    for example, number, row, places in together:
        words[row, places] = example["words"]
        labels[row, places] = np.maximum(example["labels"], 0)
        asked[row, places] = example["labels"] >= 0
        tree[row, places] = number
        root[row, places[-1]] = True
    found = root.any(1)
    arrays = {"leaves": layout.leaves, "nodes": layout.nodes}
    arrays |= {"child": layout.child, "slot": layout.slot}
    arrays |= {"words": words if inner else words[:, :size], "labels": labels}
    arrays |= {"asked": asked, "root": root, "tree": tree}
    for name in ("child", "slot", "words"):
        arrays[name] = np.where(
            found.reshape(-1, *(1,) * (arrays[name].ndim - 1)), arrays[name], 0
        ).astype(np.int32)
    return arrays | {"rows": found}, layout
