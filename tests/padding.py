"""The law of padding, for cells whose inputs are not those of the contract's tests."""

import functools

import jax
import numpy as np

from seqnets import bind, unroll

close = functools.partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-6)


def check(cell, params, xs, memory=None):
    """Asserts that steps which a mask leaves out are as if they were not there.

    Args:
      cell: any cell.
      params: its parameters, without a memory.
      xs: inputs [2, T, D], T at least 3.
      memory: what the cell reads, of two rows; None for one that reads nothing.
    """
    real = np.ones(xs.shape[:2], bool)
    real[0, 1] = real[0, 3:] = real[1, 0] = False  # A gap, an end, a beginning.
    rubbish = np.where(real[..., None], xs, np.nan)

    def run(params, memory, xs, rows, mask=None):
        own = jax.tree.map(lambda a: a[rows], memory)
        bound = params if memory is None else bind(cell, params, own)
        return unroll(cell, bound, xs, mask=mask)

    @jax.jit
    def measure(params, memory, xs):
        return run(params, memory, xs, slice(None), real), [
            run(params, memory, xs[row : row + 1, real[row]], slice(row, row + 1))
            for row in range(2)
        ]

    (state, ys), alone_each = measure(params, memory, rubbish)
    assert not np.any(np.asarray(ys)[~real])
    for row, (alone, found) in enumerate(alone_each):
        close(ys[row, real[row]], found[0])
        jax.tree.map(lambda a, b, row=row: close(a[row], b[0]), state, alone)
