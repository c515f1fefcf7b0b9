"""Tables of pictures are read once for each picture."""

import numpy as np
from PIL import Image

from seqnets.data.files import Place
from seqnets.datasets import picture_tables


def test_a_picture_that_many_lines_name_is_read_once_and_shared(tmp_path, monkeypatch):
    Image.new("L", (5, 5), 9).save(tmp_path / "a.png")
    (tmp_path / "captions.tsv").write_text("a.png\tone\na.png\ttwo\n")
    read, count = picture_tables.pictures.read_whole, []
    monkeypatch.setattr(
        picture_tables.pictures,
        "read_whole",
        lambda *args: count.append(args) or read(*args),
    )
    place = Place("own", (tmp_path,))
    line = picture_tables.Line("a.png", ("one",))
    picture = picture_tables.load(place, {"train": [line, line]}, (5, 5, 1))
    assert len(count) == 1 and picture("a.png") is picture("a.png")
    assert picture("a.png").dtype == np.uint8
