"""Optimisers and learning-rate schedules from a config.

Around every method stand the same parts, in this order: gradients are clipped by norm
(Pascanu et al., 2013) and by value, weight decay is added to them, the method turns
them into a direction, and the learning rate scales it. With `accumulate` = k all this
happens once in k batches, on the gradient of the mean loss over all that they count;
with `average` = d a moving average of the parameters is kept beside them (Polyak &
Juditsky, 1992).
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import Array

from seqnets.checks import did_you_mean
from seqnets.training.fields import check_field, options_of

OPTIONS = options_of("optimizer")  # The defaults; `fields.FIELDS` says more.


def options(**chosen: Any) -> dict[str, Any]:
    """Returns the `optimizer` section of a config: every option, defaults included.

    Raises:
      ValueError: for an option that is not one.
    """
    for option in chosen:
        if option not in OPTIONS:
            hint = did_you_mean(option, list(OPTIONS))
            raise ValueError(f"unknown optimizer option {option!r}{hint}")
    return OPTIONS | chosen


def sgd(o: Mapping[str, Any]) -> optax.GradientTransformation:
    """d = g"""
    del o
    return optax.identity()


def momentum(o: Mapping[str, Any]) -> optax.GradientTransformation:
    """d = m,  m ← μ m + g  (Polyak, 1964)"""
    return optax.trace(o["momentum"])


def adagrad(o: Mapping[str, Any]) -> optax.GradientTransformation:
    """d = g / √(s + 1e-7),  s ← s + g²  (Duchi et al., 2011)"""
    del o
    return optax.scale_by_rss(initial_accumulator_value=0.0, eps=1e-7)


def adadelta(o: Mapping[str, Any]) -> optax.GradientTransformation:
    """d = g √(x + 1e-6) / √(s + 1e-6)  (Zeiler, 2012)

    s ← ρ s + (1 - ρ) g²,  x ← ρ x + (1 - ρ) d²; its own learning rate is 1.
    """
    return optax.scale_by_adadelta(rho=_default(o["b2"], 0.9), eps=1e-6)


def rmsprop(o: Mapping[str, Any]) -> optax.GradientTransformation:
    """d = g / √(s + 1e-8),  s ← ρ s + (1 - ρ) g²  (Tieleman & Hinton, 2012)"""
    return optax.scale_by_rms(decay=_default(o["b2"], 0.9), eps=1e-8)


def adam(o: Mapping[str, Any]) -> optax.GradientTransformation:
    """d = m̂ / (√ŝ + 1e-8),  m̂ = m / (1 - β₁ᵗ),  ŝ = s / (1 - β₂ᵗ)

    m ← β₁ m + (1 - β₁) g,  s ← β₂ s + (1 - β₂) g²  (Kingma & Ba, 2015)
    """
    return optax.scale_by_adam(b1=o["b1"], b2=_default(o["b2"], 0.999), eps=1e-8)


def adamw(o: Mapping[str, Any]) -> optax.GradientTransformation:
    """d = adam's + λ θ  (Loshchilov & Hutter, 2019)"""
    return optax.chain(adam(o), optax.add_decayed_weights(o["weight_decay"]))


METHODS = {
    "sgd": sgd,
    "momentum": momentum,
    "adagrad": adagrad,
    "adadelta": adadelta,
    "rmsprop": rmsprop,
    "adam": adam,
    "adamw": adamw,
}


def build(
    config: Mapping[str, Any], steps_per_epoch: int | None, total_steps: int
) -> optax.GradientTransformationExtraArgs:
    """Builds the optimiser that a config section describes.

    Its `update` takes two keywords more. `scale` is a factor of the learning rate that
    the caller keeps, which is how a plateau lowers it. `weight` is what the gradient
    counts for among those that are accumulated; see `Task.weight`.

    Args:
      config: fields as in `options`; those that are missing have its values.
      steps_per_epoch: for schedules written in epochs.
      total_steps: batches in the whole training.

    Raises:
      ValueError: for an unknown option, method or schedule, or one out of range.
    """
    o = _checked(config)
    rate = schedule(config, steps_per_epoch, total_steps)
    parts = []
    if o["clip_norm"] is not None:
        parts.append(optax.clip_by_global_norm(o["clip_norm"]))
    if o["clip_value"] is not None:
        parts.append(optax.clip(o["clip_value"]))
    if o["weight_decay"] and o["name"] != "adamw":
        parts.append(optax.add_decayed_weights(o["weight_decay"]))
    parts.append(METHODS[o["name"]](o))
    # Inside MultiSteps an update is counted once in `accumulate` batches.
    parts.append(
        optax.scale_by_learning_rate(lambda update: rate(update * o["accumulate"]))
    )
    parts.append(_scale())
    if o["average"] is not None:
        parts.append(_average(o["average"]))
    chain = optax.chain(*parts)
    if o["accumulate"] == 1:
        return chain
    return _accumulate(chain, o["accumulate"], total_steps)


def schedule(
    config: Mapping[str, Any], steps_per_epoch: int | None, total_steps: int
) -> Callable[[Any], Array]:
    """Returns the learning rate η_t as a pure function of the batches taken before.

    constant, plateau  η_t = η; the factor of a plateau is the training loop's to keep
    step               η_t = η rⁿ after n decays, the first after `decay_start` epochs
    cosine             η_t = η_T + (η - η_T) (1 + cos π p) / 2, where p goes from 0
                       at the end of the warm-up to 1 at the last update, t = T - 1
                       (Loshchilov & Hutter, 2017)

    All are multiplied by (t + 1) / `warmup_steps` during the warm-up, which ends at
    t = `warmup_steps` - 1. An update on several batches has the rate of the first.

    Args:
      config: fields as in `options`; those that are missing have its values.
      steps_per_epoch: batches in an epoch, or None.
      total_steps: batches in the whole training, T.

    Raises:
      ValueError: for an unknown schedule, or "step" where there are no epochs.
    """
    o = _checked(config)
    if o["schedule"] == "step" and steps_per_epoch is None:
        raise ValueError("schedule 'step' counts epochs, and this task has none")
    peak, final, warmup = o["learning_rate"], o["final_rate"], o["warmup_steps"]
    start = round(o["decay_start"] * (steps_per_epoch or 1))
    every = max(round(o["decay_every"] * (steps_per_epoch or 1)), 1)
    # The steps of the first and of the last update that the cosine spans.
    top = max(warmup - 1, 0)
    last = (total_steps - 1) // o["accumulate"] * o["accumulate"]

    def rate(step: Any) -> Array:
        step = jnp.asarray(step)
        warm = jnp.minimum((step + 1) / max(warmup, 1), 1.0)
        if o["schedule"] == "step":
            decays = jnp.maximum((step - start) // every + 1, 0)
            return warm * peak * jnp.float32(o["decay_rate"]) ** decays
        if o["schedule"] == "cosine":
            p = jnp.clip((step - top) / max(last - top, 1), 0.0, 1.0)
            return warm * (final + (peak - final) * (1 + jnp.cos(jnp.pi * p)) / 2)
        return warm * peak

    return rate


class Average(NamedTuple):
    """Moving average of the parameters, bias-corrected."""

    count: Array
    params: Any


def averaged(opt_state: Any, params: Any) -> Any:
    """Returns the parameters to evaluate: the averages where they are kept.

    Args:
      opt_state: the state of an optimiser, or a dict of the states of several.
      params: what it updates, or a dict of the same names.
    """
    if isinstance(opt_state, dict):
        return {name: averaged(opt_state[name], params[name]) for name in params}
    parts = jax.tree.leaves(opt_state, is_leaf=lambda part: isinstance(part, Average))
    kept = [part.params for part in parts if isinstance(part, Average)]
    return kept[0] if kept else params


def _average(decay: float) -> optax.GradientTransformation:
    """Follows the parameters with weights dⁿ, n updates back; changes no update."""

    def init(params):
        return Average(jnp.zeros((), jnp.int32), params)

    def update(updates, state, params):
        count = state.count + 1
        # (1 - d) / (1 - dⁿ), which is 1 at the first update.
        weight = (1.0 - decay) / -jnp.expm1(count * math.log(decay))
        new = optax.apply_updates(params, updates)
        average = jax.tree.map(
            lambda a, p: (a + weight * (p - a)).astype(a.dtype), state.params, new
        )
        return updates, Average(count, average)

    return optax.GradientTransformation(init, update)


def _accumulate(
    chain: optax.GradientTransformationExtraArgs, every: int, total_steps: int
) -> optax.GradientTransformationExtraArgs:
    """Updates on g = Σ n_i g_i / Σ n_i over `every` batches i, of weights n_i.

    What is left at the end of the training is an update of fewer batches.
    """

    def update_by_mean(sums, state, params, **extra):
        grads, weight = sums
        weight = jnp.where(weight > 0, weight, 1.0)
        grads = jax.tree.map(lambda g: (g / weight).astype(g.dtype), grads)
        updates, state = chain.update(grads, state, params[0], **extra)
        return (updates, jnp.zeros(())), state

    # The weights are added up beside the gradients, as one tree.
    multi = optax.MultiSteps(
        optax.GradientTransformationExtraArgs(
            lambda params: chain.init(params[0]), update_by_mean
        ),
        lambda update: jnp.clip(total_steps - update * every, 1, every),
        use_grad_mean=False,
    )

    def init(params):
        return multi.init((params, jnp.zeros(())))

    def update(grads, state, params, *, weight=1.0, **extra):
        weight = jnp.asarray(weight, jnp.float32)
        grads = jax.tree.map(lambda g: (weight * g).astype(g.dtype), grads)
        sums, places = (grads, weight), (params, jnp.zeros(()))
        (updates, _), state = multi.update(sums, state, places, **extra)
        return updates, state

    return optax.GradientTransformationExtraArgs(init, update)


def _scale() -> optax.GradientTransformationExtraArgs:
    def update(updates, state, params=None, *, scale=1.0, **extra):
        del params, extra
        return jax.tree.map(lambda u: scale * u, updates), state

    return optax.GradientTransformationExtraArgs(optax.init_empty_state, update)


def _checked(config: Mapping[str, Any]) -> dict[str, Any]:
    chosen = options(**config)
    for name, value in chosen.items():
        check_field(f"optimizer.{name}", value)
    return chosen


def _default(value: Any, default: Any) -> Any:
    return default if value is None else value
