"""seqnets: `unroll`, with the plan that its table chooses."""

import dataclasses
from typing import Any

import jax.numpy as jnp
from jax import Array

from benchmarks.cases import DTYPES, FORMS, Case
from benchmarks.contenders.contender import JaxContender, Marks
from seqnets import cells
from seqnets.plan import Plan
from seqnets.unroll import Directions, bidirectional, unroll


@dataclasses.dataclass(frozen=True)
class Seqnets(JaxContender):
    """Attributes: plan, of `unroll`; by default that of its table."""

    plan: Plan | None = None

    module = "seqnets"
    forms = FORMS
    dtypes = DTYPES
    time_major = False

    def load(self, case: Case, run: Any) -> Any:
        return run

    def save(self, case: Case, gradients: Any) -> Any:
        return gradients

    def layer(self, case: Case, runs: Any, xs: Array, marks: Marks | None):
        cell, mask = case.build(), None if marks is None else marks.mask
        if len(runs) == 1:
            state, ys = unroll(cell, runs[0], xs, mask=mask, plan=self.plan)
            return ys, state.h
        states, ys = bidirectional(
            cell, Directions(*runs), xs, mask=mask, plan=self.plan
        )
        return ys, jnp.concatenate([state.h for state in states], -1)

    def apply(self, case: Case, params: Any, xs: Array, marks: Marks | None):
        if case.layers == 1:
            return super().apply(case, params, xs, marks)
        stack = cells.Stack((case.build(),) * case.layers)
        mask = None if marks is None else marks.mask
        runs = tuple(run for (run,) in params)
        states, ys = unroll(stack, runs, xs, mask=mask, plan=self.plan)
        return ys, states[-1].h
