"""The noisy channel: what is counted of pairs of sentences, and translates others.

argmax_e p(f | e) p(e)  (Brown et al., 1993; 004)
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from seqnets.baselines.ibm import IBM
from seqnets.baselines.ngram import Level, NGram
from seqnets.decode.statistical import Decoder, Weights
from seqnets.decode.word_table import WordTable, make_table

LEAST = 1e-5  # Smaller t are dropped once they are found: there are millions.

Arrays = Mapping[str, np.ndarray]


class NoisyChannel(NamedTuple):
    """Counted models of pairs (f, e), f being the source.

    Attributes:
      channel: p(f | e).
      inverse: p(e | f).
      table: what a word of f can become.
      language_model: p(e).
    """

    channel: IBM
    inverse: IBM
    table: WordTable
    language_model: NGram

    @classmethod
    def fit(
        cls,
        fs: Sequence[np.ndarray],
        es: Sequence[np.ndarray],
        sizes: tuple[int, int],
        eos: int,
        *,
        choices: int,
        order: int,
        **options: Any,
    ) -> tuple["NoisyChannel", np.ndarray, np.ndarray]:
        """Aligns pairs in both directions, and counts the n-grams of e.

        Args:
          fs, es: ids of the words of N sentences each, integers.
          sizes: the numbers of words of f and e there are.
          eos: the id that ends a sentence of e.
          choices: how many things a word can become.
          order: of the n-gram.
          **options: of `IBM.fit`.

        Returns:
          The models; and ln p(fs | es) and ln p(es | fs) before the first iteration of
          EM and after each, in nats a word.
        """
        channel, history = IBM.fit(fs, es, sizes, **options)
        inverse, inverse_history = IBM.fit(es, fs, sizes[::-1], **options)
        table = make_table(fs, es, channel, inverse, choices)
        text = np.concatenate([np.append(e, eos) for e in es])
        made = cls(
            channel.pruned(LEAST),
            inverse.pruned(LEAST),
            table,
            NGram.fit(text, order, sizes[1]),
        )
        words = sum(map(len, fs)), sum(map(len, es))
        return made, history / words[0], inverse_history / words[1]

    def arrays(self) -> dict[str, np.ndarray]:
        """Returns all of it as arrays by name, to be kept."""
        levels = {f"ngram{n}": x for n, x in enumerate(self.language_model.levels, 1)}
        models = {"channel": self.channel, "inverse": self.inverse, "table": self.table}
        return {
            f"{name}.{field}": np.asarray(value)
            for name, model in (models | levels).items()
            for field, value in _fields(model).items()
        }

    @classmethod
    def of(cls, kept: Arrays, size: int) -> "NoisyChannel":
        """Returns the models of what `arrays` gave; `size` is the number of words of e.

        Other arrays are passed over.
        """

        def fields(name: str, kind: type) -> Any:
            values = {field: kept[f"{name}.{field}"] for field in _names(kind)}
            return kind(**{f: a if a.ndim else a.item() for f, a in values.items()})

        order = 1
        while any(name.startswith(f"ngram{order + 1}.") for name in kept):
            order += 1
        levels = tuple(fields(f"ngram{n}", Level) for n in range(1, order + 1))
        return cls(
            fields("channel", IBM),
            fields("inverse", IBM),
            fields("table", WordTable),
            NGram(size, levels),
        )

    def decoder(self, eos: int, unk: int, weights: Weights, beam: int, reach: int):
        """Returns the `Decoder` that translates with these models."""
        given = self.table, self.language_model, eos, unk, weights, beam, reach
        return Decoder(*given)


def _fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in _names(type(record))}


def _names(kind: type) -> tuple[str, ...]:
    if dataclasses.is_dataclass(kind):
        return tuple(field.name for field in dataclasses.fields(kind))
    return kind._fields
