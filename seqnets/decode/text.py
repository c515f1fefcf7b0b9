"""Texts sampled from a language model, and the probabilities of given texts."""

import functools
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from seqnets.baselines.ngram import NGram
from seqnets.data import buckets, contiguous, tsv
from seqnets.data.batching import Batch
from seqnets.data.vocabulary import EOS, Vocabulary, join, tokenize
from seqnets.decode import sampling
from seqnets.linear import memory_dtype

RAGGED = {"inputs": "mask", "targets": "mask"}
ROWS = 32  # Lines that are scored at once.
LONG = (
    1024  # Characters of a line that is scored alone: its padding would be ROWS-fold.
)
CHUNK = 256  # Steps of a line whose logits are held at once.


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
        return tsv.row(f"{self.log_prob:.4f}", f"{self.perplexity:.4f}", self.text)


def make_sampler(
    net: Net,
    vocabulary: Vocabulary,
    unit: str,
    contexts: Sequence[Sequence[str]] = (),
) -> Callable[..., Sample]:
    """Returns the function that samples a text symbol by symbol (D1).

    Args:
      net: the language model.
      vocabulary: its symbols.
      unit: "char" or "word".
      contexts: pieces of text, each of symbols, one of which is read before a prompt;
        without any, a text begins as a document does, after `<EOS>`.
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
        """Continues a prompt.

        Args:
          params: the model's parameters.
          prompt: start of the text. A model of many documents reads it as the start of
            one; a model of few reads a piece of its training text before, which the
            seed chooses, and which is not printed.
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
        _require_known(tokens, vocabulary)
        before = _before(contexts, seed)
        ids = np.concatenate([vocabulary.encode(part) for part in (before, tokens)])
        options = {"temperature": temperature, "top_k": top_k, "top_p": top_p}
        options["eos"] = vocabulary.eos if stop else None
        drawn, lengths = draw(
            params, ids[None], jax.random.key(seed), length, tuple(options.items())
        )
        drawn = vocabulary.decode(np.asarray(drawn[0, : int(lengths[0])]))
        return Sample(join([*tokens, *drawn], unit), len(drawn))

    return sample


def sample_ngram(
    ngram: NGram,
    vocabulary: Vocabulary,
    unit: str,
    contexts: Sequence[Sequence[str]] = (),
    *,
    length: int = 400,
    temperature: float = 0.8,
    seed: int = 0,
) -> Sample:
    """Samples a text from an n-gram, which begins where a net's of that seed does (D5).

    Args:
      ngram: the language model.
      vocabulary, unit, contexts: as `make_sampler` has them.
      length: number of symbols to sample; none ends the text.
      temperature: below 1, likely symbols become likelier.
      seed: equal seeds give equal texts.
    """
    before = vocabulary.encode(_before(contexts, seed))
    rng = np.random.default_rng(seed)
    drawn = ngram.sample(rng, length, before=before, temperature=temperature)
    return Sample(join(vocabulary.decode(drawn), unit), len(drawn))


def _before(contexts: Sequence[Sequence[str]], seed: int) -> Sequence[str]:
    """Returns the symbols that are read before the sample of a seed."""
    return contexts[seed % len(contexts)] if contexts else [EOS]


def _require_known(tokens: Sequence[str], vocabulary: Vocabulary) -> None:
    unknown = [t for t in dict.fromkeys(tokens) if t not in vocabulary]
    if unknown:
        raise ValueError(
            "the prompt has symbols that the vocabulary lacks:"
            f" {', '.join(map(repr, unknown))}"
        )


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
        for group in _groups(lines):
            rows = 1 if len(group[0]) > LONG else ROWS
            (batch,) = line_batches(group, vocabulary, unit, rows)
            totals, counts = np.asarray(run(params, batch)), batch["mask"].sum(1)
            for line, total, count in zip(group, totals, counts, strict=False):
                yield Score(float(total), int(count), line)

    return score


def line_batches(
    lines: Iterable[str], vocabulary: Vocabulary, unit: str, rows: int = ROWS
) -> Iterator[Batch]:
    """Yields lines as next-symbol prediction, some in a batch.

    Args:
      lines: sentences; one of words ends with `<EOS>`.
      vocabulary: the symbols.
      unit: "char" or "word".
      rows: number of lines in a batch, B.

    Yields:
      "inputs", "targets" and "mask" [B, T], and "rows" [B], in the order of the lines.
    """
    lines = iter(lines)
    while chunk := list(itertools.islice(lines, rows)):
        ids = [vocabulary.encode(tokenize(line, unit)) for line in chunk]
        if unit == "word":
            ids = [np.append(i, np.int32(vocabulary.eos)) for i in ids]
        posed = [contiguous.shifted(own, vocabulary.eos) for own in ids]
        batch = buckets.collate(posed, RAGGED, rows)
        yield {name: array for name, array in batch.items() if name != "index"}


def log_probs(net: Net, params: Any, batch: Batch) -> Array:
    """Computes the log-probability of each row of a batch of `line_batches`.

    The state is carried from chunk to chunk of a row, so that the logits of one chunk
    are all that is held of them.

    Args:
      net: the language model.
      params: its parameters.
      batch: "inputs", "targets" and "mask", [B, T].

    Returns:
      Σ_t ln p(target_t | the inputs up to t) over the mask, [B].
    """
    rows, length = batch["inputs"].shape
    chunk = math.gcd(length, CHUNK)  # Lengths of `line_batches` are powers of two.
    parts = {
        name: batch[name].reshape(rows, -1, chunk).swapaxes(0, 1)  # [N, B, chunk]
        for name in ("inputs", "targets", "mask")
    }

    def step(state: Any, part: Batch) -> tuple[Any, Array]:
        mask = part["mask"]
        state, logits = net.predict(params, part["inputs"], state=state, mask=mask)
        log_p = jax.nn.log_softmax(logits.astype(memory_dtype(logits.dtype)))
        log_p = jnp.take_along_axis(log_p, part["targets"][..., None], -1)[..., 0]
        return state, jnp.where(mask, log_p, 0.0).sum(1)

    _, sums = jax.lax.scan(step, net.initial_state(params, rows), parts)
    return sums.sum(0)


def _groups(lines: Iterable[str]) -> Iterator[list[str]]:
    """Yields lines in their order: those of up to LONG characters by ROWS, or fewer."""
    for long, group in itertools.groupby(lines, lambda line: len(line) > LONG):
        while some := list(itertools.islice(group, 1 if long else ROWS)):
            yield some


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
