"""What a decoder reads in training: the true symbols, or sometimes its own."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.decode.sampling import Step


def mix_inputs(step: Step, state: Any, inputs: Array, own: Array) -> Array:
    """Replaces some of the symbols that a decoder reads by those it would write.

    x_1 = y_0;   x_t = argmax_v z_{t-1,v} where own_t, else y_{t-1};
    state_t, z_t = step(state_{t-1}, x_t)

    Nowhere `own` is teacher forcing, everywhere it is free running, and at random it is
    scheduled sampling (Bengio et al., 2015) with the likeliest symbol. The choice has
    no derivative: a run over what is returned has all of the gradient.

    Args:
      step: (state, symbols [B]) -> (state, logits [B, V]).
      state: of `step`.
      inputs: y_0 ... y_{T-1}, the true symbols before those predicted, int [B, T].
      own: [B, T] bool; that of the first step does not count.

    Returns:
      x_1 ... x_T, int [B, T].
    """

    def body(carry: tuple[Any, Array], marked: tuple[Array, Array]) -> Any:
        state, written = carry
        true, own = marked
        x = jnp.where(own, written, true)
        state, logits = step(state, x)
        return (state, jnp.argmax(logits, -1).astype(x.dtype)), x

    inputs, own = jnp.asarray(inputs), jnp.asarray(own)
    if not inputs.shape[1]:
        return inputs
    own = own.at[:, 0].set(False)
    _, xs = jax.lax.scan(body, (state, inputs[:, 0]), (inputs.T, own.T))
    return xs.T
