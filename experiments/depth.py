"""Training loss against depth: plain, highway and residual stacks (A12, E22).

The same digits are learned by nets of every kind and depth, side by side, from the same
batches, each as it would be alone. The question is whether a net can be trained at all:
its training loss counts, and a net that cannot stays at that of a guess among K
classes, ln K (Srivastava et al., 2015). A figure shows it.
"""

import math
from pathlib import Path
from typing import Any

from ml_collections import ConfigDict

from experiments.digits import STACK, Digits
from seqnets.data.assets import Assets
from seqnets.data.batching import ArrayBatches
from seqnets.plots import curves
from seqnets.training import config as configs
from seqnets.training.comparison import Comparison
from seqnets.training.evaluation import evaluate
from seqnets.training.fields import LAYERS, SOME, Field, at_least, common
from seqnets.training.task import Task

COLORS = {"plain": "#808080", "highway": "#c03020", "residual": "#2060a0"}
ASKED = 2000  # Training images whose loss the figure shows.

FIELDS = (
    common("corpus")
    | STACK
    | {
        "kinds": Field(str, tuple(COLORS), many=SOME),
        "depths": Field(int, at_least(2, LAYERS.most), many=SOME),
    }
)


class Depth(Comparison):
    """Trains stacks of several kinds and depths, called as in "plain_10"."""

    def __init__(self, config: ConfigDict, assets: Assets):
        """Makes a task of each of the config's `kinds` and `depths`."""
        self.config = config
        self.names = [(kind, depth) for kind in config.kinds for depth in config.depths]
        # Drawn from one key, nets of all kinds and depths share their first layer.
        super().__init__(
            {
                f"{kind}_{depth}": Digits(of_one_net(config, kind, depth), assets)
                for kind, depth in self.names
            }
        )

    def report(self, params: Any, directory: Path) -> None:
        """Writes and draws the training loss of every net."""
        first, depths = next(iter(self.tasks.values())), self.config.depths
        columns = first.dataset.train[:ASKED].columns._asdict()
        asked = ArrayBatches(columns, self.config.batch_size, shuffle=False)
        found = evaluate(self, params, "train", batches=asked.batches(epochs=1))
        lines = ["kind\tdepth\tloss\taccuracy"]
        for kind, depth in self.names:
            values = (found[f"{m}/{kind}_{depth}"] for m in ("loss", "accuracy"))
            lines.append("\t".join([kind, f"{depth}", *(f"{v:.4f}" for v in values)]))
        path = directory / "depth.tsv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        guess = math.log(len(first.classes))
        curves.draw(
            directory / "depth.png",
            depths,
            {k: [found[f"loss/{k}_{d}"] for d in depths] for k in self.config.kinds},
            title="Which deep nets can be trained?",
            xlabel="hidden layers",
            ylabel="training loss, nats",
            baselines={"a guess": [guess] * len(depths)},
            colors=COLORS,
            log_y=True,
            limits=(None, 3 * guess),
        )


def build(config: ConfigDict, workdir: str | Path | None = None) -> Task:
    """Builds the task of `configs/depth.py`; see `experiments.build`."""
    configs.check(config, FIELDS)
    return Depth(config, Assets(workdir))


def of_one_net(config: ConfigDict, kind: str, depth: int) -> ConfigDict:
    """Returns the config of a net of one kind and depth, as `digits` takes it."""
    fixed = {"scan": "whole", "permutation": None, "chrono": None}
    fixed |= {"net": kind, "depth": depth, "loss": "cross_entropy"}
    return ConfigDict(config.to_dict() | fixed)
