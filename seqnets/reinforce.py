"""Policy gradients: learning what to do from a reward at the end (Williams, 1992)."""

import jax
import jax.numpy as jnp
from jax import Array


def surrogate(
    log_probs: Array, rewards: Array, baselines: Array
) -> tuple[Array, Array]:
    """Returns losses whose gradients are those of REINFORCE and of its baseline.

    L_π = -Σ_t ln π(a_t) (R - b_t),   L_b = Σ_t (R - b_t)² / T

    R and b have no gradient in L_π, and R none in L_b. The mean of ∇ L_π over actions
    drawn from π is -∇ E[R], whatever b_t is that does not depend on a_t.

    Args:
      log_probs: ln π of the actions taken, [..., T].
      rewards: R [...], of the whole path.
      baselines: b [..., T], predicted before each action.

    Returns:
      L_π and L_b, [...] each.
    """
    rewards = jax.lax.stop_gradient(rewards)[..., None]
    advantages = jax.lax.stop_gradient(rewards - baselines)
    policy = -(log_probs * advantages).sum(-1)
    return policy, ((rewards - baselines) ** 2).mean(-1)


def gaussian_log_density(actions: Array, means: Array, deviation: float) -> Array:
    """Computes ln N(a; μ, σ² I), [...] of actions and means [..., D].

    The actions are taken: they have no gradient.
    """
    z = (jax.lax.stop_gradient(actions) - means) / deviation
    constant = jnp.log(deviation) + jnp.log(2 * jnp.pi) / 2
    return -(z**2 / 2 + constant).sum(-1)
