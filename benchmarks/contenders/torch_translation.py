"""The network of `benchmarks.translation` in PyTorch, with a loop for the decoder."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils import rnn

from benchmarks.contenders.torch import prepare
from benchmarks.contenders.translation import RATE, Batch, Net, Weights
from seqnets import convert


class Tensors:
    """A batch as tensors; lengths are on the host, where packing reads them."""

    def __init__(self, batch: Batch):
        source, inputs, targets = (
            torch.from_numpy(np.asarray(a, np.int64))
            for a in (batch.source, batch.inputs, batch.targets)
        )
        self.source, self.inputs = source.T, inputs.T  # [S, B], [T, B]
        self.source_mask = torch.from_numpy(np.asarray(batch.source_mask))
        self.lengths = self.source_mask.sum(1)
        mask = torch.from_numpy(np.asarray(batch.mask))
        self.targets = targets.masked_fill(~mask, -100).T  # [T, B]


class Translator(nn.Module):
    """`Net`, as one writes it in PyTorch.

    Sources are packed, keys are projected once, and the logits of all steps are one
    product.
    """

    def __init__(self, net: Net, sizes: tuple[int, int]):
        super().__init__()
        dim, embedding = net.dim, net.embedding
        self.source = nn.Embedding(sizes[0], embedding)
        self.target = nn.Embedding(sizes[1], embedding)
        self.encoder = nn.GRU(embedding, dim, bidirectional=True)
        self.bridge = nn.Linear(2 * dim, dim)
        self.query = nn.Linear(dim, dim, bias=False)
        self.key = nn.Linear(2 * dim, dim, bias=False)
        self.v = nn.Parameter(torch.zeros(dim))
        self.decoder = nn.GRUCell(embedding + 2 * dim, dim)
        width = 3 * dim + embedding
        self.maxout = None
        if net.maxout is not None:
            self.maxout = nn.Linear(width, 2 * net.maxout, bias=False)
            width = net.maxout
        self.output = nn.Linear(width, sizes[1])

    def forward(self, batch: Tensors) -> torch.Tensor:
        packed = rnn.pack_padded_sequence(
            self.source(batch.source), batch.lengths, enforce_sorted=False
        )
        packed, ends = self.encoder(packed)
        hs, _ = rnn.pad_packed_sequence(packed, total_length=len(batch.source))
        values = hs.transpose(0, 1).contiguous()  # [B, S, 2H]
        keys = self.key(values)
        padding = ~batch.source_mask
        s = torch.tanh(self.bridge(torch.cat([ends[0], ends[1]], 1)))
        xs = self.target(batch.inputs)
        ys = []
        for x in xs.unbind():
            theta = torch.tanh(self.query(s).unsqueeze(1) + keys)
            scores = (theta @ self.v).masked_fill(padding, -torch.inf)
            alpha = scores.softmax(1)
            c = torch.bmm(alpha.unsqueeze(1), values).squeeze(1)
            s = self.decoder(torch.cat([x, c], 1), s)
            ys.append(torch.cat([s, c], 1))
        ts = torch.cat([torch.stack(ys), xs], 2)
        if self.maxout is not None:
            ts = self.maxout(ts).unflatten(2, (-1, 2)).amax(3)
        logits = self.output(ts)
        return functional.cross_entropy(logits.flatten(0, 1), batch.targets.flatten())


def training(
    net: Net, weights: Weights, batches: Sequence[Batch]
) -> Callable[[], None]:
    """Returns what takes a step of Adam on each batch."""
    prepare()
    model = build(net, weights)
    optimizer = torch.optim.Adam(model.parameters(), RATE, fused=True)
    tensors = [Tensors(batch) for batch in batches]

    def call() -> None:
        for batch in tensors:
            optimizer.zero_grad(set_to_none=True)
            model(batch).backward()
            optimizer.step()

    return call


def build(net: Net, weights: Weights) -> Translator:
    """Returns the network with given weights."""
    model = Translator(net, (len(weights.source), len(weights.target)))
    model.load_state_dict({n: _place(a) for n, a in named(net, weights).items()})
    return model


def results(net: Net, weights: Weights, batch: Batch) -> tuple[Any, dict[str, Any]]:
    """Returns the loss and its gradients, by torch's names."""
    model = build(net, weights)
    loss = model(Tensors(batch))
    loss.backward()
    return loss.item(), {n: p.grad.numpy() for n, p in model.named_parameters()}


def named(net: Net, weights: Weights) -> dict[str, Any]:
    """Returns weights, or their gradients, by torch's names and in its layout."""
    decoder = weights.decoder
    bridge, alignment = decoder.cell, decoder.alignment
    cell = convert.to_torch(net.cell, bridge.cell)
    maxout = {} if weights.u is None else {"maxout.weight": weights.u.T}
    return maxout | {
        "source.weight": weights.source,
        "target.weight": weights.target,
        **convert.to_torch(
            net.cell, weights.encoder, bidirectional=True, prefix="encoder."
        ),
        "bridge.weight": bridge.w.h.T,
        "bridge.bias": bridge.b.h,
        "query.weight": alignment.w.T,
        "key.weight": alignment.u.T,
        "v": alignment.v,
        **{f"decoder.{n.removesuffix('_l0')}": a for n, a in cell.items()},
        "output.weight": weights.w.T,
        "output.bias": weights.b,
    }


def _place(array: Any) -> torch.Tensor:
    return torch.from_numpy(np.array(jax.device_get(array)))
