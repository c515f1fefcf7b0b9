"""Imports point down the floors of README's Layout, and few modules know Flax."""

import ast
import re
from pathlib import Path

FLOORS = (  # From the top down; what begins so stands there, the longest name rules.
    ("configs",),
    ("experiments",),
    ("seqnets.plots",),
    ("seqnets.tasks",),
    ("seqnets.training",),
    ("seqnets.modules",),
    ("seqnets.strands",),
    ("seqnets.structures",),
    ("seqnets.decode",),
    ("seqnets.analysis",),
    ("seqnets.convert", "seqnets.feedforward", "seqnets.recursive_forecast"),
    ("seqnets", "seqnets.__init__", "seqnets.stream", "seqnets.look_ahead"),
    ("seqnets.unroll",),
    ("seqnets.kernels",),
    ("seqnets.plan",),
    ("seqnets.cells",),
    ("seqnets.baselines",),
    ("seqnets.*",),  # All files beside the folders that are not named.
    ("seqnets.datasets",),
    ("seqnets.data",),
    ("seqnets.checks", "seqnets.arithmetic", "seqnets.equations"),
)
FLAX = "seqnets.modules", "experiments"  # Where it may be imported.
LEVELS = {name: level for level, floor in enumerate(FLOORS) for name in floor}
for file in Path("seqnets").glob("*.py"):
    LEVELS.setdefault(f"seqnets.{file.stem}", LEVELS["seqnets.*"])


def known(module):
    """Returns the longest name in `LEVELS` that a dotted name begins with, or None."""
    names = (module.rsplit(".", cut)[0] for cut in range(module.count(".") + 1))
    return next((name for name in names if name in LEVELS), None)


def imported(path):
    """Yields the dotted names that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_imports_point_down_and_few_are_of_flax():
    wrong = []
    tops = "configs", "experiments", "seqnets"
    for path in (p for top in tops for p in Path(top).rglob("*.py")):
        own = known(".".join(path.with_suffix("").parts))
        for name in imported(path):
            floor = known(name)
            upward = floor is not None and LEVELS[floor] < LEVELS[own]
            if upward or (name.split(".")[0] == "flax" and own not in FLAX):
                wrong.append(f"{path}: {name}")
    assert wrong == []


def test_the_readme_lists_every_folder_in_the_order_of_the_floors():
    layout = Path("README.md").read_text(encoding="utf-8").split("## Layout")[1]
    found = re.findall(r"^(seqnets/\w+)", layout.split("```")[1], re.MULTILINE)
    levels = [LEVELS[name.replace("/", ".")] for name in found]
    assert levels == sorted(levels)
    assert {str(path.parent) for path in Path("seqnets").glob("*/*.py")} <= set(found)
