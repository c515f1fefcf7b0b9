"""The Penn Treebank as Mikolov et al. (2010) prepared it: newspaper English."""

from seqnets.data.vocabulary import EOS, tokenize
from seqnets.datasets.dataset import Dataset
from seqnets.datasets.sources import find
from seqnets.datasets.text import Parts, Tokens, of_parts, read_text


def read(data_dir: str | None = None, *, unit: str = "char") -> Dataset:
    """Reads words, or their characters with `_` between words.

    A part is one document, as the recipes in print carry the state across sentences.
    """

    def parts() -> Parts:
        names = (f"ptb.{part}.txt" for part in ("train", "valid", "test"))
        texts = (read_text(find("ptb", name, data_dir)) for name in names)
        return [[_tokens(text, unit)] for text in texts]

    return of_parts("ptb", unit, parts)


def _tokens(text: str, unit: str) -> Tokens:
    if unit == "word":
        return tokenize(text, unit)
    symbols = []
    for line in text.removesuffix("\n").split("\n"):
        symbols += [*"_".join(line.split()), EOS]
    return symbols
