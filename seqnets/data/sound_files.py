"""What the headers of sound files promise, beside what is there.

libsndfile reads a file that was cut as a shorter one. A WAV, W64, RF64, AIFF, AU or CAF
file gives its size in bytes; the last page of an Ogg stream is marked, and pages are
numbered (RFC 3533). FLAC, and MP3 with a Xing header, give their number of samples,
which `audio.decode` compares with what it could read.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

# As libsndfile calls them.
FORMATS = ("WAV", "WAVEX", "RF64", "W64", "AIFF", "AU", "CAF", "FLAC", "OGG", "MP3")

# Programs that write to a pipe give this size, or a greater one, or none.
_UNKNOWN = 2**31 - 1
_OGG_LAST = 4  # The flag of the last page of a stream.


def fault(data: bytes) -> str | None:
    """Returns why a sound file is not whole; None where nothing speaks against it.

    Args:
      data: the contents of a file of any format.
    """
    if data[:4] == b"OggS":
        return _fault_of_ogg(data)
    promised = _size(data)
    if promised is None or len(data) >= promised:
        return None
    return f"it is cut off: {len(data)} bytes, where its header says {promised}"


def _size(data: bytes) -> int | None:
    """Returns the bytes that a header promises; None where they are not known."""
    start = data[:4]
    if start in (b"RIFF", b"RIFX", b"FORM"):
        order = "little" if start == b"RIFF" else "big"
        size = int.from_bytes(data[4:8], order)
        ends = [*_chunk_ends(data, 12, 4, order)]
        # The last byte, which makes a size even, may be left out.
        if 0 < size < _UNKNOWN and size + 8 != max(ends, default=0) + 1:
            ends.append(size + 8)
        return max(ends, default=None)
    if start == b"RF64" and data[12:16] == b"ds64":
        return int.from_bytes(data[20:28], "little") + 8
    if start == b"riff":  # W64, whose chunks begin with 16 bytes.
        return int.from_bytes(data[16:24], "little")
    if start == b".snd":
        header, size = (int.from_bytes(data[i : i + 4], "big") for i in (4, 8))
        return header + size if size < _UNKNOWN else None
    if start == b"caff":
        return max(_chunk_ends(data, 8, 8, "big"), default=None)
    return None


def _chunk_ends(
    data: bytes, begin: int, width: int, order: Literal["little", "big"]
) -> Iterator[int]:
    """Yields where each chunk ends, as far as that is known.

    A chunk is a name of four bytes, its size in `width` bytes, and so many bytes, with
    one more where the size of a narrow chunk is odd.
    """
    while begin + 4 + width <= len(data):
        size = int.from_bytes(data[begin + 4 : begin + 4 + width], order)
        if size >= (_UNKNOWN if width == 4 else 2**63):
            return
        begin += 4 + width + size
        yield begin
        begin += size % 2 if width == 4 else 0


class _Page(NamedTuple):
    stream: bytes
    number: int
    last: bool


def _pages(data: bytes) -> Iterator[_Page]:
    """Yields the pages of an Ogg file.

    Raises:
      EOFError: the last one is cut.
    """
    begin = 0
    while data[begin : begin + 4] == b"OggS":
        head = data[begin : begin + 27]
        body = begin + 27 + (head[26] if len(head) == 27 else 0)
        end = body + sum(data[begin + 27 : body])
        if len(head) < 27 or end > len(data):
            raise EOFError
        number = int.from_bytes(head[18:22], "little")
        yield _Page(head[14:18], number, bool(head[5] & _OGG_LAST))
        begin = end


def _fault_of_ogg(data: bytes) -> str | None:
    latest: dict[bytes, _Page] = {}
    try:
        for page in _pages(data):
            before = latest.get(page.stream)
            if before and page.number != before.number + 1:
                return f"it lacks Ogg pages between {before.number} and {page.number}"
            latest[page.stream] = page
    except EOFError:
        return "it is cut off within an Ogg page"
    if not all(page.last for page in latest.values()):
        return "it is cut off: the last Ogg page is not marked as the last"
    return None
