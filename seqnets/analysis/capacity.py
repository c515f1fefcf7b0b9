"""How much Hopfield nets store: random patterns at a load α = P/N, and alike ones."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from seqnets import hopfield

DAMAGES = ("flipped", "covered")
METHODS = (*hopfield.RULES, "modern")
FLIPPED = 0.1  # Bits of the patterns from which rules are compared.


class AtLoad(NamedTuple):
    """What Hebb's rule keeps of random patterns, over several nets.

    Attributes:
      bit_error: share of the bits of stored patterns that one update turns.
      bits: how many bits that is measured on.
      overlap: with stored patterns, of where the net settles from them.
      deviation: of it, between nets; 0 of one net.
      alternating: share of random states that end in a cycle of two, all units being
        updated at once.
    """

    bit_error: float
    bits: int
    overlap: float
    deviation: float
    alternating: float


def draw(rng: np.random.Generator, load: float, units: int) -> np.ndarray:
    """Draws P = α N random patterns, at least one: ±1, float32 [P, N]."""
    count = max(1, round(load * units))
    return rng.choice(np.array([-1, 1], np.float32), (count, units))


def damage(
    patterns: np.ndarray, kind: str, share: float, rng: np.random.Generator
) -> np.ndarray:
    """Damages patterns.

    Args:
      patterns: ±1, [P, height, width].
      kind: "flipped", random bits; or "covered", the lowest rows become -1.
      share: how often a bit is flipped, or of the rows that are covered.
      rng: draws the bits.
    """
    if kind == "flipped":
        return np.where(rng.random(patterns.shape) < share, -patterns, patterns)
    found, height = patterns.copy(), patterns.shape[1]
    found[:, height - round(share * height) :] = -1
    return found


def measure(
    load: float, units: int, *, networks: int, probes: int, sweeps: int, seed: int = 0
) -> AtLoad:
    """Stores random patterns by Hebb's rule, and recalls them from themselves.

    Args:
      load: α.
      units: N.
      networks: number of nets, of other patterns each.
      probes: stored patterns, and random states, from which each net settles.
      sweeps: after which a state counts as it is then.
      seed: of all patterns.
    """
    wrong, bits, overlaps, ends = 0, 0, [], []
    for net in range(networks):
        rng = np.random.default_rng((seed, round(1e6 * load), net))
        x = draw(rng, load, units)
        w = hopfield.hebbian(x)
        wrong += int((hopfield.synchronous(w, x) != x).sum())
        bits += x.size
        own = {"sweeps": sweeps, "seed": seed}
        settled = hopfield.settle(w, x[:probes], **own)
        overlaps.append(hopfield.overlap(x[:probes], settled.states).mean())
        start = draw(rng, probes / units, units)
        ends += hopfield.settle(w, start, updates="synchronous", **own).ends
    alternating = float(np.mean([end == hopfield.CYCLE for end in ends]))
    deviation = float(np.std(overlaps, ddof=1)) if networks > 1 else 0.0
    overlap = float(np.mean(overlaps))
    return AtLoad(wrong / bits, bits, overlap, deviation, alternating)


def compare_rules(
    load: float, units: int, *, probes: int, sweeps: int, seed: int = 0
) -> list[float]:
    """Returns the overlap that each of `hopfield.RULES` recalls, a tenth being flipped.

    The arguments are those of `measure`; of one net.
    """
    rng = np.random.default_rng((seed, round(1e6 * load)))
    x, found = draw(rng, load, units), []
    start = damage(x[:probes, None], "flipped", FLIPPED, rng)[:, 0]
    for rule in hopfield.RULES.values():
        end = hopfield.settle(rule(x), start, seed=seed, sweeps=sweeps).states
        found.append(float(hopfield.overlap(x[:probes], end).mean()))
    return found


def recall(
    patterns: np.ndarray,
    damaged: Mapping[str, np.ndarray],
    *,
    beta: float,
    sweeps: int,
    seed: int,
) -> dict[str, dict[str, np.ndarray]]:
    """Stores patterns by each of `METHODS`, and settles from damaged ones.

    Args:
      patterns: ±1, [P, N].
      damaged: by name, states [T, N].
      beta: of the modern form, whose state is rounded to ±1 at the end.
      sweeps: after which a state counts as it is then.
      seed: of the order of updates.

    Returns:
      By the name of the damage and by method, ±1, [T, N].
    """
    found: dict[str, dict[str, np.ndarray]] = {kind: {} for kind in damaged}
    for name, rule in hopfield.RULES.items():
        w = rule(patterns)
        for kind, start in damaged.items():
            settled = hopfield.settle(w, start, seed=seed, sweeps=sweeps)
            found[kind][name] = settled.states
    for kind, state in damaged.items():
        for _ in range(sweeps):
            state, before = hopfield.modern(patterns, state, beta), state
            if np.allclose(state, before, atol=1e-6):
                break
        found[kind]["modern"] = np.where(state >= 0, 1.0, -1.0)
    return found
