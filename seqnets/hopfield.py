"""Hopfield networks: patterns stored in symmetric weights, recalled by descent (B9).

    h_i = Σ_j w_ij s_j     s_i ← sign h_i, or as it was where h_i = 0     s_i = ±1
    E(s) = -½ Σ_ij w_ij s_i s_j     w_ij = w_ji, w_ii = 0

Unit after unit, no update raises the energy E (Hopfield, 1982): it falls by 2 |h_i|
where s_i turns. All units at once, it may rise, and the state may go on alternating
between two (Goles et al., 1985). `modern` is the continuous form with an update that is
attention to the patterns (Ramsauer et al., 2021). NumPy.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from seqnets.checks import did_you_mean

FIXED, CYCLE, RUNNING = "fixed", "cycle of two", "running"
UPDATES = ("asynchronous", "synchronous")
ROUNDING = 1e-10  # Of a projection in float64; less is zero.


class Settled(NamedTuple):
    """Where states came to rest, or did not."""

    states: np.ndarray  # [T, N], ±1
    sweeps: int  # After which nothing changed any more, or that were taken.
    ends: list[str]  # Of each state: FIXED, CYCLE or RUNNING.


def hebbian(patterns: np.ndarray) -> np.ndarray:
    """Stores patterns by Hebb's rule (Hopfield, 1982).

    W = Σ_μ x^μ x^μᵀ, zero on the diagonal

    Without the usual 1/N, which changes no sign, sums are whole numbers and exact, and
    so a tie is one.

    Args:
      patterns: ±1, [P, N].

    Returns:
      float32 [N, N].
    """
    x = np.asarray(patterns, np.float32)
    return _without_diagonal(x.T @ x)


def pseudo_inverse(patterns: np.ndarray) -> np.ndarray:
    """Stores patterns by projection on what they span (Personnaz et al., 1985).

    W = X⁺ X, zero on the diagonal (Kanter & Sompolinsky, 1987)

    Fewer linearly independent patterns than units are fixed points, however alike.

    Args:
      patterns: ±1, [P, N].

    Returns:
      float32 [N, N].
    """
    x = np.asarray(patterns, float)
    _, sizes, basis = np.linalg.svd(x, full_matrices=False)
    basis = basis[sizes > 1e-8 * sizes.max(initial=0.0)]
    w = basis.T @ basis
    w[abs(w) < ROUNDING] = 0.0  # A unit that no other tells has a tie, not noise.
    return _without_diagonal(w.astype(np.float32))


def storkey(patterns: np.ndarray) -> np.ndarray:
    """Stores patterns one after the other by Storkey's rule (Storkey, 1997).

    w_ij ← w_ij + (x_i x_j - x_i h_ji - h_ij x_j) / N,   h_ij = Σ_{k ≠ i, j} w_ik x_k

    With g = W x, h_ij = g_i - w_ij x_j, and the step is
    W ← (1 + 2/N) W + (x xᵀ - x gᵀ - g xᵀ) / N, zero on the diagonal.

    Args:
      patterns: ±1, [P, N].

    Returns:
      float32 [N, N].
    """
    count = patterns.shape[1]
    w = np.zeros((count, count))
    for x in np.asarray(patterns, float):
        g = w @ x
        w *= 1 + 2 / count
        w += np.outer(x / count, x - g)
        w -= np.outer(g / count, x)
        np.fill_diagonal(w, 0.0)
    return w.astype(np.float32)


RULES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "hebbian": hebbian,
    "pseudo_inverse": pseudo_inverse,
    "storkey": storkey,
}


def energy(w: np.ndarray, states: np.ndarray) -> np.ndarray:
    """Returns E(s) = -½ sᵀ W s of states [T, N], float64 [T]."""
    s = np.asarray(states, float)
    return -0.5 * np.einsum("ti,ij,tj->t", s, w.astype(float), s, optimize=True)


def synchronous(w: np.ndarray, states: np.ndarray) -> np.ndarray:
    """Updates all units at once; a tie keeps the state.

    Args:
      w: symmetric weights [N, N].
      states: ±1, [T, N].

    Returns:
      The next states, float32 [T, N].
    """
    states = np.asarray(states, np.float32)
    return _turned(states @ w, states)


def asynchronous(
    w: np.ndarray, states: np.ndarray, order: Sequence[int] | np.ndarray
) -> np.ndarray:
    """Updates unit after unit, each once in a sweep; a tie keeps the state.

    Args:
      w: symmetric weights [N, N], zero on the diagonal.
      states: ±1, [T, N].
      order: places of units, of all states the same.

    Returns:
      The next states, float32 [T, N].
    """
    units = np.array(states, np.float32).T.copy()  # [N, T], a unit in a row.
    for i in order:
        units[i] = _turned(w[i] @ units, units[i])
    return units.T


def settle(
    w: np.ndarray,
    states: np.ndarray,
    *,
    updates: str = "asynchronous",
    seed: int = 0,
    sweeps: int = 50,
) -> Settled:
    """Updates states until nothing changes.

    Args:
      w: symmetric weights [N, N], zero on the diagonal.
      states: ±1, [T, N].
      updates: "asynchronous", in a random order for each sweep; or "synchronous", which
        ends as well when every state is fixed or alternates between two.
      seed: of the orders.
      sweeps: after which it stops, at most.
    """
    if updates not in UPDATES:
        raise ValueError(f"no updates {updates!r}{did_you_mean(updates, UPDATES)}")
    rng, taken = np.random.default_rng(seed), 0
    now = np.asarray(states, np.float32)
    before = np.full_like(now, np.nan)
    while True:
        if updates == "synchronous":
            then = synchronous(w, now)
        else:
            then = asynchronous(w, now, rng.permutation(len(w)))
        fixed, back = (then == now).all(1), (then == before).all(1)
        cycles = back & ~fixed & (updates == "synchronous")
        if (fixed | cycles).all() or taken == sweeps:
            kinds = np.where(fixed, FIXED, np.where(cycles, CYCLE, RUNNING))
            return Settled(now, taken, kinds.tolist())
        before, now, taken = now, then, taken + 1


def modern(patterns: np.ndarray, states: np.ndarray, beta: float) -> np.ndarray:
    """Updates continuous states by attention to the patterns (Ramsauer et al., 2021).

    ξ ← Xᵀ softmax(β X ξ)

    Args:
      patterns: X, the stored vectors [P, N].
      states: ξ [T, N].
      beta: the inverse temperature; of the transformer's attention 1/√N.

    Returns:
      [T, N], float64.
    """
    scores = beta * np.asarray(states, float) @ np.asarray(patterns, float).T
    weights = np.exp(scores - scores.max(1, keepdims=True))
    return weights / weights.sum(1, keepdims=True) @ patterns


def modern_energy(patterns: np.ndarray, states: np.ndarray, beta: float) -> np.ndarray:
    """Returns E(ξ) = -1/β ln Σ_μ exp(β x^μᵀ ξ) + ½ ξᵀ ξ of states [T, N]: [T]."""
    states = np.asarray(states, float)
    scores = beta * states @ np.asarray(patterns, float).T
    most = scores.max(1)
    log_sum = most + np.log(np.exp(scores - most[:, None]).sum(1))
    return -log_sum / beta + 0.5 * (states**2).sum(1)


def overlap(patterns: np.ndarray, states: np.ndarray) -> np.ndarray:
    """Returns m = 1/N Σ_i x_i s_i of patterns and states [T, N], in pairs: [T]."""
    return np.einsum("ti,ti->t", np.asarray(patterns, float), states) / len(states[0])


def one_step_error(load: float) -> float:
    """Returns how often one update turns a bit of a stored random pattern.

    ½ erfc(1/√(2α)),  α = (P - 1)/N: the other patterns add noise of variance α to
    x_i h_i / N (Hertz et al., 1991); of many units and Hebb's rule.
    """
    return 0.5 * math.erfc(1.0 / math.sqrt(2.0 * load)) if load > 0 else 0.0


def recalled_overlap(load: float) -> float:
    """Returns the overlap m at which a stored random pattern comes to rest.

    m = erf y, y the largest root of y (√(2α) + 2/√π e^{-y²}) = erf y
    (Amit, Gutfreund & Sompolinsky, 1985), of infinitely many units and Hebb's rule.

    Returns:
      m; 0 where y = 0 is the only root, which is so from α = .138 on, and 1 at α = 0.
    """
    if load <= 0:
        return 1.0

    def excess(y: float) -> float:
        slope = math.sqrt(2.0 * load) + 2.0 / math.sqrt(math.pi) * math.exp(-y * y)
        return math.erf(y) - y * slope

    # Above y = 1/√(2α), erf y < 1 < y √(2α). Between that and the root it is below 0.
    high = 1.0 / math.sqrt(2.0 * load)
    grid = np.linspace(high, 0.5, 20_000)
    above = [y for y in grid if excess(y) > 0]
    if not above:
        return 0.0
    low = above[0]
    high = min(high, low + (grid[0] - grid[-1]) / (len(grid) - 1))
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return math.erf(low)


def _turned(fields: np.ndarray, states: np.ndarray) -> np.ndarray:
    return np.where(fields == 0, states, np.sign(fields))


def _without_diagonal(w: np.ndarray) -> np.ndarray:
    np.fill_diagonal(w, 0.0)
    return w
