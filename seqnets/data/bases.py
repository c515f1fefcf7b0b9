"""DNA as numbers: bases, the codes of ambiguous ones, and the other strand.

A code is a set of bases as four bits, A 1, C 2, G 4, T 8, so that N, any base, is 15
(the ambiguity codes of IUPAC, 1970); 0 is no base. The complement of a set has its bits
in the opposite order.
"""

import numpy as np

BASES = "ACGT"
# By code, from 0 on.
LETTERS = "-ACMGRSVTWYHKDBN"
# COMPLEMENT[code], uint8 [16].
COMPLEMENT = np.array([int(f"{code:04b}"[::-1], 2) for code in range(16)], np.uint8)
# VECTORS[code] has the same probability for each base of the set, float32 [16, 4].
_BITS = (np.arange(16)[:, None] >> np.arange(4)) & 1
VECTORS = (_BITS / np.maximum(_BITS.sum(1, keepdims=True), 1)).astype(np.float32)

_CODES = {letter: code for code, letter in enumerate(LETTERS) if code}
_CODES |= {"U": _CODES["T"]}
_CODES |= {letter.lower(): code for letter, code in _CODES.items()}


def encode(text: str) -> np.ndarray:
    """Returns the codes of a sequence, uint8 [T]; white space is left out.

    Raises:
      ValueError: a letter is neither a base nor an ambiguity code.
    """
    letters = "".join(text.split())
    for place, letter in enumerate(letters, 1):
        if letter not in _CODES:
            raise ValueError(
                f"{letter!r} at place {place} is no base, nor one of the ambiguity"
                f" codes {LETTERS[1:]}"
            )
    return np.array([_CODES[letter] for letter in letters], np.uint8)


def decode(codes: np.ndarray) -> str:
    """Returns the letters of codes [T]."""
    return "".join(LETTERS[code] for code in codes)


def ambiguous(codes: np.ndarray) -> int:
    """Returns how many codes stand for more than one base."""
    return int((_BITS.sum(1)[codes] > 1).sum())


def reverse_complement(codes: np.ndarray) -> np.ndarray:
    """Returns the other strand in its own direction, of codes [T]."""
    return COMPLEMENT[codes][::-1]
