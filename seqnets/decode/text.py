"""Texts sampled from a language model, and the probabilities of given texts."""

import functools
import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from seqnets.data import buckets, contiguous
from seqnets.data.batching import Batch
from seqnets.data.vocabulary import Vocabulary, join, tokenize
from seqnets.decode import sampling
from seqnets.linear import memory_dtype

RAGGED = {"inputs": "mask", "targets": "mask"}
ROWS = 32  # Lines that are scored at once.


class Net(NamedTuple):
    """A language model as functions of its parameters.

    Attributes:
      predict: `(params, tokens [B, T], *, state, mask) -> (state, logits [B, T, V])`.
      initial_state: `(params, batch_size) -> state`.
    """

    predict: Callable[..., tuple[Any, Array]]
    initial_state: Callable[[Any, int], Any]


class Sample(NamedTuple):
    """A text that was sampled; `str` gives the text."""

    text: str  # The prompt included.
    tokens: int  # Number of tokens drawn.

    def __str__(self) -> str:
        return self.text


class Score(NamedTuple):
    """The probability of a text; `str` gives log-probability, perplexity and text."""

    log_prob: float  # ln p(text), in nats.
    tokens: int  # Number of tokens scored.
    text: str

    @property
    def perplexity(self) -> float:
        """exp(-ln p / tokens); infinite where it would overflow."""
        nats = -self.log_prob / max(self.tokens, 1)
        return math.exp(nats) if nats < 700 else math.inf

    def __str__(self) -> str:
        return f"{self.log_prob:.4f}\t{self.perplexity:.4f}\t{self.text}"


def make_sampler(net: Net, vocabulary: Vocabulary, unit: str) -> Callable[..., Sample]:
    """Returns the function that samples a text symbol by symbol (D1).

    Args:
      net: the language model.
      vocabulary: its symbols.
      unit: "char" or "word".
    """
    draw = _make_draw(net)

    def sample(
        params: Any,
        *,
        prompt: str = "",
        length: int = 400,
        temperature: float = 0.8,
        top_k: int | None = None,
        top_p: float | None = None,
        seed: int = 0,
        stop: bool = True,
    ) -> Sample:
        """Continues a prompt, from the initial state of the model.

        Args:
          params: the model's parameters.
          prompt: start of the text; it is read as the start of a document.
          length: number of symbols to sample.
          temperature: divides the logits; below 1, likely symbols become likelier.
          top_k: keeps the k likeliest symbols; None keeps all.
          top_p: keeps the likeliest symbols whose probabilities sum to p; None keeps
            all.
          seed: equal seeds give equal texts.
          stop: whether `<EOS>` ends the text.

        Raises:
          ValueError: for a prompt with symbols that the vocabulary lacks.
        """
        tokens = tokenize(prompt, unit)
        unknown = [t for t in dict.fromkeys(tokens) if t not in vocabulary]
        if unknown:
            raise ValueError(
                "the prompt has symbols that the vocabulary lacks:"
                f" {', '.join(map(repr, unknown))}"
            )
        ids = np.append(np.int32(vocabulary.eos), vocabulary.encode(tokens))
        options = {"temperature": temperature, "top_k": top_k, "top_p": top_p}
        options["eos"] = vocabulary.eos if stop else None
        drawn, lengths = draw(
            params, ids[None], jax.random.key(seed), length, tuple(options.items())
        )
        drawn = vocabulary.decode(np.asarray(drawn[0, : int(lengths[0])]))
        return Sample(join([*tokens, *drawn], unit), len(drawn))

    return sample


def make_scorer(
    net: Net, vocabulary: Vocabulary, unit: str
) -> Callable[..., Iterator[Score]]:
    """Returns the function that computes the probabilities of sentences (D6).

    Args:
      net: the language model.
      vocabulary: its symbols.
      unit: "char" or "word".
    """

    run = jax.jit(functools.partial(log_probs, net))

    def score(params: Any, lines: Iterable[str]) -> Iterator[Score]:
        """Yields the score of each line.

        A line of words is scored with its `<EOS>`; a line of characters as it is.

        Args:
          params: the model's parameters.
          lines: sentences.
        """
        texts, lines = itertools.tee(lines)
        for batch in line_batches(lines, vocabulary, unit):
            totals, counts = np.asarray(run(params, batch)), batch["mask"].sum(1)
            for row in np.flatnonzero(batch["rows"]):
                yield Score(float(totals[row]), int(counts[row]), next(texts))

    return score


def line_batches(
    lines: Iterable[str], vocabulary: Vocabulary, unit: str
) -> Iterator[Batch]:
    """Yields lines as next-symbol prediction, some in a batch.

    Args:
      lines: sentences; one of words ends with `<EOS>`.
      vocabulary: the symbols.
      unit: "char" or "word".

    Yields:
      "inputs", "targets" and "mask" [B, T], and "rows" [B], in the order of the lines.
    """
    lines = iter(lines)
    while chunk := list(itertools.islice(lines, ROWS)):
        ids = [vocabulary.encode(tokenize(line, unit)) for line in chunk]
        if unit == "word":
            ids = [np.append(i, np.int32(vocabulary.eos)) for i in ids]
        posed = [contiguous.shifted(own, vocabulary.eos) for own in ids]
        batch = buckets.collate(posed, RAGGED, ROWS)
        yield {name: array for name, array in batch.items() if name != "index"}


def log_probs(net: Net, params: Any, batch: Batch) -> Array:
    """Returns the log-probability of each row of a batch of `line_batches`, [B]."""
    _, logits = net.predict(params, batch["inputs"], mask=batch["mask"])
    log_p = jax.nn.log_softmax(logits.astype(memory_dtype(logits.dtype)))
    log_p = jnp.take_along_axis(log_p, batch["targets"][..., None], -1)[..., 0]
    return jnp.where(batch["mask"], log_p, 0.0).sum(1)


def _make_draw(net: Net) -> Callable[..., tuple[Array, Array]]:
    """Returns the compiled function that continues tokens [1, N] by `length` others."""

    @functools.partial(jax.jit, static_argnames=("length", "options"))
    def draw(params, tokens, key, length, options):
        state = net.initial_state(params, 1)
        if tokens.shape[1] > 1:
            state, _ = net.predict(params, tokens[:, :-1], state=state)

        def step(state, token):
            state, logits = net.predict(params, token[:, None], state=state)
            return state, logits[:, 0]

        last = tokens[:, -1]
        return sampling.sample(step, state, last, key, length=length, **dict(options))

    return draw
