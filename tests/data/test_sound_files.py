"""A sound file that was cut is never read as a shorter one, whatever its format."""

import io

import numpy as np
import pytest
import soundfile

from seqnets.data import audio, sound_files

RATE = 8000
SAMPLES = 0.1 * np.random.default_rng(0).normal(size=32_000)
WRITTEN = [(format, None) for format in sound_files.FORMATS] + [("CAF", "ALAC_16")]


def written(format, subtype=None):
    file = io.BytesIO()
    soundfile.write(file, SAMPLES, RATE, format=format, subtype=subtype)
    return file.getvalue()


def refused(data):
    with pytest.raises(ValueError) as caught:
        audio.decode(data, RATE, name="a")
    assert str(caught.value).startswith("a: ") and "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(("format", "subtype"), WRITTEN)
def test_every_format_is_read_whole_or_refused(format, subtype):
    data = written(format, subtype)
    assert len(audio.decode(data, RATE, name="a")) == len(SAMPLES)
    for kept in (len(data) - 2, len(data) // 2, len(data) // 5, 100, 20):
        refused(data[:kept])


def test_an_ogg_file_that_ends_with_a_page_or_lacks_one_is_refused():
    """Each page begins with "OggS"; there the file would be read as a shorter one."""
    data = written("OGG")
    places = [i for i in range(len(data)) if data[i : i + 4] == b"OggS"]
    assert len(places) > 4
    assert "not marked as the last" in refused(data[: places[-1]])
    assert "not marked as the last" in refused(data[: places[3]])
    assert "lacks Ogg pages between 2 and 4" in refused(
        data[: places[3]] + data[places[4] :]
    )


def test_the_chunk_of_the_samples_counts_where_the_size_of_the_file_is_unknown():
    data = written("WAV")
    streamed = data[:4] + b"\xff\xff\xff\xff" + data[8:]
    assert len(audio.decode(streamed, RATE, name="a")) == len(SAMPLES)
    assert "it is cut off" in refused(streamed[:-1])


def test_a_format_that_does_not_tell_its_length_is_not_read():
    assert "a VOC file may be cut without a sign" in refused(written("VOC"))
