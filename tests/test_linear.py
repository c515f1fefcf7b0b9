"""What a matrix reads has its width, and what computes has the dtype asked for."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import cells, convert, step
from seqnets.linear import affine, matmul, supported
from seqnets.modules.embedding import Embedding
from tests.looping import like_init
from tests.variants import GRUS, LINEAR, LSTMS, RESIDUALS, SRNS, label


@pytest.mark.parametrize("rows", [1, 2])
def test_an_input_of_another_width_is_refused(rows):
    """A matrix of one row too, though numbers of any width could multiply it."""
    w = np.ones((rows, 3), np.float32)
    for read in (matmul, lambda x, w: affine(x, w, None)):
        assert jax.eval_shape(read, np.ones((4, rows)), w).shape == (4, 3)
        with pytest.raises(ValueError, match=f"width 3, but .* width {rows}: pass"):
            read(np.ones((4, 3), np.float32), w)


CELLS = [family[0] for family in (SRNS, LSTMS, GRUS, RESIDUALS, LINEAR)]


@pytest.mark.parametrize("cell", CELLS, ids=label)
def test_float64_is_float64_or_refused(cell, tmp_path):
    embedding = Embedding(3, None, dtype=np.float64)
    path = tmp_path / "w.safetensors"
    convert.save_safetensors(path, {"w": np.zeros(2)})
    like = {"w": np.zeros(2)}

    def asked():
        return (
            cell.initial_state(None, 2, np.float64),
            embedding.apply({}, np.zeros(2, int)),
            convert.load_safetensors(path, like),
        )

    with jax.enable_x64(True):
        assert {a.dtype for a in jax.tree.leaves(asked())} == {np.dtype("float64")}
    for ask in (
        lambda: cell.initial_state(None, 2, "float64"),
        lambda: embedding.apply({}, np.zeros(2, int)),
        lambda: convert.load_safetensors(path, like),
    ):
        with pytest.raises(ValueError, match="float64 is float32 .* JAX_ENABLE_X64=1"):
            ask()
    for dtype in (jnp.bfloat16, jnp.float16, np.float32, "bfloat16"):
        assert supported(dtype) is dtype


def test_numbers_of_numpy_are_float32_as_jax_takes_them():
    cell = cells.SRN(3)
    params = like_init(np.random.default_rng(0), cell.init, 2)
    state, y = step(cell, params, None, np.ones((4, 2)))
    assert y.dtype == state.h.dtype == jnp.float32
