"""The training step: its state, arrays on devices, and the update."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import Array

from seqnets.training import devices, placement
from seqnets.training import optimizer as optimizers
from seqnets.training.progress import total_steps
from seqnets.training.task import Task


class TrainState(NamedTuple):
    """All arrays of a training; a checkpoint of them is enough to go on."""

    params: Any
    opt_state: Any
    carry: Any  # What the task carries from batch to batch, [B, ...].
    totals: Any  # Of the steps since the last `log`: sums, and (Σ |g|, steps).


class Health(NamedTuple):
    """What tells whether a step came out well."""

    loss: Array
    grad_norm: Array
    finite: Array  # Whether all of the new parameters and of the new carry is.


class Program:
    """A training step, compiled for the devices there are. A run's is `program_of`.

    Attributes:
      target: the shapes, dtypes and shardings of a `TrainState`, to restore one.
    """

    def __init__(
        self,
        task: Task,
        optimizer: optax.GradientTransformationExtraArgs,
        *,
        seed: int,
        batch: dict[str, Any],
        batch_size: int | None = None,
    ):
        """Prepares the step.

        Args:
          task: what to train.
          optimizer: of one set of parameters; the task may build its own from it.
          seed: of the parameters, and of the key of each step.
          batch: any one, for its shapes.
          batch_size: the number of rows, where the batch has no "rows".

        Raises:
          ValueError: for groups of devices among which nothing can be cut.
        """
        placement.require_cuts(task.cuts)
        optimizer = task.optimizer(optimizer)
        batch_size = devices.row_count(batch, batch_size)
        self._task, self._optimizer, self._seed = task, optimizer, seed
        whole, rows = devices.replicated(), devices.by_rows()

        # Traced here once, and not again by those that call it.
        draw = jax.jit(lambda: task.init(jax.random.key(seed)))
        drawn = jax.eval_shape(draw)
        carry = jax.eval_shape(lambda p: task.initial_state(p, batch_size), drawn)
        key = jax.random.key(seed)
        _, (_, sums) = jax.eval_shape(task.loss, drawn, carry, batch, key)

        def initial(params: Any) -> TrainState:
            carry = task.initial_state(params, batch_size)
            totals = jax.tree.map(lambda _: jnp.zeros(()), (sums, (0.0, 0.0)))
            state = TrainState(params, optimizer.init(params), carry, totals)
            # Weak types would not survive a checkpoint.
            return jax.tree.map(lambda a: jnp.asarray(a).astype(a.dtype), state)

        shapes = jax.eval_shape(initial, drawn)
        params, opt_state = (
            placement.shardings(tree, task.cuts) for tree in shapes[:2]
        )
        places = TrainState(params, opt_state, rows, whole)
        self._places = params
        self._draw = jax.jit(lambda: draw(), out_shardings=params)
        self._initial = jax.jit(initial, out_shardings=places)
        self.target = TrainState(*map(devices.located, shapes, places))
        self.step = jax.jit(
            self._step,
            donate_argnums=0,
            in_shardings=(places, None, whole, whole),  # A batch stays where it is.
            out_shardings=(places, whole),
        )
        self._zeros = jax.jit(
            lambda totals: jax.tree.map(jnp.zeros_like, totals), out_shardings=whole
        )

    def initial(self) -> TrainState:
        """Returns the state before the first step."""
        params = self._task.pretrained(self._draw())
        return self._initial(devices.place(params, self._places))

    def reset_totals(self, state: TrainState) -> TrainState:
        """Begins the sums anew."""
        return state._replace(totals=self._zeros(state.totals))

    def _step(
        self, state: TrainState, batch: Any, position: Array, scale: Array
    ) -> tuple[TrainState, Health]:
        """Takes the step at `position`, with `scale` times the learning rate."""
        key = jax.random.fold_in(jax.random.key(self._seed), position)
        gradient = jax.value_and_grad(self._task.loss, has_aux=True)
        (loss, (carry, sums)), grads = gradient(state.params, state.carry, batch, key)
        updates, opt_state = self._optimizer.update(
            grads,
            state.opt_state,
            state.params,
            scale=scale,
            weight=self._task.weight(dict(sums)),
        )
        params = optax.apply_updates(state.params, updates)
        norm = optax.tree.norm(grads)
        totals = jax.tree.map(jnp.add, state.totals, (dict(sums), (norm, 1.0)))
        health = Health(loss, norm, _all_finite((params, carry)))
        return TrainState(params, opt_state, carry, totals), health


def program_of(task: Task, config: Mapping[str, Any], batch: dict[str, Any]) -> Program:
    """Returns the training step of a run.

    The task keeps it, so that the same run, resumed with the same task, does not
    compile it again.

    Args:
      task: what to train.
      config: of the run.
      batch: any one, for its shapes.

    Raises:
      ValueError: for neither or both of `steps` and `epochs`, bad options of the
        optimiser, or rows that the devices do not divide.
    """
    epoch = task.steps_per_epoch
    total, size = total_steps(config, epoch), config.get("batch_size")
    options = optimizers.options(**config["optimizer"])
    key = (
        *sorted(options.items()),
        *(epoch, total, config["seed"]),
        *(devices.row_count(batch, size), devices.mesh()),
    )
    made = vars(task).setdefault("_programs", {})
    if key not in made:
        built = optimizers.build(config["optimizer"], epoch, total)
        seed = config["seed"]
        made[key] = Program(task, built, seed=seed, batch=batch, batch_size=size)
    return made[key]


def _all_finite(tree: Any) -> Array:
    inexact = [a for a in jax.tree.leaves(tree) if jnp.issubdtype(a, jnp.inexact)]
    return jnp.all(jnp.asarray([jnp.isfinite(a).all() for a in inexact]))
