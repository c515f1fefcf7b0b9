"""The most probable extensions of hypotheses by one symbol."""

import functools

import jax
import jax.numpy as jnp
from jax import Array


def best(
    log_p: Array, logits: Array, allowed: Array | None, count: int
) -> tuple[Array, Array, Array]:
    """Finds the extensions of greatest ln p(Y) + ln softmax(z)[y] in each row.

    They are looked for among the `count` symbols that, after their best hypothesis, are
    the most probable, so that the probabilities of all W V extensions are never held
    or sorted. No other can be among them: each of those symbols has an extension that
    is better.

    Args:
      log_p: ln p(Y) of W hypotheses, [B, W]; -inf for one that is not to be extended.
      logits: z [B, W, V]; where it is -inf or NaN, there is no extension.
      allowed: bool [..., V], as a mask of `logits`; None allows all.
      count: how many are wanted, at most W V.

    Returns:
      ln p, the best first, -inf where there is none; the hypotheses, 0 ... W-1; and the
      symbols. All are [B, count]. Of equals, the lower symbol and then the lower
      hypothesis goes first.
    """
    rows, width, symbols = logits.shape
    logits = logits.astype(log_p.dtype)
    log_z = jax.nn.logsumexp(logits, -1, keepdims=True)
    if allowed is not None:
        logits = jnp.where(allowed, logits, -jnp.inf)

    def extended(logits: Array) -> Array:
        own = log_p[..., None] + (logits - log_z)
        return jnp.where(own > -jnp.inf, own, -jnp.inf)  # NaN is not above it.

    over_beam = functools.reduce(jnp.maximum, jnp.unstack(extended(logits), axis=1))
    few = min(count, symbols)
    chosen = jnp.sort(jax.lax.top_k(over_beam, few)[1])  # [B, few]
    some = extended(jnp.take_along_axis(logits, chosen[:, None], 2))  # [B, W, few]
    some = some.swapaxes(1, 2).reshape(rows, few * width)
    found, index = jax.lax.top_k(some, count)
    symbol = jnp.take_along_axis(chosen, index // width, 1)
    return found, index % width, symbol
