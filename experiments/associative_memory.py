"""Stored patterns, recalled from damaged ones: Hopfield nets and an SRN (B9, E26).

A Hopfield net (1982) stores patterns of ±1 in its weights, and descends from a damaged
one to the nearest. With Hebb's rule it holds .138 N random patterns (Amit et al.,
1985); how often a bit is lost, and how well a pattern is kept, is measured against that
theory. Alike patterns, such as digits, need the pseudo-inverse or Storkey's rule, or
the modern form, whose update is attention (Ramsauer et al., 2021). That is a study:
nothing is trained. An SRN trained as a store of the same digits is 004's associative
memory: shown a damaged digit once, it must write the whole one some steps later. What
it must beat is the damaged digit itself, and Hopfield nets of as many digits.
"""

from pathlib import Path

import numpy as np
from ml_collections import ConfigDict

from seqnets.analysis import capacity
from seqnets.analysis.capacity import DAMAGES, METHODS
from seqnets.data import tsv
from seqnets.data.assets import Assets
from seqnets.hopfield import RULES, one_step_error, recalled_overlap
from seqnets.plots import curves, recalled
from seqnets.tasks.pattern_store import PatternStore, stored_digits
from seqnets.training.config import check
from seqnets.training.fields import (
    BETWEEN,
    COUNT,
    POSITIVE,
    SOME,
    Field,
    Rule,
    at_least,
    common,
)
from seqnets.training.study import Found, Study
from seqnets.training.task import Experiment

LOADS = Rule(
    "above 0, at most 1 and all different",
    lambda v: SOME.holds(v) and all(0 < load <= 1 for load in v),
)

FIELDS = common("corpus") | {
    "model": Field(str, ("hopfield", "recurrent")),
    "units": Field(int, at_least(2, 10_000)),
    "loads": Field(float, many=LOADS),
    "networks": Field(int, COUNT),
    "probes": Field(int, COUNT),
    "sweeps": Field(int, COUNT),
    "rule_units": Field(int, at_least(2, 2_000)),
    "rule_loads": Field(float, many=LOADS),
    "stored": Field(int, COUNT, many=SOME),
    "damage": Field(float, BETWEEN),
    "beta": Field(float, POSITIVE),
    "delay": Field(int, COUNT),
    "eval_examples": Field(int, COUNT),
}


class Capacity(Study):
    """What Hopfield nets store, of random patterns and of digits."""

    def __init__(self, config: ConfigDict, assets: Assets):
        self.config, self.assets = config, assets

    def compute(self) -> tuple[Found, dict[str, dict[str, float]]]:
        """Measures every load, compares rules, and recalls damaged digits."""
        c = self.config
        own = {"probes": c.probes, "sweeps": c.sweeps, "seed": c.seed}
        rows = [
            capacity.measure(load, c.units, networks=c.networks, **own)
            for load in c.loads
        ]
        columns = zip(capacity.AtLoad._fields, zip(*rows, strict=True), strict=True)
        found = {name: np.array(values) for name, values in columns}
        rules = [capacity.compare_rules(x, c.rule_units, **own) for x in c.rule_loads]
        found["rules"] = np.array(rules).T  # [rules, loads]
        found |= self._digits()
        metrics = {"alternating": float(found["alternating"].mean())}
        for name in ("bit_error", "overlap"):
            for load, value in zip(c.loads, found[name], strict=True):
                metrics[f"{name}/{load:g}"] = float(value)
        for k, i in np.ndindex(len(c.stored), len(METHODS)):
            share = found["recalled"][k, 0, i]
            metrics[f"accuracy/{METHODS[i]}_{c.stored[k]}"] = float(share)
        return found, {"test": metrics}

    def _digits(self) -> Found:
        """Returns shares recalled to the last bit, and pictures of the first digits."""
        c = self.config
        share = np.zeros((len(c.stored), len(DAMAGES), len(METHODS)))
        pictures: Found = {}
        for k, count in enumerate(c.stored):
            whole = stored_digits(c, self.assets, count)
            shape = whole.shape[1:]
            cues = damaged(whole, c.damage, c.seed)
            own = {"beta": c.beta, "sweeps": c.sweeps, "seed": c.seed}
            flat = whole.reshape(count, -1).astype(np.float32)
            for j, (kind, ends) in enumerate(
                capacity.recall(flat, cues, **own).items()
            ):
                share[k, j] = [(end == flat).all(1).mean() for end in ends.values()]
                if not k:
                    shown = np.stack([cues[kind], *ends.values()])[:, : recalled.SHOWN]
                    pictures[kind] = shown.reshape(*shown.shape[:2], *shape)
            pictures.setdefault("stored", whole[: recalled.SHOWN])
        return {"recalled": share} | pictures

    def report(self, found: Found, directory: Path) -> None:
        """Writes capacity.tsv and digits.tsv; draws both, and the rules compared."""
        c = self.config
        theory = [one_step_error(load - 1 / c.units) for load in c.loads]
        limit = [recalled_overlap(load) for load in c.loads]
        lines = ["load\tbit error\ttheory\tbits\toverlap\tdeviation\ttheory"]
        for i, load in enumerate(c.loads):
            numbers = [f"{load:g}", f"{found['bit_error'][i]:.3g}", f"{theory[i]:.3g}"]
            numbers += [found["bits"][i], f"{found['overlap'][i]:.4f}"]
            numbers += [f"{found['deviation'][i]:.4f}", f"{limit[i]:.4f}"]
            lines.append(tsv.row(*numbers))
        _write_lines(directory / "capacity.tsv", lines)
        lines = ["stored\tdamage\tmethod\trecalled"]
        for k, j, i in np.ndindex(found["recalled"].shape):
            own = c.stored[k], DAMAGES[j], METHODS[i]
            lines.append(tsv.row(*own, f"{found['recalled'][k, j, i]:.4f}"))
        _write_lines(directory / "digits.tsv", lines)
        self._draw(found, theory, limit, directory)
        rows = {kind: found[kind] for kind in DAMAGES}
        recalled.draw(directory / "digits.png", found["stored"], rows, METHODS)

    def _draw(self, found, theory, limit, directory: Path) -> None:
        c, axis = self.config, {"xlabel": "patterns per unit"}
        # A share of 0 has no place on the logarithmic axis.
        errors = np.where(found["bit_error"] > 0, found["bit_error"], np.nan)
        curves.draw(
            directory / "bit_errors.png",
            c.loads,
            {f"{c.units} units": errors},
            title="Bits of stored patterns that one update turns, by Hebb's rule",
            ylabel="share of bits",
            baselines={"theory": theory},
            log_y=True,
            **axis,
        )
        axis["ylabel"] = "overlap with the pattern"
        curves.draw(
            directory / "overlaps.png",
            c.loads,
            {f"{c.units} units": found["overlap"]},
            title="How well stored patterns are kept, by Hebb's rule",
            baselines={"theory, of infinitely many units": limit},
            **axis,
        )
        curves.draw(
            directory / "rules.png",
            c.rule_loads,
            dict(zip(RULES, found["rules"], strict=True)),
            title=f"Recalled with a tenth of the bits flipped, {c.rule_units} units",
            **axis,
        )


class Store(PatternStore):
    """An SRN, or any other cell, as a store of digits."""

    def report(self, params, directory: Path) -> None:
        """Draws damaged digits, and what the net and Hopfield nets recall of them."""
        c, whole = self.config, self.patterns
        flat = whole.reshape(len(whole), -1).astype(np.float32)
        cues, own = damaged(whole, c.damage, c.seed), {"beta": c.beta}
        found = capacity.recall(flat, cues, **own, sweeps=c.sweeps, seed=c.seed)
        rows = {}
        for kind, ends in found.items():
            net = np.where(np.asarray(self.answer(params, cues[kind])) > 0, 1, -1)
            shown = np.stack([cues[kind], net, *ends.values()])[:, : recalled.SHOWN]
            rows[kind] = shown.reshape(*shown.shape[:2], *whole.shape[1:])
        names = (c.cell.name, *METHODS)
        recalled.draw(directory / "digits.png", whole[: recalled.SHOWN], rows, names)


def build(config: ConfigDict, workdir: str | Path | None = None) -> Experiment:
    """Builds a `Capacity`, or of model="recurrent" a `Store`.

    Every field is in `configs/associative_memory.py`; see `experiments.build`.
    """
    check(config, FIELDS)
    made = Capacity if config.model == "hopfield" else Store
    return made(config, Assets(workdir))


def damaged(whole: np.ndarray, share: float, seed: int) -> dict[str, np.ndarray]:
    """Returns patterns ±1 [P, H, W], damaged in both ways: float32 [P, N]."""
    rng, found = np.random.default_rng((seed, 3)), {}  # 0 to 2 are the splits.
    for kind in DAMAGES:
        own = capacity.damage(whole, kind, share, rng)
        found[kind] = own.reshape(len(whole), -1).astype(np.float32)
    return found


def _write_lines(path: Path, lines: list[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
