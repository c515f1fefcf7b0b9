"""Transforms of a series that can be undone: logarithm, differences, scale."""

import dataclasses
import json
from collections.abc import Sequence
from typing import Self

import numpy as np


@dataclasses.dataclass(frozen=True)
class Transforms:
    """The logarithm, then differences at some lags, then mean 0 and deviation 1.

    w_t = ln x_t,  w'_t = w_t - w_{t-s} for each lag s,  z_t = (w'_t - μ) / σ

    The first L = Σ s steps have no z: they are zero in z [N], which is aligned to x.

    Attributes:
      log: whether the logarithm is taken.
      lags: s of each difference, in turn: 1 for a trend, 12 for a season of months.
      mean, deviation: μ and σ of the training steps.
      input_means, input_deviations: of each input from outside.
    """

    log: bool = False
    lags: tuple[int, ...] = ()
    mean: float = 0.0
    deviation: float = 1.0
    input_means: tuple[float, ...] = ()
    input_deviations: tuple[float, ...] = ()

    @classmethod
    def fit(
        cls,
        values: np.ndarray,
        inputs: np.ndarray,
        *,
        log: bool = False,
        lags: Sequence[int] = (),
        name: str = "the series",
    ) -> Self:
        """Finds the scale of training steps.

        Args:
          values: x [N].
          inputs: [N, M].
          log, lags: the transforms before the scale.
          name: of the data, for messages.

        Raises:
          ValueError: the logarithm of a value that is not positive, or fewer values
            than the differences need.
        """
        lost = sum(lags)
        if len(values) < lost + 2:
            raise ValueError(
                f"{name}: differences at lags {', '.join(map(str, lags))} need more"
                f" than {lost + 1} values to train, not {len(values)}"
            )
        own = cls(log, tuple(map(int, lags)))
        levels = own._levels(values, name)[-1][lost:]
        means, deviations = inputs.mean(0), inputs.std(0)
        return dataclasses.replace(
            own,
            mean=float(levels.mean()),
            # Of a constant series, any scale will do.
            deviation=_scale(levels.std(), levels),
            input_means=tuple(map(float, means)),
            input_deviations=tuple(map(_scale, deviations, inputs.T)),
        )

    @property
    def lost(self) -> int:
        """L, the first steps that have no z."""
        return sum(self.lags)

    def forward(self, values: np.ndarray, name: str = "the series") -> np.ndarray:
        """Returns z [N] of x [N].

        Raises:
          ValueError: the logarithm of a value that is not positive.
        """
        z = (self._levels(values, name)[-1] - self.mean) / self.deviation
        z[: self.lost] = 0
        return z

    def offsets(self, values: np.ndarray) -> np.ndarray:
        """Returns what a step's level has from the steps before it.

        x_t = exp(σ z_t + μ + o_t): what undoes the transforms of one step where all
        before it is known.

        Args:
          values: x [N].

        Returns:
          o [N], zero at the first L steps.
        """
        offsets = np.zeros(len(values))
        levels = self._levels(values)
        for level, lag in zip(levels, self.lags, strict=False):
            offsets[lag:] += level[:-lag]
        offsets[: self.lost] = 0
        return offsets

    def undo_step(self, z: np.ndarray, offsets: np.ndarray) -> np.ndarray:
        """Returns x of z, one step after what is known; shapes are broadcast."""
        return self._exp(z * self.deviation + self.mean + offsets)

    def undo(self, z: np.ndarray, history: np.ndarray) -> np.ndarray:
        """Returns x of the steps that follow a history.

        Args:
          z: [..., H].
          history: x before them, [T], T >= L.

        Returns:
          x [..., H], float64.
        """
        found = np.asarray(z, np.float64) * self.deviation + self.mean
        levels = self._levels(history)
        for level, lag in reversed(list(zip(levels, self.lags, strict=False))):
            past = np.broadcast_to(level[-lag:], (*found.shape[:-1], lag))
            joined = np.concatenate([past, found], -1)
            for t in range(lag, joined.shape[-1]):
                joined[..., t] += joined[..., t - lag]
            found = joined[..., lag:]
        return self._exp(found)

    def scale_inputs(self, inputs: np.ndarray) -> np.ndarray:
        """Returns inputs [N, M] with mean 0 and deviation 1 in training."""
        return (inputs - np.array(self.input_means)) / np.array(self.input_deviations)

    def _levels(self, values: np.ndarray, name: str = "the series") -> list[np.ndarray]:
        """Returns the series before each difference, and at last after all, each [N].

        The first steps after a difference, which have nothing before them, are zero.
        """
        level = np.asarray(values, np.float64)
        if self.log:
            if (level <= 0).any():
                place = int((level <= 0).argmax())
                raise ValueError(
                    f"{name}: the logarithm needs values above 0, and value"
                    f" {place + 1} is {level[place]:g}; set log=False"
                )
            level = np.log(level)
        levels = [level]
        for lag in self.lags:
            level = np.concatenate([np.zeros(lag), level[lag:] - level[:-lag]])
            levels.append(level)
        return levels

    def _exp(self, level: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore"):
            return np.exp(level) if self.log else level

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self)) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Reads what `to_json` wrote.

        Raises:
          ValueError: it is something else.
        """
        fields = json.loads(text)
        names = {field.name for field in dataclasses.fields(cls)}
        if not isinstance(fields, dict) or set(fields) != names:
            raise ValueError("not the transforms of a series")
        plural = ("lags", "input_means", "input_deviations")
        return cls(**fields | {name: tuple(fields[name]) for name in plural})


def _scale(deviation: float, values: np.ndarray) -> float:
    """Returns a deviation to divide by: 1 for values that differ by rounding only."""
    least = 1e-9 * max(1e-300, float(np.abs(values).max(initial=0.0)))
    return float(deviation) if deviation > least else 1.0
