"""Answers of an encoder-decoder to lines: what it writes, and what it attends to."""

import itertools
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import jax
import numpy as np

from seqnets.data import buckets
from seqnets.data.segmentation import bare
from seqnets.decode.beam import Hypotheses
from seqnets.training.sequence_to_sequence import SequenceToSequence
from seqnets.training.task import Batch, Params
from seqnets.training.translations import Written

TOGETHER = 32  # Lines that are answered at once.


class Attended(NamedTuple):
    """A text that was written, and what it attended to."""

    source: tuple[str, ...]  # S symbols, `<EOS>` the last.
    symbols: tuple[str, ...]  # T of them.
    weights: np.ndarray | None  # [T, S]; None where there is no attention.


class LineWriter(SequenceToSequence):
    """Writes a line for each line it reads."""

    def predict(
        self,
        params: Params,
        lines: Iterable[str],
        *,
        beam: int | None = None,
        nbest: int = 1,
        length_penalty: float | None = None,
        copy_unknown: bool = True,
    ) -> Iterator[Written]:
        """Yields what is written for each line, and nothing for an empty one.

        Args:
          params: of the model.
          lines: sources.
          beam: width of the search, 1 being greedy; None for the config's.
          nbest: how many texts are written for each line, at most `beam`.
          length_penalty: α of the length normalisation; None for the config's.
          copy_unknown: whether the source's word that is attended to most stands in the
            place of each unknown word that is written.

        Raises:
          ValueError: for a line longer than the limit.
        """
        c, lines = self.config, iter(lines)
        options = {
            "width": c.beam if beam is None else beam,
            "n_best": nbest,
            "alpha": c.length_penalty if length_penalty is None else length_penalty,
        }
        copied = copy_unknown and self.target.unit == "word" and c.attention is not None
        while group := list(itertools.islice(lines, TOGETHER)):
            batch = self.pose(group)
            found = jax.device_get(self.search(params, batch, **options))
            for i, line in enumerate(group):
                if not line.strip():
                    yield Written("", float("nan"))
                    continue
                best = self.best(found, i)
                if copied and any(self.target.unk in ids for ids, _ in best):
                    attended = self.attend(params, line, [ids for ids, _ in best])
                    texts = [self._copy(own) for own in attended]
                else:
                    texts = [self.target.decode(ids) for ids, _ in best]
                pairs = tuple(zip(texts, (p for _, p in best), strict=True))
                yield Written(*pairs[0], pairs[1:])

    def pose(self, lines: Sequence[str]) -> Batch:
        """Returns the batch of some lines, in one of few shapes.

        Raises:
          ValueError: for a line longer than the limit.
        """
        for line in lines:
            self.check_line(line)
        return self.collate(list(map(self.ask, lines)))

    def collate(self, asked: Sequence[Mapping[str, np.ndarray]]) -> Batch:
        """Returns the batch of what `ask` returned for some sources, in few shapes."""
        rows = 1 if len(asked) == 1 else TOGETHER
        batch = buckets.collate(asked, {"source": "source_mask"}, rows)
        return {name: batch[name] for name in (*asked[0], "source_mask")}

    def attend(
        self, params: Params, line: str, written: Sequence[Sequence[int]]
    ) -> list[Attended]:
        """Returns what texts attended to while they were written for a line.

        Args:
          params: of the model.
          line: the source.
          written: ids of each text.
        """
        source, end = self.encode_source(line), self.target.eos
        examples = [
            {"source": source, "inputs": np.array([end, *ids[:-1]], np.int32)}
            for ids in written
        ]
        ragged = {"source": "source_mask", "inputs": "mask"}
        batch = buckets.collate(examples, ragged)
        batch = {
            name: batch[name] for name in ("source", "source_mask", "inputs", "mask")
        }
        found = jax.device_get(self.attended(params, batch))
        symbols = tuple(map(bare, (*self.source.tokens(line), "<EOS>")))[-len(source) :]
        return [
            Attended(
                symbols,
                tuple(self.target.symbols[id] for id in ids),
                None if found is None else found[i, : len(ids), : len(source)],
            )
            for i, ids in enumerate(written)
        ]

    def _copy(self, attended: Attended) -> str:
        """Returns a text with words of the source in the place of unknown ones."""
        symbols = list(attended.symbols)
        unknown = self.target.symbols[self.target.unk]
        for t, symbol in enumerate(symbols):
            if symbol == unknown:
                # `<EOS>` is no word.
                symbols[t] = attended.source[int(attended.weights[t, :-1].argmax())]
        return self.target.join(symbols)

    def best(self, found: Hypotheses, row: int) -> list[tuple[list[int], float]]:
        """Returns the ids and ln p of the hypotheses of a row, without `<EOS>`."""
        best = []
        for n, size in enumerate(found.lengths[row].tolist()):
            if n == 0 or np.isfinite(found.log_probs[row, n]):
                ids = found.tokens[row, n, :size].tolist()
                ids = [id for id in ids if id != self.target.eos]
                best.append((ids, float(found.log_probs[row, n])))
        return best

    def check_line(self, line: str) -> None:
        """Says what is unknown in a line; ValueError where it is above the limit."""
        count, limit = len(self.source.encode(line)), self.config.limit
        if count > limit:
            raise ValueError(
                f"the line has {count} {self.source.unit}s, and limit = {limit}: part"
                " it, or train with a greater limit"
            )
        if unknown := self.source.unknown(line):
            logging.getLogger(__name__).warning(
                "unknown in the source: %s", " ".join(dict.fromkeys(unknown))
            )
