"""Every chain cell in every form, for the tests that hold for all of them."""

import dataclasses

from seqnets import cells
from tests.own_cells import Leaky

H = 3

SRNS = [
    *(cells.SRN(H, activation=a) for a in ("tanh", "logistic", "relu", "identity")),
    cells.SRN(H, form="preactivation", activation="logistic"),
    cells.SRN(H, bias=False),
]
LSTMS = [
    cells.LSTM(H),
    cells.LSTM(H, bias=False),
    cells.LSTM(H, forget_gate=False),
    cells.LSTM(H, coupled=True),
    cells.LSTM(H, peephole=True),
    cells.LSTM(H, coupled=True, peephole=True, output="tanh_of_gated"),
    cells.LSTM(H, forget_gate=False, peephole=True, candidate="logistic"),
    cells.LSTM(H, candidate="logistic"),
    cells.LSTM(H, output="tanh_of_gated"),
    cells.LSTM(H, projection=2),
    cells.LSTM(H, layer_norm=True),
    cells.LSTM(H, layer_norm=True, peephole=True, projection=2),
    cells.LSTM(H, layer_norm=True, output="tanh_of_gated", coupled=True),
    cells.LSTM(H, coupled=True, peephole=True, recurrence="diagonal"),
]
GRUS = [
    cells.GRU(H, reset=reset, update=update)
    for reset in ("before", "after", "none")
    for update in ("new", "old")
] + [
    cells.GRU(H, reset="after", bias=False),
    cells.GRU(H, recurrence="diagonal"),
    cells.GRU(H, reset="after", recurrence="diagonal"),
]
RESIDUALS = [cells.Residual(H), cells.Residual(H, recurrent=False)]
LINEAR = [
    cells.MinGRU(H),
    cells.MinLSTM(H, candidate="positive"),
    cells.LRU(H, state_dim=2, activation="tanh"),
]
MEMORIES = [
    cells.NTM(H, slots=2, width=4, address=1),
    cells.NTM(H, slots=2, width=4, address=0),
]
CHAIN_CELLS = [*SRNS, *LSTMS, *GRUS, *RESIDUALS, *LINEAR, *MEMORIES]

WRAPPED = [
    cells.Dropout(cells.LSTM(H), 0.4),
    cells.VariationalDropout(cells.GRU(H), inputs=0.3, state=0.4),
    cells.Zoneout(cells.LSTM(H), 0.2, memory_rate=0.5),
    cells.Zoneout(cells.VariationalDropout(cells.SRN(H), state=0.3), 0.2),
    cells.TrainableStart(cells.Dropout(cells.LSTM(H, peephole=True), 0.2)),
    cells.Stack((cells.LSTM(H), cells.Zoneout(cells.GRU(2)), cells.SRN(H))),
    cells.Zoneout(cells.VariationalDropout(Leaky(H), state=0.3), 0.2),
    cells.Stack(
        (cells.Dropout(cells.LSTM(H), 0.3), cells.TrainableStart(cells.GRU(H))),
        residual=True,
    ),
]
ALL_CELLS = [*CHAIN_CELLS, *WRAPPED]


def label(value):
    """Returns a short test id: a cell's class, width and the options it sets."""
    if isinstance(value, tuple):
        return " ".join(map(label, value))
    if not dataclasses.is_dataclass(value):
        return str(value)
    set_fields = [
        f.name + "=" + label(own) if isinstance(own, str | int | float) else label(own)
        for f in dataclasses.fields(value)
        if (own := getattr(value, f.name)) != f.default
    ]
    return f"{type(value).__name__}({', '.join(set_fields)})"
