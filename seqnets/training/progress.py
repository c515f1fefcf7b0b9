"""Progress of a run: its steps, its best value so far, and patience."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any, Literal

from seqnets.training.fields import LARGEST


@dataclasses.dataclass
class Progress:
    """Bookkeeping of a run, beside its arrays in every checkpoint.

    Attributes:
      step: batches taken, which is the position in the training; with
        `optimizer.accumulate` = k there is one update in k.
      reported: the step up to which metrics are written and evaluations done.
      best: the goal's best value so far.
      best_step: where it was reached.
      waited: evaluations since.
      scale: factor of the learning rate, lowered on plateaus.
      complete: whether the training is at its end.
    """

    step: int = 0
    reported: int = 0
    best: float | None = None
    best_step: int = 0
    waited: int = 0
    scale: float = 1.0
    complete: bool = False

    def judge(
        self,
        value: float,
        direction: Literal["min", "max"],
        *,
        patience: int | None = None,
        plateau: float = 1.0,
    ) -> bool:
        """Takes note of an evaluation of the goal, in place.

        Args:
          value: of the goal; a NaN is an improvement on nothing but another.
          direction: which way is better.
          patience: evaluations in a row without improvement that end the training.
          plateau: what one without improvement multiplies `scale` by.

        Returns:
          Whether this is the best so far.
        """
        sign = 1.0 if direction == "max" else -1.0
        first = self.best is None or math.isnan(self.best)
        if first or sign * value > sign * self.best:
            self.best, self.best_step, self.waited = value, self.step, 0
            return True
        self.waited += 1
        self.scale *= plateau
        self.complete |= patience is not None and self.waited >= patience
        return False


def total_steps(config: Mapping[str, Any], steps_per_epoch: int | None) -> int:
    """Returns the length of the training, from `steps` or `epochs`.

    Raises:
      ValueError: unless exactly one of them is given, and comes to a step at least,
        and to no more than an int32 counts.
    """
    steps, epochs = config.get("steps"), config.get("epochs")
    if (steps is None) == (epochs is None):
        raise ValueError(f"give steps or epochs, not steps={steps} and epochs={epochs}")
    if steps is None:
        if steps_per_epoch is None:
            raise ValueError("this task has no epochs: give steps")
        steps = epochs * steps_per_epoch
    if steps > LARGEST:  # First, as infinity cannot be rounded.
        raise ValueError(f"a training takes at most {LARGEST} steps, not {steps:.6g}")
    steps = round(steps)
    if steps < 1:
        raise ValueError(f"a training takes at least 1 step, not {steps}")
    return steps
