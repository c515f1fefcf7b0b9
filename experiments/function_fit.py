"""Fitting functions with one hidden layer, narrow and wide (B6, 001 section 2).

A perceptron (Rosenblatt, 1958) cannot learn XOR (Minsky & Papert, 1969), as no line
parts (0, 1) and (1, 0) from (0, 0) and (1, 1); one hidden layer is enough. On an
interval one hidden layer comes as near to any continuous function as one likes, if it
is wide enough (Cybenko, 1989; Hornik et al., 1989).

Nets of several widths learn side by side, each from several starts, and each has a loss
of its own. Width 0 is no hidden layer: a perceptron, which learns by its own rule, or a
straight line. Truths are scored by accuracy, curves by error: the share of the variance
that is left over, 1 for the best constant, which is the trivial baseline. Pictures show
what was learned.
"""

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from matplotlib.figure import Figure
from ml_collections import ConfigDict

from seqnets import losses
from seqnets.data import batching, files, functions
from seqnets.data.fixed import Fixed
from seqnets.feedforward import MLP
from seqnets.training.task import Task

RED, GREY, BLUE = "#c03020", "#b0b0b0", "#2060a0"

ByWidth = Mapping[int, np.ndarray]


def build(config: ConfigDict, workdir: str | Path | None = None) -> Task:
    """Assembles the task that a config such as `configs/function_fit.py` describes.

    Args:
      config: see `configs/function_fit.py` for every field.
      workdir: a run folder, which remembers where its data was.

    Raises:
      ValueError: for options that there are not.
    """
    corpus, data_dir = files.remembered(config.corpus, config.data_dir, workdir)
    boolean = corpus in functions.BOOLEAN
    nets = build_nets(config)
    dtype = jnp.dtype(config.compute_dtype)

    @functools.cache
    def data() -> functions.Function:
        read = functions.read_boolean if boolean else functions.read_curve
        return read(corpus)

    @functools.cache
    def rows(split: str) -> Fixed:
        points, shuffle = data().splits[split]._asdict(), split == "train"
        return Fixed(points, config.batch_size, seed=config.seed, shuffle=shuffle)

    def init(key: Array) -> Any:
        keys = jax.random.split(key, config.restarts)
        in_dim = data().splits["train"].x.shape[1]
        return {
            str(width): jax.vmap(net.init, (0, None))(keys, in_dim)
            for width, net in nets.items()
        }

    @jax.jit
    def outputs(params: Any, x: Array) -> dict[int, Array]:
        """Returns what the nets say of x [N, D], from every start: [R, N] by width."""
        return {
            width: jax.vmap(net.apply, (0, None))(params[str(width)], x)[..., 0]
            for width, net in nets.items()
        }

    def loss(params, state, batch, key):
        del key  # Nothing is drawn.
        real, total, sums = batch["rows"], 0.0, {}
        for width, said in outputs(params, batch["x"].astype(dtype)).items():
            y, mask = jnp.broadcast_arrays(batch["y"], real, said)[:2]
            if boolean:
                score = losses.binary_cross_entropy if width else perceptron
                total += score(said, y, mask)[0]
                right = (said > 0) == (y > 0)
                right = losses.total(right.astype(jnp.float32), mask)
                sums[f"accuracy_{width}"] = right
            else:
                sums[f"error_{width}"] = losses.total((said - y) ** 2, mask)
                total += sums[f"error_{width}"][0]
        count = real.sum(dtype=jnp.float32)
        # A sum over nets and starts: each descends as if it were alone.
        return losses.mean(total, count), (state, sums | {"loss": (total, count)})

    def batches(split: str, start: int = 0) -> Iterator[batching.Batch]:
        return rows(split).batches(start, None if split == "train" else 1)

    def report(params: Any, directory: Path) -> None:
        x, y = data().splits["test"]
        said = jax.device_get(outputs(params, x))
        if boolean:
            values = {w: ((s > 0) == (y > 0)).mean(1) for w, s in said.items()}
            best = {width: v.argmax() for width, v in values.items()}
            axis = np.linspace(-0.5, 1.5, 201, dtype=np.float32)
            x = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
        else:
            values = {w: ((s - y) ** 2).mean(1) for w, s in said.items()}
            best = {width: v.argmin() for width, v in values.items()}
            x = data().splits["train"].x
            x = np.linspace(x.min(), x.max(), 500)[:, None]
        said = jax.device_get(outputs(params, x))
        said = {width: s[best[width]] for width, s in said.items()}
        if boolean:
            draw_decisions(directory / "decisions.png", data(), axis, said, values)
        else:
            draw_fits(directory / "fits.png", data(), x[:, 0], said, values)
            draw_errors(directory / "errors.png", values)

    return Task(
        init=init,
        loss=loss,
        batches=batches,
        steps_per_epoch=lambda: rows("train").steps_per_epoch,
        goal=(
            ("valid", f"accuracy_{max(nets)}", "max")
            if boolean
            else ("valid", f"error_{max(nets)}", "min")
        ),
        baselines=lambda: {"constant": constant(data(), boolean)},
        report=report,
        save=lambda folder: files.remember(
            corpus, data_dir, folder, known=functions.KNOWN
        ),
    )


def build_nets(config: ConfigDict) -> dict[int, MLP]:
    """Returns a net of each of the config's `widths`.

    Raises:
      ValueError: for options that there are not.
    """
    if not config.widths or min(config.widths) < 0:
        raise ValueError(f"widths must be some of 0, 1, 2 ..., not {config.widths}")
    if config.restarts < 1:
        raise ValueError(f"restarts must be positive, not {config.restarts}")
    return {
        width: MLP((width, 1) if width else (1,), config.activation, config.initial)
        for width in sorted(config.widths)
    }


def perceptron(
    scores: Array, targets: Array, mask: Array | None = None
) -> tuple[Array, Array]:
    """Sums by how much scores are on the wrong side (Rosenblatt, 1958).

    L = Σ (ŷ - y) s,  ŷ = 1 if s > 0 else 0

    Descending it one example at a time is the perceptron rule w ← w + η (y - ŷ) x.

    Args:
      scores: s [...].
      targets: y [...], 0 or 1.
      mask: [...] bool, True where a target counts; everywhere by default.

    Returns:
      The sum and the number of targets, float32 scalars.
    """
    said = (scores > 0).astype(jnp.float32)
    return losses.total((said - targets) * scores, mask)


def constant(data: functions.Function, boolean: bool) -> float:
    """Returns what the best constant is worth on the validation split."""
    train, valid = data.splits["train"], data.splits["valid"]
    if boolean:
        return float(np.mean(valid.y == round(float(train.y.mean()))))
    return float(np.mean((valid.y - train.y.mean()) ** 2))


def panels(names: ByWidth, size: float) -> tuple[Figure, dict[int, Any]]:
    """Returns a figure with axes for each width, four in a row."""
    columns = min(4, len(names))
    rows = -(-len(names) // columns)
    figure = Figure((size * columns, size * rows), dpi=110, layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for spare in axes.flat[len(names) :]:
        spare.remove()
    return figure, dict(zip(names, axes.flat, strict=False))


def hidden(width: int) -> str:
    """Returns how a panel is called."""
    return f"{width} hidden" if width else "no hidden layer"


def draw_decisions(
    path: Path,
    data: functions.Function,
    axis: np.ndarray,
    said: ByWidth,
    accuracies: ByWidth,
) -> None:
    """Draws where each net says true, and the four points.

    Args:
      path: the PNG.
      data: the function.
      axis: [G], of both inputs.
      said: scores [G · G] of the best start.
      accuracies: of every start, [R].
    """
    figure, axes = panels(said, 2.4)
    x, y = data.splits["train"]
    for width, panel in axes.items():
        true = said[width].reshape(len(axis), -1) > 0
        panel.contourf(axis, axis, true, [-0.5, 0.5, 1.5], colors=["white", "#c8d8ec"])
        for value, color in ((0, "white"), (1, BLUE)):
            panel.scatter(*x[y == value].T, s=90, c=color, edgecolors="black", zorder=2)
        learned = int((accuracies[width] == 1).sum())
        panel.set_title(
            f"{hidden(width)}: {accuracies[width].max():.0%}\n"
            f"{learned} of {len(accuracies[width])} starts learn it",
            size=9,
        )
        panel.set(aspect="equal", xticks=(0, 1), yticks=(0, 1))
    figure.supxlabel("blue: true, and where the best start says so", size=9)
    figure.savefig(path)


def draw_fits(
    path: Path,
    data: functions.Function,
    x: np.ndarray,
    said: ByWidth,
    errors: ByWidth,
) -> None:
    """Draws the curve of each net over the points, in the units of the points.

    Args:
      path: the PNG.
      data: the function.
      x: [G].
      said: y [G] of the best start.
      errors: of every start, [R].
    """
    figure, axes = panels(said, 2.6)
    train = data.splits["train"]
    for width, panel in axes.items():
        for across, up, style in (
            (
                train.x[:, 0],
                train.y,
                {"color": GREY, "marker": ".", "markersize": 3, "linestyle": ""},
            ),
            (x, said[width], {"color": RED}),
        ):
            across = across * data.x.deviation + data.x.mean
            panel.plot(across, up * data.y.deviation + data.y.mean, **style)
        title = f"{hidden(width)}: error {errors[width].min():.2g}"
        panel.set_title(title, size=9)
    figure.supxlabel("the points to learn from, and the best start's curve", size=9)
    figure.savefig(path)


def draw_errors(path: Path, errors: ByWidth) -> None:
    """Draws errors [R] of every start against width, and their median."""
    figure = Figure((5.2, 3.8), dpi=110, layout="constrained")
    axes = figure.subplots()
    places = np.arange(len(errors))
    for place, values in zip(places, errors.values(), strict=True):
        axes.plot(np.full(len(values), place), values, ".", color=GREY)
    medians = [np.median(values) for values in errors.values()]
    axes.plot(places, medians, "o-", color=RED, label="median of the starts")
    axes.set_yscale("log")
    axes.set_xticks(places, [width or "none" for width in errors])
    axes.set(
        xlabel="hidden neurons",
        ylabel="share of the variance left over, test",
        title="A wider hidden layer fits better",
    )
    axes.legend(frameon=False)
    figure.savefig(path)
