"""Answers of an encoder-decoder to lines: what it writes, and what it attends to."""

import itertools
import logging
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import jax
import numpy as np

from seqnets.data import buckets
from seqnets.data.segmentation import Segmenter, bare
from seqnets.data.vocabulary import EOS
from seqnets.decode.beam import Hypotheses
from seqnets.tasks.sequence_writer import SequenceWriter
from seqnets.tasks.translations import Written
from seqnets.training.task import Batch, Params

TOGETHER = 32  # Lines that are answered at once.


class Attended(NamedTuple):
    """A text that was written, and what it attended to."""

    source: tuple[str, ...]  # S symbols, `<EOS>` the last.
    symbols: tuple[str, ...]  # T of them.
    weights: np.ndarray | None  # [T, S]; None where there is no attention.


def check_search(
    beam: int,
    nbest: int = 1,
    length_penalty: float | None = None,
    no_repeat: int | None = None,
) -> None:
    """Raises ValueError for an option of `predict` out of its range, by its name."""
    if beam < 1:
        raise ValueError(f"beam must be 1 or more, not {beam}")
    if not 1 <= nbest <= beam:
        raise ValueError(f"nbest must be 1 to beam = {beam}, not {nbest}")
    if length_penalty is not None and not 0 <= length_penalty < math.inf:
        raise ValueError(f"length_penalty must be 0 or more, not {length_penalty}")
    if no_repeat is not None and no_repeat < 0:
        raise ValueError(f"no_repeat must be 0 or more, not {no_repeat}")


def check_line(source: Segmenter, line: str, limit: int, *, cut: bool = False) -> None:
    """Says what is unknown in a line, and how much of it is read.

    Args:
      source: cuts the line into symbols.
      line: that is asked for.
      limit: how many symbols are read.
      cut: whether a longer line is read up to there.

    Raises:
      ValueError: the line is longer, and is not to be cut.
    """
    log = logging.getLogger(__name__).warning
    if source.exceeds(line, limit):
        if not cut:
            count = len(source.tokens(line))
            raise ValueError(
                f"the line has {count} {source.unit}s, and limit = {limit}: part it, or"
                " train with a greater limit"
            )
        log("the first %d %ss of the line are read", limit, source.unit)
    if unknown := source.unknown(line, limit):
        log("unknown in the source: %s", " ".join(dict.fromkeys(unknown)))


class LineWriter(SequenceWriter):
    """Writes a line for each line it reads."""

    def predict(
        self,
        params: Params,
        lines: Iterable[str],
        *,
        beam: int | None = None,
        nbest: int = 1,
        length_penalty: float | None = None,
        no_repeat: int | None = None,
        copy_unknown: bool = True,
    ) -> Iterator[Written]:
        """Yields what is written for each line, and nothing for an empty one.

        Args:
          params: of the model.
          lines: sources.
          beam: width of the search, 1 being greedy; None for the config's.
          nbest: how many texts are written for each line, at most `beam`.
          length_penalty: α of the length normalisation; None for the config's.
          no_repeat: n, where no n symbols in a row are written twice, 0 where they may
            be; None for the config's.
          copy_unknown: whether the source's word that is attended to most stands in the
            place of each unknown word that is written.

        Raises:
          ValueError: for an option out of its range, or a line that `check_line`
            refuses.
        """
        c, lines = self.config, iter(lines)
        width = c.beam if beam is None else beam
        check_search(width, nbest, length_penalty, no_repeat)
        options = {
            "width": width,
            "n_best": nbest,
            "alpha": c.length_penalty if length_penalty is None else length_penalty,
            "no_repeat": no_repeat,
        }
        while group := list(itertools.islice(lines, TOGETHER)):
            batch = self.pose(group)
            found = jax.device_get(self.search(params, batch, **options))
            for i, line in enumerate(group):
                if not line.strip():
                    yield Written("", float("nan"))
                    continue
                yield self.written(params, line, found, i, copy_unknown)

    def written(
        self,
        params: Params,
        line: str,
        found: Hypotheses,
        row: int,
        copy_unknown: bool = True,
    ) -> Written:
        """Returns what was found for a line as text; see `predict`."""
        best = self.best(found, row)
        ids = [own for own, _ in best]
        copied = copy_unknown and self.target.unit == "word"
        copied &= self.config.attention is not None
        if copied and any(self.target.unk in own for own in ids):
            texts = [self._copy(own) for own in self.attend(params, line, ids)]
        else:
            texts = list(map(self.target.decode, ids))
        pairs = tuple(zip(texts, (p for _, p in best), strict=True))
        return Written(*pairs[0], pairs[1:])

    def pose(self, lines: Sequence[str]) -> Batch:
        """Returns the batch of some lines, in one of few shapes.

        Raises:
          ValueError: for a line that `check_line` refuses.
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
        symbols = tuple(map(bare, self.source_tokens(line)))
        return [
            Attended(
                symbols,
                tuple(self.target.symbols[id] for id in ids),
                None if found is None else found[i, : len(ids), : len(source)],
            )
            for i, ids in enumerate(written)
        ]

    def source_tokens(self, line: str) -> list[str]:
        """Returns the symbols of `encode_source`, unknown ones as they are written."""
        return [*self.source.tokens(line, self.source_limit), EOS]

    def _copy(self, attended: Attended) -> str:
        """Returns a text with words of the source in the place of unknown ones."""
        symbols = list(attended.symbols)
        unknown = self.target.symbols[self.target.unk]
        word = np.array([symbol != EOS for symbol in attended.source])
        for t, symbol in enumerate(symbols):
            if symbol == unknown:
                place = np.where(word, attended.weights[t], -1.0).argmax()
                symbols[t] = attended.source[int(place)]
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
        """Says what is unknown in a line, and how much of it is read.

        Raises:
          ValueError: the line is longer than `limit`, and no `source_limit` has it cut.
        """
        cut = self.config.get("source_limit") is not None
        check_line(self.source, line, self.source_limit, cut=cut)
