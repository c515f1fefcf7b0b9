"""The source of the running Python's standard library, one document a file."""

import os
import sysconfig
from pathlib import Path

from seqnets.data.files import Place
from seqnets.datasets.dataset import Dataset
from seqnets.datasets.text import Parts, deal, of_parts

# What a standard library holds besides its source: tables, tests, a manual, and what
# was installed or generated on this machine.
_NOT_LIBRARY = {"encodings", "test", "tests", "idle_test", "pydoc_data", "__pycache__"}
_NOT_LIBRARY |= {"site-packages", "dist-packages", "lib-dynload"}
_GENERATED = ("_sysconfigdata", "_sysconfig_vars", "config-")


def read(place: Place, *, unit: str = "char") -> Dataset:
    """Reads the library's sources, split by a hash of their paths."""
    del place  # Every Python has it.

    def parts() -> Parts:
        root = Path(sysconfig.get_path("stdlib"))
        if not (root / "os.py").exists():
            root = Path(os.__file__).parent
        texts = _texts(root)
        if len(texts) < 3:
            raise FileNotFoundError(
                f"this Python keeps no source of its library in {root}"
            )
        return deal(dict(sorted(texts.items())), unit)

    return of_parts("python_stdlib", unit, parts)


def _texts(root: Path) -> dict[str, str]:
    texts = {}
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = [
            s
            for s in subfolders
            if s not in _NOT_LIBRARY and not s.startswith(_GENERATED)
        ]
        for name in names:
            if name.endswith(".py") and not name.startswith(_GENERATED):
                path = Path(folder, name)
                try:
                    text = path.read_text(encoding="utf-8")
                except (OSError, UnicodeDecodeError):
                    continue
                if text:
                    texts[path.relative_to(root).as_posix()] = text
    return texts
