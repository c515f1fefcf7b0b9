"""Texts from a language model, and a language model's opinion of texts."""

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from seqnets.data import batching
from seqnets.data.vocabulary import Vocabulary, join, tokenize
from seqnets.decode import sampling


class Net(NamedTuple):
    """A language model as functions of its parameters.

    Attributes:
      predict: `(params, tokens [B, T], *, state, mask) -> (state, logits [B, T, V])`.
      initial_state: `(params, batch_size) -> state`.
    """

    predict: Callable[..., tuple[Any, Array]]
    initial_state: Callable[[Any, int], Any]


def writer(net: Net, vocabulary: Vocabulary, unit: str) -> Callable[..., str]:
    """Returns the function that writes a text symbol by symbol (D1)."""

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
    ) -> str:
        """Writes on from a prompt, beginning from a zero state.

        Args:
          params: the model's parameters.
          prompt: what the text begins with; it is read as the start of a document.
          length: how many symbols to write.
          temperature, top_k, top_p: as in `sampling.filter_logits`; a little below
            the model's own temperature, 1, texts have fewer slips.
          seed: equal seeds write equal texts.
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
        return join([*tokens, *drawn], unit)

    return sample


def scorer(net: Net, vocabulary: Vocabulary, unit: str) -> Callable[..., Iterator]:
    """Returns the function that gives sentences their probabilities (D6)."""
    rows, multiple = 32, 32

    @jax.jit
    def log_probs(params, batch):
        _, logits = net.predict(params, batch["inputs"], mask=batch["mask"])
        log_p = jax.nn.log_softmax(logits.astype(jnp.float32))
        log_p = jnp.take_along_axis(log_p, batch["targets"][..., None], -1)[..., 0]
        return jnp.where(batch["mask"], log_p, 0.0).sum(1)  # [B]

    def score(params: Any, lines: Iterable[str]) -> Iterator[tuple[float, int]]:
        """Yields each line's log-probability in nats, and how many symbols it has.

        A line of words is scored with its `<EOS>`; a line of characters as it is.
        """
        lines = iter(lines)
        while chunk := list(itertools.islice(lines, rows)):
            ids = [vocabulary.encode(tokenize(line, unit)) for line in chunk]
            if unit == "word":
                ids = [np.append(i, np.int32(vocabulary.eos)) for i in ids]
            # Few shapes, few compilations: lengths are rounded up.
            length = -(-max(map(len, ids)) // multiple) * multiple or multiple
            filled = ids + [ids[0][:0]] * (rows - len(ids))
            posed = [batching.shifted(i, vocabulary.eos) for i in filled]
            inputs, mask = batching.pad([p["inputs"] for p in posed], length)
            targets, _ = batching.pad([p["targets"] for p in posed], length)
            batch = {"inputs": inputs, "targets": targets, "mask": mask}
            totals = np.asarray(log_probs(params, batch))
            yield from ((float(t), len(i)) for t, i in zip(totals, ids, strict=False))

    return score
