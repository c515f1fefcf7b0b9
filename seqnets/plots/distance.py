"""Scores of nets against the distance of the dependency."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from seqnets.plots import curves


def draw(
    path: Path,
    title: str,
    distances: Sequence[int],
    columns: Mapping[str, Sequence[float]],
    sizes: Mapping[str, str],
    trained: tuple[int, int],
    score: str,
) -> None:
    """Draws scores against distance, which is on a logarithmic scale.

    Args:
      path: the PNG.
      title: of the figure.
      distances: [N].
      columns: scores [N] by name, of nets and of baselines.
      sizes: labels of the nets in the legend, by name; all others are baselines.
      trained: the shortest and longest distance of the training, which are shaded.
      score: what the scores are; those that are no accuracy are on a logarithmic scale.
    """
    accuracy = score == "accuracy"
    curves.draw(
        path,
        distances,
        {label: columns[name] for name, label in sizes.items()},
        title=title,
        xlabel="distance, in steps",
        ylabel=score,
        baselines={name: own for name, own in columns.items() if name not in sizes},
        shaded=(*trained, "trained on"),
        log_x=True,
        log_y=not accuracy,
        limits=(-0.02, 1.02) if accuracy else (None, None),
    )
