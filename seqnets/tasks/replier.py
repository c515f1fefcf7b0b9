"""Base class of what replies to the last turns of a dialogue, and goes on with one."""

import functools
import itertools
import logging
from collections.abc import Callable, Iterable, Iterator

import jax
import numpy as np

from seqnets.data import buckets
from seqnets.data.vocabulary import EOS
from seqnets.tasks.line_writer import LineWriter
from seqnets.tasks.translations import Written
from seqnets.training.task import Params

TURNS = 100_000  # That are kept encoded.


class Replier(LineWriter):
    """Writes the reply to a source whose lines are turns, the newest one last.

    Each turn ends with `<EOS>`. Of `turns` and `context_limit` of the config, a source
    has no more turns and symbols in `predict`, and no more symbols in batches: the
    oldest ones are cut.
    """

    in_turn = True

    def encode_source(self, line):
        """Returns the ids of turns, a line each, the oldest ones cut; int32 [S]."""
        return self._whole_source(line)[-self.config.context_limit :]

    def _whole_source(self, line: str) -> np.ndarray:
        return np.concatenate([self._turn(turn) for turn in line.split("\n")])

    @functools.cached_property
    def _turn(self) -> Callable[[str], np.ndarray]:
        """Returns the ids of a turn; in a data set, it stands in several contexts."""
        encode, end = self.source.encode, np.int32(self.source.eos)
        return functools.lru_cache(TURNS)(lambda turn: np.append(encode(turn), end))

    def source_tokens(self, line):
        turns = map(self.source.tokens, line.split("\n"))
        tokens = [token for turn in turns for token in (*turn, EOS)]
        return tokens[-self.config.context_limit :]

    def report_cuts(self, split):
        c, pairs = self.config, list(map(self.pair, self.dataset[split]))
        limit = c.context_limit
        cut = sum(len(self._whole_source(pair.source)) > limit for pair in pairs)
        buckets.report_cuts(cut, len(pairs), split, "contexts", limit)
        cut = sum(self.target.exceeds(pair.target, c.limit) for pair in pairs)
        buckets.report_cuts(cut, len(pairs), split, "replies", c.limit)

    def check_line(self, line):
        """Says what is unknown in the newest turn, and whether it is cut."""
        turn, limit = line.rpartition("\n")[2], self.config.context_limit - 1
        unknown, log = self.source.unknown(turn), logging.getLogger(__name__).warning
        count = len(self.source.encode(turn))
        if count > limit:
            log("the last %d of %d %ss are read", limit, count, self.source.unit)
        if unknown:
            log("unknown: %s", " ".join(dict.fromkeys(unknown)))

    def predict(
        self,
        params: Params,
        lines: Iterable[str],
        *,
        beam: int | None = None,
        nbest: int = 1,
        length_penalty: float | None = None,
        no_repeat: int | None = None,
        temperature: float | None = None,
        top_k: int | None = None,
        top_p: float | None = None,
        seed: int = 0,
        copy_unknown: bool = True,
    ) -> Iterator[Written]:
        """Yields a reply to each line; an empty line begins another conversation.

        Each reply is to the last turns, its own ones among them. One that is sampled
        has ln p at temperature 1. After an error the next line can be asked for: the
        conversation goes on without the one that failed.

        Args:
          params: of the model.
          lines: what is said to it; each is answered before the next one is read.
          beam: width of the search, 1 being greedy; None for the config's.
          nbest: how many replies are written, at most `beam`; the first one counts.
          length_penalty: α of the length normalisation; None for the config's.
          no_repeat: n, where no n symbols in a row are written twice, 0 where they may
            be; None for the config's.
          temperature: replies are sampled, with logits divided by it; below 1, likely
            words become likelier.
          top_k: replies are sampled from the k likeliest words.
          top_p: replies are sampled from the likeliest words whose probabilities sum to
            p.
          seed: equal seeds give equal conversations, where replies are sampled.
          copy_unknown: whether the word that is attended to most stands in the place of
            each unknown word that is written.

        Raises:
          ValueError: for options outside their range, or of both ways.
        """
        search = {"beam": beam, "length_penalty": length_penalty, "nbest": nbest}
        draw = {"temperature": temperature, "top_k": top_k, "top_p": top_p}
        drawn = any(value is not None for value in draw.values())
        if drawn and (beam, length_penalty, nbest) != (None, None, 1):
            raise ValueError("replies are searched for with a beam, or else sampled")
        own = {"no_repeat": no_repeat, "copy_unknown": copy_unknown}
        searched = functools.partial(super().predict, params, **search, **own)
        said: list[str] = []

        def answer(count: int, line: str) -> Written:
            if not line.strip():
                said.clear()
                return Written("", float("nan"))
            turn = " ".join(line.split())
            context = "\n".join([*said, turn][-self.config.turns :])
            if drawn:
                key = jax.random.fold_in(jax.random.key(seed), count)
                reply = self._reply(params, context, key, draw, **own)
            else:
                (reply,) = searched([context])
            said.extend((turn, reply.text))
            return reply

        # A generator would end at an error, and forget the conversation.
        return map(answer, itertools.count(), lines)

    def _reply(self, params, context, key, draw, *, no_repeat, copy_unknown) -> Written:
        """Returns a reply that is sampled."""
        draw = draw | {"no_repeat": no_repeat}
        if draw["temperature"] is None:
            draw["temperature"] = 1.0
        found = jax.device_get(self.draw(params, self.pose([context]), key, **draw))
        return self.written(params, context, found, 0, copy_unknown)
