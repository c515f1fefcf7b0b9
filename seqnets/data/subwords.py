"""Subwords by byte-pair encoding, with the library `tokenizers`.

Sennrich et al. (2016): beginning with characters, the pair of neighbours that is most
frequent inside words becomes one symbol, again and again, until there are as many
symbols as are wanted. A space before a word is part of its first symbol, as "▁";
punctuation stands alone.
"""

import json
from collections.abc import Iterable

import numpy as np
from tokenizers import Encoding, Tokenizer, models, pre_tokenizers, trainers

from seqnets.data.segmentation import SPACE
from seqnets.data.vocabulary import EOS, UNK


class Subwords:
    """A vocabulary of subwords; the id of a symbol is its place in `symbols`.

    A character that no training line has is `<UNK>`. `<EOS>` and `<UNK>` in a text are
    a few characters like others.
    """

    def __init__(self, tokenizer: Tokenizer):
        """Takes what cuts a text; see `train` and `from_json`.

        Raises:
          ValueError: it lacks `<EOS>` or `<UNK>`.
        """
        self._tokenizer = tokenizer
        found = tokenizer.get_vocab(with_added_tokens=False)
        self.symbols = tuple(sorted(found, key=found.get))
        for special in (EOS, UNK):
            if special not in found:
                raise ValueError(f"a vocabulary needs the symbol {special}")
        self.eos, self.unk = found[EOS], found[UNK]

    @classmethod
    def train(
        cls, lines: Iterable[str], size: int, *, min_count: int = 2
    ) -> "Subwords":
        """Learns subwords; the same lines give the same ones.

        Args:
          lines: of the training split; of both sides, where they are to share them.
          size: how many symbols, with `<EOS>`, `<UNK>` and all characters; there are
            fewer where the lines are few, and more where the characters alone are.
          min_count: of a pair that becomes one symbol.
        """
        tokenizer = Tokenizer(models.BPE(unk_token=UNK))
        # Punctuation apart: no special can be put together from the characters of it.
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Metaspace(SPACE),
                pre_tokenizers.Punctuation("isolated"),
            ]
        )
        trainer = trainers.BpeTrainer(
            vocab_size=size,
            min_frequency=min_count,
            special_tokens=[EOS, UNK],
            show_progress=False,
        )
        tokenizer.train_from_iterator(map(_spaced, lines), trainer)
        # The specials would be found in any text, as long as they are "added tokens".
        fields = json.loads(tokenizer.to_str()) | {"added_tokens": []}
        return cls(Tokenizer.from_str(json.dumps(fields)))

    def __len__(self) -> int:
        return len(self.symbols)

    def __contains__(self, symbol: str) -> bool:
        return self._tokenizer.token_to_id(symbol) is not None

    def encode(self, line: str) -> np.ndarray:
        """Returns the ids of a line, int32 [N]."""
        return np.array(self._cut(line).ids, np.int32)

    def tokens(self, line: str) -> list[str]:
        """Returns the symbols of a line, `<UNK>` for each unknown character."""
        return self._cut(line).tokens

    def unknown(self, line: str) -> list[str]:
        """Returns the unknown characters of a line."""
        text, found = _spaced(line), self._cut(line)
        pairs = zip(found.tokens, found.offsets, strict=True)
        return [text[slice(*place)] for token, place in pairs if token == UNK]

    def decode(self, ids: Iterable[int]) -> str:
        """Writes symbols as a line: `encode` undone, white space being one space."""
        text = "".join(self.symbols[id] for id in ids)
        return text.replace(SPACE, " ").strip()

    def to_json(self) -> str:
        """Returns what `tokenizers` writes of it: a file `tokenizer.json`."""
        return self._tokenizer.to_str() + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Subwords":
        """Reads what `to_json` wrote.

        Raises:
          ValueError: the text is something else.
        """
        try:
            return cls(Tokenizer.from_str(text))
        except Exception as error:  # The library has no class for it.
            raise ValueError(f"no subwords: {error}") from None

    def _cut(self, line: str) -> Encoding:
        return self._tokenizer.encode(_spaced(line), add_special_tokens=False)


def _spaced(line: str) -> str:
    """A line with one space for white space, and for the sign that stands for it."""
    return " ".join(line.replace(SPACE, " ").split())
