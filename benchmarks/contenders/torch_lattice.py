"""The Lattice LSTM in eager PyTorch: one sentence, character by character.

As the released code goes about it: a word is computed where it begins, all that begin
there at once, and waits for its last character. Written from the equations of
`seqnets.structures.lattice`, whose weights it takes.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
import torch

from benchmarks.contenders.torch import prepare


class Reading(NamedTuple):
    """A sentence as one direction reads it."""

    order: torch.Tensor  # [N], its words by their beginnings.
    counts: list[int]  # [T], how many begin at each step.
    ends: list[list[int]]  # [T], where those end.


class Sentence(NamedTuple):
    ids: Any  # What is looked up in each table.
    tags: torch.Tensor  # [T]
    readings: tuple[Reading, Reading]


class Loop:
    """The network of `benchmarks.lattice` on a CPU, a step of descent a sentence.

    Of the tables, only the rows that were read are written.
    """

    def __init__(
        self, params: Any, sentences: Sequence[Any], rate: float, threads: int
    ):
        """Takes the parameters, and sentences in ids."""
        prepare()
        self.rate, self.threads = rate, threads
        self.tables, self.weights = jax.tree.map(_place, params)
        for weight in jax.tree.leaves(self.weights):
            weight.requires_grad_()
        self.sentences = [self.sentence(s) for s in sentences]

    def __call__(self) -> None:
        """Reads all sentences once."""
        torch.set_num_threads(self.threads)
        for sentence in self.sentences:
            _, d_weights, d_vectors = self.results(sentence)
            with torch.no_grad():
                pair = map(jax.tree.leaves, (self.weights, d_weights))
                torch._foreach_add_(*pair, alpha=-self.rate)
                rows = map(jax.tree.leaves, (self.tables, sentence.ids, d_vectors))
                for table, ids, d in zip(*rows, strict=True):
                    table.index_add_(0, ids, d, alpha=-self.rate)

    def results(self, sentence: Sentence) -> tuple[torch.Tensor, Any, Any]:
        """Returns scores [T, K], and gradients to weights and to vectors."""
        vectors = jax.tree.map(
            lambda table, ids: table[ids].requires_grad_(), self.tables, sentence.ids
        )
        (forward, backward), w, b = self.weights
        xs, words = vectors
        ys = read(forward, xs, words[0], sentence.readings[0])
        back = read(backward, xs.flip(0), words[1], sentence.readings[1]).flip(0)
        scores = torch.addmm(b, torch.cat([ys, back], 1), w)
        loss = torch.nn.functional.cross_entropy(scores, sentence.tags, reduction="sum")
        leaves, tree = jax.tree.flatten((self.weights, vectors))
        gradients = torch.autograd.grad(loss, leaves)
        return scores.detach(), *jax.tree.unflatten(tree, gradients)

    def sentence(self, sentence: Any) -> Sentence:
        """Makes tensors of a sentence in ids."""
        chars, tags, words = (
            _place(a.astype(int))
            for a in (sentence.chars, sentence.tags, sentence.words)
        )
        ids = self.tables._replace(
            chars=chars, words=jax.tree.map(lambda _: words, self.tables.words)
        )
        places = sentence.begin.tolist(), sentence.end.tolist()
        return Sentence(ids, tags, readings(len(tags), *places))


def readings(length: int, begin: list[int], end: list[int]) -> tuple[Reading, Reading]:
    """Returns the forward and the backward reading of the words of a sentence."""

    def reading(begin: list[int], end: list[int]) -> Reading:
        order = sorted(range(len(begin)), key=begin.__getitem__)
        ends = [[end[n] for n in order if begin[n] == t] for t in range(length)]
        return Reading(torch.tensor(order, dtype=int), [*map(len, ends)], ends)

    mirrored = [length - 1 - e for e in end], [length - 1 - b for b in begin]
    return reading(begin, end), reading(*mirrored)


def read(params: Any, xs: torch.Tensor, words: torch.Tensor, how: Reading):
    """Reads a sentence in one direction; the gates are coupled.

    Args:
      params: `LatticeParams` of tensors.
      xs: the characters' vectors [T, D] in the order of reading.
      words: the words' vectors [N, E].
      how: places of the words.

    Returns:
      The outputs [T, H].
    """
    char, word, link = params
    # Split once: a slice at each step would cost as many gradients of full size.
    us = torch.addmm(char.b, xs, char.w_x).split(1)
    ls = torch.addmm(link.b, xs, link.w_x).split(1)
    vs = torch.addmm(word.b, words[how.order], word.w_x).split(how.counts)
    h = c = xs.new_zeros(1, len(char.w_h))
    waiting: list[list[torch.Tensor]] = [[] for _ in us]
    hs = []
    for t, u in enumerate(us):
        i, g, o = torch.addmm(u, h, char.w_h).chunk(3, 1)
        i, g, o = i.sigmoid(), g.tanh(), o.sigmoid()
        if waiting[t]:
            c_w = torch.cat(waiting[t])
            gate = torch.addmm(ls[t], c_w, link.w_h).sigmoid()
            share = torch.cat([i, gate]).softmax(0)
            c = (share * torch.cat([g, c_w])).sum(0, keepdim=True)
        else:
            c = torch.lerp(c, g, i)
        h = o * c.tanh()
        hs.append(h)
        if how.counts[t]:
            i, f, g = (vs[t] + h @ word.w_h).chunk(3, 1)
            c_w = f.sigmoid() * c + i.sigmoid() * g.tanh()
            for end, row in zip(how.ends[t], c_w.split(1), strict=True):
                waiting[end].append(row)
    return torch.cat(hs)


def _place(a: Any) -> torch.Tensor:
    return torch.from_numpy(np.array(a))
