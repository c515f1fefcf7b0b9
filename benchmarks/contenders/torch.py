"""PyTorch: `nn.RNN`, `nn.LSTM` and `nn.GRU`, oneDNN's on a CPU and cuDNN's on a GPU."""

from typing import Any

import jax
import numpy as np

from benchmarks import hardware
from benchmarks.cases import DTYPES, Case, Inputs, Weights
from benchmarks.contenders.contender import Contender, Program, Results
from seqnets import cells, convert
from seqnets.unroll import Directions


class Torch(Contender):
    """Ragged batches are packed, which is part of what is timed."""

    module = "torch"
    forms = {"SRN": ("tanh", "relu"), "LSTM": ("",), "GRU": ("after",)}
    dtypes = DTYPES

    def build(self, case: Case, weights: Weights, inputs: Inputs) -> Program:
        import torch
        from torch.nn.utils import rnn

        device = prepare()
        dtype = getattr(torch, case.dtype)
        net = _net(case, weights).to(device, dtype)
        net.flatten_parameters()  # For cuDNN, which would do so at every call.

        def place(a: np.ndarray) -> torch.Tensor:
            return torch.from_numpy(np.ascontiguousarray(a)).to(device, dtype)

        xs = place(inputs.xs.swapaxes(0, 1)).requires_grad_()  # [T, B, I]
        d_ys = place(inputs.d_ys.swapaxes(0, 1))
        d_h = place(inputs.d_h)
        d_h = d_h.unflatten(1, (case.directions, case.dim)).transpose(0, 1)
        lengths = torch.from_numpy(inputs.lengths)

        def run() -> tuple[torch.Tensor, torch.Tensor]:
            if case.variant == "ragged":
                packed = rnn.pack_padded_sequence(xs, lengths, enforce_sorted=False)
                packed, state = net(packed)
                ys, _ = rnn.pad_packed_sequence(packed, total_length=case.length)
            else:
                ys, state = net(xs)
            h = state[0] if case.cell == "LSTM" else state
            return ys, h[-case.directions :]  # [directions, B, H]

        def finish() -> None:
            if device == "cuda":
                torch.cuda.synchronize()

        def forward() -> Any:
            with torch.no_grad():
                result = run()
            finish()
            return result

        def training() -> Any:
            ys, h = run()
            reads = [xs, *net.parameters()]
            gradients = torch.autograd.grad([ys, h], reads, [d_ys, d_h])
            finish()
            return ys, h, *gradients

        names = [name for name, _ in net.named_parameters()]
        read = lambda result: _read(case, inputs, names, *result)  # noqa: E731
        return Program(forward, training, read, lower=None)


def prepare() -> str:
    """Gives torch the threads of XLA and its treatment of denormals.

    Returns:
      The device it runs on, which is of the kind that JAX runs on.
    """
    import torch

    torch.set_num_threads(hardware.cores())
    torch.set_flush_denormal(True)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    on_gpu = jax.default_backend() == "gpu" and torch.cuda.is_available()
    return "cuda" if on_gpu else "cpu"


def _cell(case: Case) -> cells.Cell:
    return cells.Stack((case.build(),) * case.layers)


def _net(case: Case, weights: Weights) -> Any:
    import torch

    kinds = {"SRN": torch.nn.RNN, "LSTM": torch.nn.LSTM, "GRU": torch.nn.GRU}
    net = kinds[case.cell](
        case.in_dim,
        case.dim,
        num_layers=case.layers,
        bidirectional=case.directions == 2,
        **({"nonlinearity": case.form} if case.cell == "SRN" else {}),
    )
    both = case.directions == 2
    params = tuple(Directions(*runs) if both else runs[0] for runs in weights)
    arrays = convert.to_torch(_cell(case), params, bidirectional=both)
    net.load_state_dict({name: torch.from_numpy(a) for name, a in arrays.items()})
    return net


def _read(case, inputs, names, ys, h, d_xs=None, *d_weights) -> Results:
    def read(tensor: Any) -> np.ndarray:
        return tensor.detach().float().cpu().numpy()

    ys = np.where(inputs.mask[..., None], read(ys).swapaxes(0, 1), 0.0)
    h = read(h).swapaxes(0, 1).reshape(case.batch_size, -1)
    if d_xs is None:
        return Results(ys, h)
    arrays = dict(zip(names, map(read, d_weights), strict=True))
    # The two biases are added, so each has the gradient of the sum; but `convert`
    # adds what it reads. The GRU's candidate alone keeps its second one apart.
    for name, array in arrays.items():
        if name.startswith("bias_hh"):
            kept = case.dim if case.cell == "GRU" else 0
            array[: len(array) - kept] = 0.0
    both = case.directions == 2
    grads = convert.from_torch(_cell(case), arrays, bidirectional=both)
    grads = jax.tree.map(np.asarray, grads)
    d_weights = tuple(tuple(runs) if both else (runs,) for runs in grads)
    return Results(ys, h, d_weights, read(d_xs).swapaxes(0, 1))
