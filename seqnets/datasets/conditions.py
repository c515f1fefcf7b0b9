"""Conditions of Python: `and`, `or`, `not` and conditionals over True and False.

As a tree, a node has its operator as its word and its own value as its label; the
branches of a conditional `a if c else b`, in order to be told apart, stand below nodes
"then" and "else".
"""

import ast
from collections.abc import Callable, Iterator
from typing import NamedTuple

from seqnets.datasets.trees import Tree

VALUES = ("False", "True")
BRANCHES = ("then", "else")


class Condition(NamedTuple):
    """A condition.

    Attributes:
      word: "and", "or", "not", "if"; of a leaf, its value or what else it is.
      parts: what it joins; of "if", the branch then, the test and the branch else.
    """

    word: str
    parts: tuple["Condition", ...] = ()

    @property
    def leaves(self) -> list[str]:
        """The words of the leaves, in their order."""
        return [w for part in self.parts for w in part.leaves] or [self.word]

    @property
    def operators(self) -> set[str]:
        """The different words of the nodes above the leaves."""
        own = {self.word} if self.parts else set()
        return own.union(*(part.operators for part in self.parts))

    @property
    def value(self) -> bool:
        """What the whole is, where each leaf is True or False."""
        values = [part.value for part in self.parts]
        match self.word:
            case "and":
                return all(values)
            case "or":
                return any(values)
            case "not":
                return not values[0]
            case "if":
                return values[0] if values[1] else values[2]
        return self.word == "True"

    def fill(self, values: Iterator[bool]) -> "Condition":
        """Returns the condition with values for its leaves, in their order."""
        if not self.parts:
            return Condition(VALUES[next(values)])
        return Condition(self.word, tuple(part.fill(values) for part in self.parts))


def parse(line: str) -> Condition:
    """Reads an expression of Python whose leaves are True and False.

    Raises:
      ValueError: it is no expression of Python, or has other leaves.
    """
    try:
        root = ast.parse(line.strip(), mode="eval").body
        condition = convert(root, ast.unparse)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = getattr(error, "msg", None) or error
        raise ValueError(
            f"{line[:40]!r} is no expression of Python: {reason}"
        ) from None
    others = [w for w in dict.fromkeys(condition.leaves) if w not in VALUES]
    if others:
        raise ValueError(
            f"{line[:40]!r} is no condition: write True or False in the place of"
            f" {', '.join(others)[:40]}"
        )
    return condition


def to_tree(condition: Condition) -> Tree:
    """Returns the tree of a condition with values, each node labelled with its own."""
    labels, words, children = [], [], []

    def add(value: bool, word: str, *below: int) -> int:
        labels.append(VALUES[value])
        words.append(word)
        children.append(below)
        return len(words) - 1

    def convert(own: Condition) -> int:
        below = [convert(part) for part in own.parts]
        if own.word == "if":
            for i, word in zip((0, 2), BRANCHES, strict=True):
                below[i] = add(own.parts[i].value, word, below[i])
        return add(own.value, own.word, *below)

    convert(condition)
    return Tree(tuple(labels), tuple(words), tuple(children))


def to_tokens(tree: Tree) -> tuple[str, ...]:
    """Returns a condition as written, with brackets around parts that have parts."""
    found: list[tuple[str, ...]] = []
    for word, below in zip(tree.words, tree.children, strict=True):
        sides = [found[c] for c in below]
        if word in BRANCHES:
            found.append(sides[0])
            continue
        sides = [("(", *side, ")") if len(side) > 1 else side for side in sides]
        if word == "if":
            then, test, other = sides
            found.append((*then, "if", *test, "else", *other))
        elif word == "not":
            found.append(("not", *sides[0]))
        else:
            joined = [token for side in sides for token in (word, *side)]
            found.append(tuple(joined[1:]) or (word,))
    return found[-1]


def structure(condition: Condition) -> str:
    """Writes a condition; those that differ in the order of sides only, alike."""
    parts = [structure(part) for part in condition.parts]
    if condition.word in ("and", "or"):
        parts.sort()
    return f"({condition.word} {' '.join(parts)})" if parts else condition.word


def convert(node: ast.AST | None, name: Callable[[ast.AST], str]) -> Condition:
    """Returns the condition of a node of a syntax tree.

    Args:
      node: an expression, or a statement `if`, which counts as the conditional of what
        its branches end in; None: a branch that is not there.
      name: gives the word of a leaf.
    """
    word, joined = parts(node)
    if not joined:
        return Condition(name(node))
    return Condition(word, tuple(convert(part, name) for part in joined))


def parts(node: ast.AST | None) -> tuple[str, list[ast.AST | None]]:
    """Returns the operator of a node and what it joins; of a leaf, nothing."""
    match node:
        case ast.BoolOp():
            return type(node.op).__name__.lower(), node.values
        case ast.UnaryOp(op=ast.Not()):
            return "not", [node.operand]
        case ast.IfExp():
            return "if", [node.body, node.test, node.orelse]
        case ast.If():
            last = node.orelse[-1] if node.orelse else None
            return "if", [node.body[-1], node.test, last]
    return "", []
