"""Expressions of Python's standard library: which operator stands at the question mark?

`len(name) ? 3`: of an expression of two sides, the operator is hidden. Its syntax tree
(module `ast`) has the two sides as children of the root; the names of kinds, such as
"Call", are the words of inner nodes, and names, operators and constants those of
leaves. The kind "labelled" has the same expressions as sequences of tokens.
"""

import ast
import re
from collections.abc import Iterator

import numpy as np

from seqnets.data.files import Place
from seqnets.datasets import python_stdlib, trees
from seqnets.datasets.dataset import SPLITS, Dataset
from seqnets.datasets.labelled import Labelled, label_info
from seqnets.datasets.trees import Tree

HIDDEN = "?"
EXAMPLES = {"train": 6000, "valid": 1000, "test": 1000}
NODES = 8, 60  # Of an expression, at least and at most.

OPERATORS = {
    **{ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Mod: "%"},
    **{ast.FloorDiv: "//", ast.Pow: "**", ast.MatMult: "@", ast.BitAnd: "&"},
    **{ast.BitOr: "|", ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>"},
    **{ast.And: "and", ast.Or: "or", ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<"},
    **{ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.In: "in", ast.Is: "is"},
    **{ast.NotIn: "not_in", ast.IsNot: "is_not"},
    **{ast.Not: "not", ast.USub: "-", ast.UAdd: "+", ast.Invert: "~"},
}
# What occurs too seldom in the library for a class of its own.
CLASSES = ("+", "-", "*", "/", "%", "&", "|", "and", "or", "==", "!=", "<", "<=")
CLASSES += (">", ">=", "in", "not_in", "is", "is_not")

# Whose operators and the hidden one could be taken for each other without brackets.
_LOOSE = (ast.BinOp, ast.BoolOp, ast.Compare, ast.UnaryOp, ast.IfExp, ast.Lambda)
_TOKEN = re.compile(r"\w+|[^\w\s]")

Sides = tuple[str | None, ast.expr, ast.expr]  # The operator, and what it joins.


def read(place: Place, *, lowercase: bool = False) -> Dataset:
    """Reads expressions as trees; the label of the root is its operator.

    Args:
      lowercase: whether names become lower case.
    """

    def make(sides: Sides) -> Tree:
        tree = to_tree(*sides)
        words = tuple(word.lower() if lowercase else word for word in tree.words)
        return tree._replace(words=words)

    return Dataset(
        lambda: {s: [make(own) for own in found] for s, found in _find(place).items()},
        lambda dataset: trees.tree_info(dataset, "python"),
    )


def read_labelled(place: Place, *, lowercase: bool = False) -> Dataset:
    """Reads the same expressions as sequences of tokens, with brackets and commas.

    Args:
      lowercase: whether names become lower case.
    """

    def make(sides: Sides) -> Labelled:
        words = to_tokens(*sides[1:])
        return Labelled(sides[0], tuple(w.lower() if lowercase else w for w in words))

    return Dataset(
        lambda: {s: [make(own) for own in found] for s, found in _find(place).items()},
        label_info,
    )


def parse_line(line: str) -> Tree:
    """Reads an expression that someone writes, with an operator or `?` in its place.

    Of an expression without `?`, the operator that is applied last is hidden.

    Raises:
      ValueError: it is no expression of Python, or has no operator between two sides.
    """
    asked = HIDDEN in line
    try:
        # No other operator is written so, and seldom this one.
        root = ast.parse(line.replace(HIDDEN, "@").strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = getattr(error, "msg", None) or error
        raise ValueError(f"{line!r} is no expression of Python: {reason}") from None
    for node in ast.walk(root):
        found = _sides(node)
        if found is not None and (not asked or found[0] == "@"):
            return to_tree(None, *found[1:])
    raise ValueError(f"{line!r} has no operator between two sides, as in len(x) ? 3")


def to_tree(label: str | None, left: ast.expr, right: ast.expr) -> Tree:
    """Returns the tree of two sides; its root has the label and the word `?`."""
    words: list[str] = []
    children: list[tuple[int, ...]] = []

    def add(word: str, *below: int) -> int:
        words.append(word)
        children.append(below)
        return len(words) - 1

    def convert(node: ast.AST) -> int:
        word, parts = _parts(node)
        below = [add(p) if isinstance(p, str) else convert(p) for p in parts]
        return add(word, *below)

    sides = [add(n, convert(s)) for n, s in (("left", left), ("right", right))]
    add(HIDDEN, *sides)
    labels = (*(None,) * (len(words) - 1), label)
    return Tree(labels, tuple(words), tuple(children))


def to_tokens(left: ast.expr, right: ast.expr) -> tuple[str, ...]:
    """Returns the tokens of two sides, and `?` between them."""
    found = []
    for side in (left, right):
        own = _TOKEN.findall(ast.unparse(_Plain().visit(side)))
        found.append(("(", *own, ")") if isinstance(side, _LOOSE) else own)
    return (*found[0], HIDDEN, *found[1])


class _Plain(ast.NodeTransformer):
    """Puts names in the place of constants, as trees have them."""

    def visit_Constant(self, node: ast.Constant) -> ast.Name:  # noqa: N802
        return ast.Name(_constant(node.value))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.Name:  # noqa: N802
        return ast.Name("fstr")


def _constant(value: object) -> str:
    """Returns a word for a constant: small numbers and truth values by themselves."""
    if value is None or isinstance(value, bool):
        return str(value)
    if isinstance(value, int) and 0 <= value < 100:
        return str(value)
    if isinstance(value, str) and len(value) < 2:
        return "char" if value else "empty"
    return type(value).__name__


def _parts(node: ast.AST) -> tuple[str, list[ast.AST | str]]:
    """Returns the word of a node, and its children: nodes, or words of leaves."""
    kind = type(node).__name__
    match node:
        case ast.Name():
            return node.id, []
        case ast.Constant():
            return _constant(node.value), []
        case ast.JoinedStr():
            return "fstr", []
        case ast.Attribute():
            return kind, [node.value, node.attr]
        case ast.keyword():
            return kind, [node.arg or "**", node.value]
        case ast.arg():
            return node.arg, []
        case ast.BinOp():
            return kind, [node.left, OPERATORS[type(node.op)], node.right]
        case ast.BoolOp():
            return kind, [OPERATORS[type(node.op)], *node.values]
        case ast.UnaryOp():
            return kind, [OPERATORS[type(node.op)], node.operand]
        case ast.Compare():
            pairs = zip(node.ops, node.comparators, strict=True)
            rest = [
                part for op, right in pairs for part in (OPERATORS[type(op)], right)
            ]
            return kind, [node.left, *rest]
    below = ast.iter_child_nodes(node)
    return kind, [n for n in below if not isinstance(n, ast.expr_context)]


def _sides(node: ast.AST) -> Sides | None:
    """Returns the operator of an expression of two sides, and these; else None."""
    match node:
        case ast.BinOp():
            return OPERATORS[type(node.op)], node.left, node.right
        case ast.BoolOp(values=[left, right]):
            return OPERATORS[type(node.op)], left, right
        case ast.Compare(ops=[op], comparators=[right]):
            return OPERATORS[type(op)], node.left, right
    return None


def _find(place: Place) -> dict[str, list[Sides]]:
    """Returns expressions of each split, all different: as many as `EXAMPLES` says.

    The files of a split are its own: of eight files six are to train, in an order that
    is drawn once.
    """
    texts = python_stdlib.read(place)
    documents = [text.tokens for split in SPLITS for text in texts[split]]
    seen, found = set(), {split: [] for split in SPLITS}
    order = np.random.default_rng(0).permutation(len(documents))
    for place_in_order, i in enumerate(order):
        split = {6: "valid", 7: "test"}.get(place_in_order % 8, "train")
        own = found[split]
        if len(own) < EXAMPLES[split]:
            for sides in _expressions(documents[i]):
                # Whatever its operator: the answer is not to be remembered.
                dump = ast.dump(sides[1]), ast.dump(sides[2])
                if dump not in seen:
                    seen.add(dump)
                    own.append(sides)
    return {split: own[: EXAMPLES[split]] for split, own in found.items()}


def _expressions(source: str) -> Iterator[Sides]:
    try:
        module = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return  # A sample of another version's syntax.
    for node in ast.walk(module):
        sides = _sides(node)
        if sides is not None and sides[0] in CLASSES:
            size = len(to_tree(*sides).words)
            if NODES[0] <= size <= NODES[1]:
                yield sides
