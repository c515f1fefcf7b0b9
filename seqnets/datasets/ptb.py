"""The Penn Treebank as Mikolov et al. (2010) prepared it: newspaper English."""

from seqnets.data.files import Place
from seqnets.data.vocabulary import EOS, tokenize
from seqnets.datasets.dataset import Dataset
from seqnets.datasets.text import Tokens, of_parts, read_text


def read(place: Place, *, unit: str = "char") -> Dataset:
    """Reads words, or their characters with `_` between words.

    A part is one document, as the recipes in print carry the state across sentences.
    """

    def tokens(text: str) -> Tokens:
        if unit == "word":
            return tokenize(text, unit)
        lines = text.removesuffix("\n").split("\n")
        return [symbol for s in lines for symbol in (*"_".join(s.split()), EOS)]

    return of_parts(
        place.name,
        unit,
        lambda: {s: [tokens(read_text(path))] for s, path in place.parts().items()},
    )
