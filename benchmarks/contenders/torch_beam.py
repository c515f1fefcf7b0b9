"""Beam search in eager PyTorch: loops over steps, a sentence or a batch at a time.

What is found is that of `seqnets.decode.beam`: a hypothesis that has ended keeps its
place, and a sentence is done once no running hypothesis can become its best.
"""

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from benchmarks.contenders import torch_translation
from benchmarks.contenders.torch_translation import Translator
from benchmarks.contenders.translation import Net, Weights


class Options(NamedTuple):
    width: int
    length: int
    eos: int
    alpha: float
    hurry: float  # What the end symbol's logit gains by every step after the expected.

    def penalty(self, count: Any) -> Any:
        return ((5 + count) / 6) ** self.alpha


class Maxout(nn.Module):
    """Scores by a layer of maxout units, each of two pieces."""

    def __init__(self, u: torch.Tensor, w: torch.Tensor, b: torch.Tensor):
        super().__init__()
        self.u, self.w, self.b = u.T.contiguous(), w.T.contiguous(), b

    def forward(self, read: torch.Tensor) -> torch.Tensor:
        pieces = nn.functional.linear(read, self.u).unflatten(-1, (-1, 2))
        return nn.functional.linear(pieces.amax(-1), self.w, self.b)


def build(net: Net, weights: Weights, u: Any) -> Translator:
    """Returns the network; with u, its read-out is `Maxout`."""
    if u is None:
        return torch_translation.build(net, weights)
    u, w, b = (torch.from_numpy(np.array(a)) for a in (u, weights.w, weights.b))
    model = torch_translation.build(
        net, weights._replace(w=u.new_zeros(len(u), len(b)))
    )
    model.output = Maxout(u, w, b)
    return model


class Source(NamedTuple):
    """Sentences that an encoder has read."""

    values: torch.Tensor  # [B, S, M]
    keys: torch.Tensor  # [B, S, A]
    padding: torch.Tensor  # [B, S] bool
    expected: torch.Tensor  # [B], how many words the translation has.


def read(model: Translator, batch: Any) -> tuple[Source, torch.Tensor]:
    """Returns what the decoder reads, and its first state [B, H]."""
    values, mask, start, expected = map(torch.as_tensor, batch)
    source = Source(values, model.key(values), ~mask, expected)
    return source, torch.tanh(model.bridge(start))


def take_step(
    model: Translator, source: Source, s: torch.Tensor, token: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns the next state [B, R, H] and logits [B, R, V] for tokens [B, R]."""
    x = model.target(token)
    theta = torch.tanh(model.query(s).unsqueeze(2) + source.keys.unsqueeze(1))
    scores = (theta @ model.v).masked_fill(source.padding.unsqueeze(1), -torch.inf)
    c = torch.bmm(scores.softmax(2), source.values)  # [B, R, M]
    read = torch.cat([x, c], 2).flatten(0, 1)
    s = model.decoder(read, s.flatten(0, 1)).unflatten(0, token.shape)
    return s, model.output(torch.cat([s, c, x], 2))


@torch.inference_mode()
def search_one(model: Translator, batch: Any, options: Options) -> tuple[list, float]:
    """Searches for one sentence, a batch of one; only what runs is computed.

    Returns:
      The symbols of the best hypothesis, with the end symbol where it ended, and its
      score.
    """
    source, s = read(model, batch)
    s = s.unsqueeze(1)  # [1, R, H]
    token = torch.full((1, 1), options.eos)
    log_p = torch.zeros(1)
    running: list[list[int]] = [[]]
    ended: list[tuple[float, list[int]]] = []
    for t in range(options.length):
        s, logits = take_step(model, source, s, token)
        logits[..., options.eos] += options.hurry * (t - source.expected)
        extended = log_p.unsqueeze(1) + logits[0].log_softmax(1)
        best, index = extended.flatten().topk(options.width - len(ended))
        symbols = logits.shape[2]
        kept, grown = [], []
        for place, (p, i) in enumerate(zip(best.tolist(), index.tolist(), strict=True)):
            own = [*running[i // symbols], i % symbols]
            if own[-1] == options.eos:
                ended.append((p / options.penalty(t + 1), own))
            else:
                kept.append(place)
                grown.append(own)
        running, log_p, index = grown, best[kept], index[kept]
        if not running:
            break
        least = max(ended, default=(-torch.inf,))[0]
        if log_p[0].item() / options.penalty(options.length) <= least:
            running = []
            break
        s, token = s[:, index // symbols], (index % symbols).unsqueeze(0)
    penalty = options.penalty(options.length)
    cut = zip((log_p / penalty).tolist(), running, strict=False)
    score, symbols = max([*ended, *cut], key=lambda found: found[0])
    return symbols, score


@torch.inference_mode()
def search_batch(
    model: Translator, batch: Any, options: Options
) -> tuple[torch.Tensor, torch.Tensor]:
    """Searches for the sentences of a batch; those that are done leave it.

    Returns:
      The symbols of the best hypotheses [B, T], and their scores [B].
    """
    width, eos = options.width, options.eos
    source, s = read(model, batch)
    rows = len(s)
    s = s.unsqueeze(1).expand(-1, width, -1)  # [R, W, H]
    token = torch.full((rows, width), eos)
    tokens = torch.full((rows, width, options.length), eos)
    log_p = torch.full((rows, width), -torch.inf)
    log_p[:, 0] = 0.0
    scores = torch.full((rows, width), -torch.inf)  # Of those that ended.
    active = torch.arange(rows)
    found = torch.full((rows, options.length), eos)
    reached = torch.full((rows,), -torch.inf)
    for t in range(options.length):
        s, logits = take_step(model, source, s, token)
        logits[..., eos] += options.hurry * (t - source.expected)[:, None]
        ended = scores > -torch.inf
        running = log_p.masked_fill(ended, -torch.inf)
        extended = running.unsqueeze(2) + logits.log_softmax(2)
        best, index = extended.flatten(1).topk(width)
        rank = (~ended).cumsum(1).sub(1).clamp(min=0)
        best, index = best.gather(1, rank), index.gather(1, rank)
        own = torch.arange(width).expand_as(index)
        parent = torch.where(ended, own, index // logits.shape[2])
        token = torch.where(ended, eos, index % logits.shape[2])
        s = s.gather(1, parent.unsqueeze(2).expand_as(s))
        tokens = tokens.gather(1, parent.unsqueeze(2).expand_as(tokens))
        tokens[:, :, t] = token
        log_p = torch.where(ended, log_p, best)
        ends = (token == eos) & ~ended
        scores = torch.where(ends, log_p / options.penalty(t + 1), scores)

        runs = log_p.masked_fill(scores > -torch.inf, -torch.inf).amax(1)
        bound = runs / options.penalty(options.length)
        done = bound <= scores.amax(1)
        if t + 1 == options.length:
            cut = log_p / options.penalty(options.length)
            scores = torch.where(scores > -torch.inf, scores, cut)
            done = torch.ones_like(done)
        if done.any():
            place = scores[done].argmax(1)
            found[active[done]] = tokens[done, place]
            reached[active[done]] = scores[done, place]
            stays = ~done
            source = Source(*(a[stays] for a in source))
            s, token, tokens, log_p, scores, active = (
                a[stays] for a in (s, token, tokens, log_p, scores, active)
            )
        if not len(active):
            break
    return found, reached
