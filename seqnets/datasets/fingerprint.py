"""Fingerprints of examples: the same examples have the same one on every machine."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from seqnets.datasets.dataset import Rows


def of(examples: Sequence[Any]) -> str:
    """Returns the SHA-256 of examples as JSON, with that of its bytes for each array.

    Args:
      examples: any nesting of tuples, lists and dicts of str, numbers, bool, None and
        arrays; or `Rows`. A tuple and a list with the same items have one fingerprint.

    Returns:
      64 hexadecimal digits.
    """
    # ASCII, so that surrogates are no matter.
    text = json.dumps(examples, default=_plain, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _plain(value: Any) -> Any:
    """Returns what JSON takes for a value that it does not."""
    if isinstance(value, Rows):
        return list(value.columns)
    if isinstance(value, np.generic):
        return value.item()
    array = np.ascontiguousarray(value)
    little = array.dtype.newbyteorder("<")
    digest = hashlib.sha256(array.astype(little, copy=False).data).hexdigest()
    return [little.str, list(np.shape(value)), digest]
