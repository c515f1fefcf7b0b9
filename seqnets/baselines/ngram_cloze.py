"""N-gram baseline of clozes: the candidate of the highest probability."""

import collections
from collections.abc import Iterable, Sequence

import numpy as np

from seqnets.baselines.ngram import NGram
from seqnets.data.vocabulary import Vocabulary
from seqnets.datasets.cloze import Cloze


def answers(
    train: Iterable[Cloze],
    asked: Sequence[Cloze],
    candidates: Sequence[str],
    order: int,
) -> dict[str, list[str]]:
    """Chooses by n-grams of whole sentences, l their left half and r the right.

    left:  argmax_c p(c | l)
    both:  argmax_c p(c | l) Π_i p(r_i | l, c, r_1 ... r_{i-1}),  i = 1 ... n - 1

    Args:
      train: clozes whose n-grams are counted, with the answers in the blanks.
      asked: N clozes; their answers are not looked at.
      candidates: what to choose from.
      order: n, 2 or more.

    Returns:
      For "left" and "both", the candidate chosen for each of `asked`.
    """
    near = order - 1
    # An answer of several characters is one symbol.
    whole = dict.fromkeys((*c.left, c.answer, *c.right) for c in train)
    vocabulary = Vocabulary.count(whole)
    eos = np.full(near, vocabulary.eos, np.int32)
    text = [part for symbols in whole for part in (vocabulary.encode(symbols), eos)]
    counted = NGram.fit(np.concatenate(text), order, len(vocabulary))

    tried = np.empty((len(candidates), near + 1 + near), np.int32)
    tried[:, near] = vocabulary.encode(candidates)
    best = {"left": [], "both": []}
    for cloze in asked:
        before = vocabulary.encode(cloze.left[-near:])
        after = vocabulary.encode(cloze.right[:near])
        tried[:, :near] = np.concatenate([eos, before])[-near:]
        tried[:, near + 1 :] = np.concatenate([after, eos])[:near]
        log_p = counted.log_prob(tried.ravel()).reshape(tried.shape)[:, near:]
        best["left"].append(candidates[log_p[:, 0].argmax()])
        best["both"].append(candidates[log_p.sum(1).argmax()])
    return best


def accuracies(
    train: Sequence[Cloze],
    asked: Sequence[Cloze],
    candidates: Sequence[str],
    order: int,
) -> dict[str, float]:
    """Returns how often n-grams, and the most frequent answer, are right.

    Args:
      train, asked, candidates, order: as in `answers`.
    """
    ((majority, _),) = collections.Counter(c.answer for c in train).most_common(1)
    chosen = {"the most frequent": [majority] * len(asked)}
    for side, found in answers(train, asked, candidates, order).items():
        chosen[f"{order}-gram, {side}"] = found
    truth = np.array([cloze.answer for cloze in asked])
    return {name: float(np.mean(truth == best)) for name, best in chosen.items()}
