"""Gradients through time and depth, compared over cells on one page."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from seqnets.analysis.gradient_flow import Chains, Flows
from seqnets.analysis.jacobians import verdict

LOWEST, HIGHEST = -20.0, 12.0  # Decades that are shown, at the most.
DASHES = ("-", "--", ":", "-.")
COLORS = ("tab:red", "tab:blue", "tab:green", "tab:purple", "tab:orange", "tab:brown")
COLORS += ("tab:pink", "tab:cyan")
NAMES = {"normal": "N(0, 1)", "glorot": "Glorot", "orthogonal": "orthogonal"}
MARKERS = {"normal": "^", "glorot": "s", "orthogonal": "o", "trained": "*"}
NORM = r"$\|\partial s_T/\partial s_{T-lag}\|$"

READING = """How to read this page

Row 1: the factor by which a small change of the state, lag steps
before the end, changes the last state. Level at $10^0$: gradients
reach the past. A straight fall: they vanish, by the same factor at
every step. A rise: they explode. Thin lines are the bound
$\\eta^{lag}$ of simple networks, $\\eta = \\gamma \\lambda_1$, the largest slope of the
activation by the largest singular value of $W_h$.

Row 2: the loss is at the last step, and all steps share the weights;
this is what each step adds to their gradient, beside the last one.

Row 3: a gate is closed below 0.1, and open above 0.9. An open
forget gate f, or a closed update gate z, lets the past through. A
memory c may keep what the output h loses.

Row 4: the same product in a deep feed-forward net (001 eq 19): how
much the biases of layer l move the last layer, the mean over nets.
Where a line ends, all gradients are zero."""


def draw(
    path: Path,
    flows: Flows,
    chains: Mapping[int, Chains],
    right: Mapping[str, float],
) -> None:
    """Draws all measurements on one page.

    Args:
      path: the PNG.
      flows: measurements by weights ("fresh", "trained", and what W_h was drawn from)
        and by the name of the cell; a family's name ends at the first comma.
      chains: of deep nets, by width.
      right: shares of right answers after training, by name; may be empty.
    """
    styles = style(flows["fresh"])
    figure = Figure((18, 21), dpi=100, layout="constrained")
    heights = 4.0, 3.0 + 0.1 * len(styles), 4.0, 4.2
    # Rows of their own: long labels in one do not narrow the others.
    rows = [
        own.subplots(1, 3) for own in figure.subfigures(4, 1, height_ratios=heights)
    ]
    for column, weights in enumerate(("fresh", "trained")):
        draw_norms(rows[0][column], flows, weights, styles)
        draw_split(rows[1][column], flows, weights, styles)
        draw_gates(rows[2][column], flows, weights)
    draw_initial(rows[0][2], flows)
    draw_answers(rows[1][2], flows, right, styles)
    draw_memories(rows[2][2], flows, styles)
    for axes, (width, chain) in zip(rows[3], chains.items(), strict=False):
        draw_depth(axes, width, chain)
    rows[3][2].axis("off")
    rows[3][2].text(0.0, 1.0, READING, va="top", fontsize=10.5, linespacing=1.3)
    rows[0][0].legend(fontsize=9)
    figure.savefig(path)


def style(names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Returns a colour for each family of cells, and a dash for each member."""
    families: dict[str, list[str]] = {}
    for name in names:
        families.setdefault(name.split(",")[0], []).append(name)
    return {
        name: {
            "color": COLORS[i % len(COLORS)],
            "linestyle": DASHES[j % len(DASHES)],
            "linewidth": 2.0,
        }
        for i, members in enumerate(families.values())
        for j, name in enumerate(members)
    }


def draw_norms(axes: Axes, flows: Flows, weights: str, styles: Any) -> None:
    """Draws ‖∂s_T/∂s_{T-lag}‖, and its bound."""
    shown = []
    for name, found in flows[weights].items():
        norms = found.norms["state"]
        lags = np.arange(1, len(norms) + 1)
        axes.plot(lags, norms, label=name, **styles[name])
        shown.append(norms)
        if found.bound is not None:
            thin = styles[name] | {"linewidth": 0.8, "alpha": 0.6}
            axes.plot(lags, found.bound * lags, **thin)
    frame(axes, shown)
    axes.set_title(rf"{weights}: what is left of the past, {NORM}")
    axes.set_xlabel("lag, in steps")


def draw_split(axes: Axes, flows: Flows, weights: str, styles: Any) -> None:
    """Draws the contribution of every step to the gradient, over that of the last."""
    shown = [found.split - found.split[-1] for found in flows[weights].values()]
    for name, split in zip(flows[weights], shown, strict=True):
        axes.plot(np.arange(1, len(split) + 1), split, **styles[name])
    frame(axes, shown)
    norm = (
        r"$\|\partial L_T/\partial W^{(k)}\| \;/\; \|\partial L_T/\partial W^{(T)}\|$"
    )
    axes.set_title(f"{weights}: gradient by step, {norm}")
    axes.set_xlabel("step k; the loss is at the last one, T")


def draw_gates(axes: Axes, flows: Flows, weights: str) -> None:
    """Draws the share of gates open minus the share closed, at every step."""
    rows, labels = [], []
    for name, found in flows[weights].items():
        for gate, (closed, opened) in found.gates.items():
            rows.append(opened - closed)
            labels.append(f"{name}: {gate}")
    if not rows:
        axes.axis("off")
        return
    image = axes.imshow(
        np.stack(rows),
        aspect="auto",
        interpolation="nearest",
        cmap="RdBu",
        vmin=-1.0,
        vmax=1.0,
        extent=(0.5, len(rows[0]) + 0.5, len(rows) - 0.5, -0.5),
    )
    axes.set_yticks(range(len(rows)), labels, fontsize=9)
    axes.set_title(f"{weights}: gates, the share open minus the share closed")
    axes.set_xlabel("step")
    bar = axes.figure.colorbar(image, ax=axes, ticks=(-1, 0, 1))
    bar.ax.set_yticklabels(["all closed", "neither", "all open"])


def draw_initial(axes: Axes, flows: Flows) -> None:
    """Draws the norm at the longest lag, by the initial recurrent weights."""
    names = list(flows["fresh"])
    for weights, marker in MARKERS.items():
        ends = [float(flows[weights][name].norms["state"][-1]) for name in names]
        inside = np.clip(ends, LOWEST, HIGHEST)
        label = NAMES.get(weights, weights)
        axes.plot(inside, range(len(names)), marker, label=label, alpha=0.8, ms=9)
    lag = len(flows["fresh"][names[0]].norms["state"])
    axes.axvline(0.0, color="grey", linewidth=0.8)
    axes.set_xlim(LOWEST - 1.0, HIGHEST + 1.0)
    ticks = range(int(LOWEST), int(HIGHEST) + 1, 4)
    axes.set_xticks(ticks, [power(tick) for tick in ticks])
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=4, fontsize=9)
    axes.grid(axis="x", alpha=0.3)
    axes.set_title(f"what is left after {lag} steps, by what $W_h$ is drawn from")


def draw_answers(axes: Axes, flows: Flows, right: Any, styles: Any) -> None:
    """Draws accuracies, and the verdict on the gradients of each cell."""
    names = list(flows["fresh"])
    colors = [styles[name]["color"] for name in names]
    axes.barh(names, [right.get(name, 0.0) for name in names], color=colors, alpha=0.4)
    for i, name in enumerate(names):
        words = [verdict(flows[w][name].norms["state"]) for w in ("fresh", "trained")]
        axes.text(1.04, i, " → ".join(dict.fromkeys(words)), va="center", fontsize=9)
        if name in right:
            axes.text(0.02, i, f"{right[name]:.0%}", va="center", fontsize=9)
    axes.set_xlim(0.0, 1.6)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xticks([0.0, 0.5, 1.0] if right else [])
    title = "what the gradient does, fresh → trained"
    axes.set_title(f"right answers; {title}" if right else title)


def draw_memories(axes: Axes, flows: Flows, styles: Any) -> None:
    """Draws the norms of the arrays of a state, where it has several."""
    shown = []
    for name, found in flows["trained"].items():
        for part, norms in found.norms.items():
            if part == "state":
                continue
            own = styles[name] | {"linewidth": 2.5 if part.endswith("c") else 1.0}
            lags = np.arange(1, len(norms) + 1)
            axes.plot(lags, norms, label=f"{name}: {part}", **own)
            shown.append(norms)
    if not shown:
        axes.axis("off")
        return
    frame(axes, shown)
    axes.legend(fontsize=9)
    axes.set_title("trained: each array by itself; c is the memory")
    axes.set_xlabel("lag, in steps")


def draw_depth(axes: Axes, width: int, chains: Chains) -> None:
    """Draws 001 eq 19, or the same for wider layers."""
    activations = list(dict.fromkeys(activation for activation, _ in chains))
    for (activation, initial), norms in chains.items():
        axes.plot(
            np.arange(1, len(norms) + 1),
            norms,
            color=COLORS[activations.index(activation)],
            linestyle=DASHES[list(NAMES).index(initial)],
            label=f"{activation}, {NAMES[initial]}",
        )
    frame(axes, chains.values())
    axes.legend(fontsize=9)
    neurons = "one neuron" if width == 1 else f"{width} neurons"
    norm = r"$\|\partial a^{(L)}/\partial b^{(l)}\|$"
    axes.set_title(f"depth, {neurons} a layer: {norm}")
    axes.set_xlabel("layer l; the last one is L")


def power(exponent: int) -> str:
    """Returns the label of a decade."""
    return f"$10^{{{exponent}}}$"


def frame(axes: Axes, shown: Iterable[Any]) -> None:
    """Limits the axis to the values shown, and labels its decades."""
    values = np.concatenate([np.asarray(norms, float) for norms in shown])
    values = np.clip(values[np.isfinite(values)], LOWEST, HIGHEST)
    low, high = (values.min(), values.max()) if len(values) else (-1.0, 1.0)
    low, high = min(low, -1.0), max(high, 1.0)
    step = max(1, round((high - low) / 8))
    ticks = range(step * int(low // step), int(high) + step + 1, step)
    axes.set_yticks(ticks, [power(tick) for tick in ticks])
    axes.set_ylim(low - 0.5, high + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.axhline(0.0, color="grey", linewidth=0.8)
    axes.grid(alpha=0.3)
