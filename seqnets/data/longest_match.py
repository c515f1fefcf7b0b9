"""Words that a vocabulary lacks, cut into the longest ones that it has.

In Chinese, where no space parts words, a text that nobody has parted is one long word;
and a rare word often is made of known ones. Only words of Chinese characters are cut.
"""

from collections.abc import Container, Iterable

import regex

LONGEST = 8  # Characters of a word that is looked for.

HAN = regex.compile(r"\p{Han}+")  # Chinese characters, one or more.


def cut_unknown(words: Iterable[str], known: Container[str]) -> list[str]:
    """Cuts unknown words of Chinese characters from the left by the longest match.

    A character with which no known word begins stands alone.

    Args:
      words: any.
      known: the vocabulary.
    """
    found = []
    for word in words:
        if word in known or not HAN.fullmatch(word):
            found.append(word)
            continue
        start = 0
        while start < len(word):
            ends = range(min(start + LONGEST, len(word)), start, -1)
            end = next((e for e in ends if word[start:e] in known), start + 1)
            found.append(word[start:end])
            start = end
    return found
