"""Tang and Song poems in Chinese, one a document: title, author and lines."""

import json

from seqnets.datasets.dataset import Dataset
from seqnets.datasets.sources import find
from seqnets.datasets.text import Parts, deal, of_parts
from seqnets.datasets.text import read_text as read_file

_FILES = ["tang300.json", "ci300.json"]
_FILES += [f"quan_tang_shi/poet.tang.{1000 * i}.json" for i in range(10)]


def read_text(data_dir: str | None = None, *, unit: str = "char") -> Dataset:
    """Reads the poems as texts.

    A poem's first line decides its part, so that the versions of one poem that stand
    in two anthologies stay together; exact copies are dropped.
    """

    def parts() -> Parts:
        poems = {}
        for file in _FILES:
            for poem in json.loads(read_file(find("zh_poems", file, data_dir))):
                lines = list(filter(None, map(str.strip, poem["paragraphs"])))
                # Song lyrics have the name of a tune instead of a title.
                title = poem.get("title", poem.get("rhythmic"))
                if lines:
                    heading = filter(None, (title, poem["author"]))
                    poems.setdefault("\n".join(lines), "\n".join([*heading, *lines]))
        return deal(poems, unit, key=lambda body: body.split("\n", 1)[0])

    return of_parts("zh_poems", unit, parts)
