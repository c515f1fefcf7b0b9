"""Laws of laying trees out in fronts."""

import numpy as np
import pytest

from seqnets.data.forests import lay_out, round_up


def drawn(rng, size, most=2):
    """A tree whose nodes have at most so many children; the last is the root."""
    waiting, children = [], []
    for _ in range(size):
        taken = int(rng.integers(0, min(most, len(waiting)) + 1))
        children.append(tuple(waiting.pop() for _ in range(taken))[::-1])
        waiting.append(len(children) - 1)
    return [*children, tuple(waiting)][: size + 1]


def binary(rng, words):
    """A binary tree of some words, each node at random one that joins neighbours."""
    children, spans = [() for _ in range(words)], list(range(words))
    while len(spans) > 1:
        i = int(rng.integers(len(spans) - 1))
        children.append((spans[i], spans[i + 1]))
        spans[i : i + 2] = [len(children) - 1]
    return children


def height(tree):
    found = {}
    for node, children in enumerate(tree):
        found[node] = max((found[c] + 1 for c in children), default=0)
    return max(found.values())


@pytest.fixture(scope="module")
def trees():
    rng = np.random.default_rng(0)
    return [binary(rng, n) for n in rng.integers(1, 12, 20)]


def test_every_node_has_a_place_of_its_own_after_its_children(trees):
    layout = lay_out(trees, rows=3, width=4, arity=2)
    size, total = layout.leaves.shape[1], layout.leaves.shape[1] + layout.nodes[0].size
    seen = set()
    for row, places, tree in zip(layout.row, layout.places, trees, strict=True):
        for node, (place, children) in enumerate(zip(places, tree, strict=True)):
            seen.add((row, place))
            if not children:
                assert layout.leaves[row, place]
                continue
            front, w = divmod(place - size, 4)
            assert layout.nodes[row, front, w]
            edges = layout.child[row, front, 2 * w : 2 * w + 2]
            np.testing.assert_array_equal(edges, [places[c] for c in children])
            assert set(layout.slot[row, front, 2 * w : 2 * w + 2]) == {w}
            assert all(places[c] < size + 4 * front for c in children), node
    assert len(seen) == sum(map(len, trees)) == layout.leaves.sum() + layout.nodes.sum()
    absent = layout.child == total
    np.testing.assert_array_equal(absent, layout.slot == 4)
    assert absent.sum() == layout.child.size - sum(len(c) for t in trees for c in t)


def test_no_more_fronts_are_taken_than_must_be(trees):
    for width in (1, 3, 50):
        layout = lay_out(trees, rows=1, width=width, arity=2)
        inner = sum(bool(children) for tree in trees for children in tree)
        used = layout.nodes.any((0, 2)).sum()
        least = max(max(map(height, trees)), -(-inner // width))
        # A front less full near the roots can be needed.
        assert least <= used <= least + 3


def test_fronts_of_a_chain_and_of_a_node_with_many_children():
    chain = [(), *((i,) for i in range(5))]
    layout = lay_out([chain], rows=1, width=2, edges=3)
    np.testing.assert_array_equal(layout.nodes[0].sum(1)[:5], 1)
    wide = [(), (), (), (0, 1, 2), (0, 1), (3, 4)]  # A graph: two have two parents.
    layout = lay_out([wide], rows=1, width=2, edges=3)
    # Five edges do not go in one front, though both nodes are ready.
    np.testing.assert_array_equal(layout.nodes[0].sum(1)[:3], [1, 1, 1])


def test_shapes_are_few():
    assert [round_up(n) for n in (0, 1, 2, 3, 4, 5, 6, 7, 9, 12, 13, 17, 24, 25)] == (
        [1, 1, 2, 3, 4, 6, 6, 8, 12, 12, 16, 24, 24, 32]
    )


@pytest.mark.parametrize(
    "tree, error",
    [
        ([(1,), (0,)], "tree 1: it has a cycle"),
        ([(0,)], "tree 1: it has a cycle"),
        ([(), (0, 2)], "tree 1, node 1: its child 2 is not there"),
        ([(), (0, 0, 0)], "tree 1, node 1: it has 3 children, and a front takes 2"),
    ],
)
def test_what_is_no_tree_is_named(tree, error):
    with pytest.raises(ValueError, match=error):
        lay_out([[()], tree], rows=1, width=2, arity=2)


def test_the_room_of_a_front_must_be_given():
    with pytest.raises(ValueError, match="give arity, .* or edges"):
        lay_out([[(), (), (0, 1)]], rows=1, width=2)
