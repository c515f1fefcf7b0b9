"""Trees laid out in fronts: which nodes are computed at a time, decided once in NumPy.

The nodes whose children are done can be computed together. Among those that wait, the
ones farthest from their root come first, which for trees takes as few fronts as can be
(Hu, 1961). A node may have several parents: what has no cycle is laid out as well.
"""

import heapq
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

# The children of each node, by their numbers; of one without any, ().
Tree = Sequence[Sequence[int]]


class Layout(NamedTuple):
    """Where the nodes of trees stand; see `structures.tree.Forest` for the places."""

    leaves: np.ndarray  # [R, L] bool, True where there is a leaf.
    nodes: np.ndarray  # [R, F, W] bool, True where there is a node.
    child: np.ndarray  # [R, F, E] int32, the places of children; P where there is none.
    slot: np.ndarray  # [R, F, E] int32, which of the W nodes is the parent; W: none.
    row: np.ndarray  # [trees] int32, the row of each tree.
    places: tuple[np.ndarray, ...]  # Of each tree, the places of its nodes, int32.

    @property
    def filled(self) -> float:
        """The share of the places of fronts that have a node."""
        return float(self.nodes.mean())


def lay_out(
    trees: Sequence[Tree],
    *,
    rows: int,
    width: int,
    arity: int | None = None,
    edges: int | None = None,
) -> Layout:
    """Lays trees out in rows of fronts of a fixed width.

    Numbers of leaves and of fronts are rounded up, to a power of two or 1.5 times one,
    so that few shapes are compiled.

    Args:
      trees: the children of each node.
      rows: R; the trees are dealt to the shortest row, the largest first.
      width: W, the nodes of a front.
      arity: K, where the children of a node are K in an order, of which the last may be
        missing: E = K W.
      edges: E, where they are any number.

    Raises:
      ValueError: for a tree with a cycle, a child that is not there, or a node with
        more children than a front can have; it is named by its number. Also where
        neither arity nor edges are given.
    """
    if arity is None and edges is None:
        raise ValueError(
            "give arity, the children of a node, or edges, those of a front"
        )
    edges = width * arity if edges is None else edges
    for number, tree in enumerate(trees):
        _check(tree, number, arity or edges)
    row = _deal([len(tree) for tree in trees], rows)
    most = np.bincount(row, [_count_leaves(tree) for tree in trees], rows)
    size = round_up(int(most.max(initial=1)))
    plans = [
        _schedule([trees[i] for i in np.flatnonzero(row == r)], width, edges)
        for r in range(rows)
    ]
    fronts = round_up(max(1, *map(len, plans)))
    leaves, nodes = np.zeros((rows, size), bool), np.zeros((rows, fronts, width), bool)
    child = np.full((rows, fronts, edges), size + fronts * width, np.int32)
    slot = np.full((rows, fronts, edges), width, np.int32)
    places = [np.empty(len(tree), np.int32) for tree in trees]
    for r, plan in enumerate(plans):
        own = np.flatnonzero(row == r)
        leaves[r, : _place_leaves(trees, own, places)] = True
        for f, front in enumerate(plan):
            edge = 0
            for w, (tree, node) in enumerate(front):
                i = own[tree]
                places[i][node] = size + f * width + w
                nodes[r, f, w] = True
                edge = w * arity if arity else edge
                for c in trees[i][node]:
                    child[r, f, edge], slot[r, f, edge] = places[i][c], w
                    edge += 1
    return Layout(leaves, nodes, child, slot, row, tuple(places))


def round_up(count: int) -> int:
    """Returns the least power of two, or 1.5 times one, that is not below a count."""
    power = 1 << max(0, count - 1).bit_length()
    return power * 3 // 4 if power > 2 and count <= power * 3 // 4 else power


def _count_leaves(tree: Tree) -> int:
    return sum(not len(children) for children in tree)


def _place_leaves(
    trees: Sequence[Tree], own: np.ndarray, places: list[np.ndarray]
) -> int:
    """Writes the places of the leaves of a row's own trees; returns how many."""
    last = 0
    for i in own:
        for node, children in enumerate(trees[i]):
            if not len(children):
                places[i][node] = last
                last += 1
    return last


def _deal(sizes: Sequence[int], rows: int) -> np.ndarray:
    """Returns the row of each tree: the largest first, each to the shortest row."""
    row, heap = np.zeros(len(sizes), np.int32), [(0, r) for r in range(rows)]
    for i in sorted(range(len(sizes)), key=lambda i: (-sizes[i], i)):
        total, r = heapq.heappop(heap)
        row[i] = r
        heapq.heappush(heap, (total + sizes[i], r))
    return row


def _schedule(
    trees: Sequence[Tree], width: int, edges: int
) -> list[list[tuple[int, int]]]:
    """Returns the fronts of a row, each some (tree, node), leaves aside."""
    parents, waiting, levels, ready = {}, {}, {}, []
    for t, tree in enumerate(trees):
        for node, children in enumerate(tree):
            for c in children:
                if len(tree[c]):
                    parents.setdefault((t, c), []).append((t, node))
        for node, depth in enumerate(_depths(tree)):
            if len(tree[node]):
                levels[t, node] = depth
                inner = sum(bool(len(tree[c])) for c in tree[node])
                waiting[t, node] = inner
                if not inner:
                    ready.append((-depth, t, node))
    heapq.heapify(ready)
    fronts = []
    while ready:
        front, room, later = [], edges, []
        while ready and len(front) < width:
            item = heapq.heappop(ready)
            _, t, node = item
            needed = len(trees[t][node])
            if needed > room:
                later.append(item)
                continue
            room -= needed
            front.append((t, node))
        fronts.append(front)
        for done in front:
            for parent in parents.get(done, ()):
                waiting[parent] -= 1
                if not waiting[parent]:
                    later.append((-levels[parent], *parent))
        for item in later:
            heapq.heappush(ready, item)
    return fronts


def _depths(tree: Tree) -> list[int]:
    """Returns the length of the longest path to each node from above."""
    depths = [0] * len(tree)
    for node in reversed(_children_first(tree)):
        for c in tree[node]:
            depths[c] = max(depths[c], depths[node] + 1)
    return depths


def _children_first(tree: Tree) -> list[int]:
    """Returns the nodes, children first; without those of a cycle and above it."""
    above = [[] for _ in tree]
    for node, children in enumerate(tree):
        for c in children:
            above[c].append(node)
    left = [len(children) for children in tree]
    order = [node for node, count in enumerate(left) if not count]
    for node in order:  # It grows.
        for parent in above[node]:
            left[parent] -= 1
            if not left[parent]:
                order.append(parent)
    return order


def _check(tree: Tree, number: int, most: int) -> None:
    for node, children in enumerate(tree):
        where = f"tree {number}, node {node}"
        if len(children) > most:
            raise ValueError(
                f"{where}: it has {len(children)} children, and a front takes {most}"
            )
        for c in children:
            if not 0 <= c < len(tree):
                raise ValueError(
                    f"{where}: its child {c} is not there; there are {len(tree)} nodes"
                )
    if len(_children_first(tree)) < len(tree):
        raise ValueError(
            f"tree {number}: it has a cycle; a tree or a graph without is needed"
        )
