"""What is raced: shapes, cells and variants, and the numbers that all are given."""

import dataclasses
import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

import jax
import numpy as np

from seqnets import cells

# T, B, I, H: length, batch, width of the input, width of the state.
SHAPES = (
    (100, 64, 128, 256),
    (784, 64, 1, 128),
    (35, 20, 650, 650),
    (200, 32, 64, 512),
    (35, 20, 1500, 1500),
    (100, 1, 64, 128),
    (1000, 16, 128, 128),
)
QUICK_SHAPES = ((7, 4, 3, 5), (5, 1, 2, 4))
BIDIRECTIONAL, DEEP = SHAPES[0], SHAPES[2]

# Peers differ in the activation of an SRN and in the place of the reset gate of a GRU.
# The first form of a cell is the one that most of them have.
FORMS = {"SRN": ("tanh", "relu"), "LSTM": ("",), "GRU": ("after", "before")}
VARIANTS = ("dense", "ragged", "two layers", "bidirectional")
DTYPES = ("float32", "bfloat16")

Weights = tuple[tuple[Any, ...], ...]  # [layer][direction], seqnets' NamedTuples.


@dataclasses.dataclass(frozen=True)
class Case:
    """One row of the race, but for whether it is trained."""

    cell: str
    form: str
    length: int
    batch_size: int
    in_dim: int
    dim: int
    variant: str = "dense"
    dtype: str = "float32"

    @property
    def layers(self) -> int:
        return 2 if self.variant == "two layers" else 1

    @property
    def directions(self) -> int:
        return 2 if self.variant == "bidirectional" else 1

    @property
    def out_dim(self) -> int:
        return self.directions * self.dim

    @property
    def title(self) -> str:
        """The cell and its form, such as "GRU, reset after"."""
        form = f"reset {self.form}" if self.cell == "GRU" else self.form
        return ", ".join(filter(None, (self.cell, form)))

    def build(self) -> cells.Cell:
        """Returns one layer of seqnets."""
        match self.cell:
            case "SRN":
                return cells.SRN(self.dim, activation=self.form)
            case "LSTM":
                return cells.LSTM(self.dim)
            case "GRU" if self.form == "after":
                return cells.GRU(self.dim, reset="after", update="old")  # As cuDNN.
            case "GRU":
                return cells.GRU(self.dim, reset=self.form)
        raise ValueError(f"unknown cell {self.cell!r}")

    def lengths(self) -> np.ndarray:
        """Returns how many steps of each row are real [B]: of a ragged case half."""
        T, B = self.length, self.batch_size
        if self.variant != "ragged":
            return np.full(B, T)
        spread = np.ceil(T * (np.arange(B) + 0.5) / B).astype(int)
        return np.random.default_rng(0).permutation(spread)

    def flops(self, mode: str) -> float:
        """Returns the operations of the matrix products at real steps.

        Backward makes two products for each of forward's, to inputs and to weights.
        """
        gates = {"SRN": 1, "LSTM": 4, "GRU": 3}[self.cell]
        reads = self.in_dim + (self.layers - 1) * self.out_dim + self.layers * self.dim
        forward = 2.0 * self.lengths().sum() * self.directions * reads * gates
        return forward * self.dim * (3.0 if mode == "training" else 1.0)


class Inputs(NamedTuple):
    """What a contender reads beside weights, and the errors it sends back."""

    xs: np.ndarray  # [B, T, I]
    lengths: np.ndarray  # [B]
    mask: np.ndarray  # [B, T] bool, True at real steps.
    d_ys: np.ndarray  # [B, T, directions H], zero at padding.
    d_h: np.ndarray  # [B, directions H]


def draw(case: Case, seed: int = 0) -> tuple[Weights, Inputs]:
    """Draws float32 weights and inputs, the same for every contender.

    Biases are random, so that gates in a wrong order show. The GRU's second bias is
    zero, because not every peer has it; its gradient is compared where it is there.
    """
    random = np.random.default_rng(seed)
    key = jax.random.key(seed)
    cell = case.build()

    def draw_run(layer: int, direction: int) -> Any:
        in_dim = case.out_dim if layer else case.in_dim
        own = jax.random.fold_in(key, 2 * layer + direction)
        params = jax.tree.map(np.asarray, cell.init(own, in_dim))
        return params._replace(b=normal(params.b.shape, 0.3))

    def normal(shape: tuple[int, ...], scale: float = 1.0) -> np.ndarray:
        return (scale * random.standard_normal(shape)).astype(np.float32)

    weights = tuple(
        tuple(draw_run(layer, direction) for direction in range(case.directions))
        for layer in range(case.layers)
    )
    T, B = case.length, case.batch_size
    lengths = case.lengths()
    mask = np.arange(T) < lengths[:, None]
    d_ys = normal((B, T, case.out_dim)) * mask[..., None]
    d_h = normal((B, case.out_dim))
    return weights, Inputs(normal((B, T, case.in_dim)), lengths, mask, d_ys, d_h)


def select(
    chosen_cells: list[str],
    shapes: list[tuple[int, ...]],
    variants: list[str],
    dtypes: list[str],
) -> Iterator[Case]:
    """Yields the cases of a race.

    Every shape is raced dense and ragged, in every form. Lower precision is raced in
    the first form only, and so are the two other variants, each at one shape: its own,
    or, where none is of `SHAPES`, as in a quick race, the first.
    """
    at = {"bidirectional": BIDIRECTIONAL, "two layers": DEEP}
    if not set(shapes) & set(SHAPES):
        at = dict.fromkeys(at, shapes[0])
    for cell in chosen_cells:
        for form, dtype, variant in itertools.product(FORMS[cell], dtypes, variants):
            special = dtype != "float32" or variant in at
            if special and form != FORMS[cell][0]:
                continue
            for shape in shapes:
                if shape == at.get(variant, shape):
                    yield Case(cell, form, *shape, variant, dtype)
