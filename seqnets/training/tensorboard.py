"""TensorBoard's event files of a run, where the package tensorboardX is installed."""

import time
from pathlib import Path
from typing import Any

try:
    import tensorboardX
except ModuleNotFoundError:  # The records are complete without the event files.
    tensorboardX = None

PICTURES = ".samples"  # The end of the name of the event file with pictures.


class Events:
    """The scalars of a run's records, made anew whenever the run is taken up."""

    def __init__(self, workdir: Path | None, records: list[dict[str, Any]]):
        """Opens the event file of a run folder; None writes nothing.

        Args:
          workdir: the folder.
          records: those that there are already.
        """
        self._writer = None
        if workdir is None or tensorboardX is None:
            return
        remove(workdir, "")
        self._writer = tensorboardX.SummaryWriter(str(workdir), flush_secs=10)
        elapsed_s = records[-1].get("elapsed_s", 0.0) if records else 0.0
        self._start = time.time() - elapsed_s
        for record in records:
            self.add(record)

    def add(self, record: dict[str, Any]) -> None:
        """Adds the numbers of a record."""
        if self._writer is None:
            return
        when = self._start + record.get("elapsed_s", 0.0)
        for name, value in record.items():
            if name not in ("step", "split") and isinstance(value, int | float):
                tag = f"{record['split']}/{name}"
                self._writer.add_scalar(tag, value, record["step"], walltime=when)

    def close(self) -> None:
        """Writes what is still on its way."""
        if self._writer is not None:
            self._writer.close()


def show_pictures(workdir: Path, directory: Path, step: int) -> None:
    """Puts the PNGs of a folder in a run's event files, instead of earlier ones."""
    remove(workdir, PICTURES)
    paths = sorted(directory.glob("**/*.png"))
    if not paths or tensorboardX is None:
        return
    from matplotlib.image import imread

    with tensorboardX.SummaryWriter(str(workdir), filename_suffix=PICTURES) as events:
        for path in paths:
            name = path.relative_to(directory).with_suffix("").as_posix()
            image = imread(path)[..., :3]  # [H, W, RGB], in [0, 1].
            events.add_image(f"samples/{name}", image, step, dataformats="HWC")


def remove(workdir: Path, end: str) -> None:
    """Removes the event files of a run whose names end so."""
    for path in workdir.glob(f"events.out.tfevents.*{end}"):
        path.unlink()
