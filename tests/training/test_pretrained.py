"""Word vectors as first values of tables: exact, trained or frozen, in every table."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from seqnets.training import pretrained

pytestmark = pytest.mark.usefixtures("quickly")

SYMBOLS = ("<EOS>", "<UNK>", "good", "Bad", "odd")


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text("good 1 2\nbad 3 4\nother 5 6\n")
    return path


@pytest.fixture
def drawn():
    table = jax.random.normal(jax.random.key(0), (len(SYMBOLS), 2))
    return {"embedding": {"table": table}, "readout": {"w": jnp.ones(2)}}


def test_found_rows_are_the_vectors_and_others_stay_as_drawn(path, drawn, caplog):
    filled, found = pretrained.fill(drawn, {"embedding": SYMBOLS}, path)
    assert found == {"embedding": [2, 3]}
    table = np.array(drawn["embedding"]["table"])
    table[[2, 3]] = [[1, 2], [3, 4]]
    np.testing.assert_array_equal(filled["embedding"]["table"], table)
    assert filled["readout"] is drawn["readout"]
    assert "vectors of 2 of 5 symbols of embedding" in caplog.text


def test_every_table_is_filled(path, drawn):
    drawn["words_forward"] = {"table": jnp.zeros((1, 2))}
    tables = {"embedding": SYMBOLS, "words_forward": ("other",)}
    filled, found = pretrained.fill(drawn, tables, path)
    assert found["words_forward"] == [0]
    np.testing.assert_array_equal(filled["words_forward"]["table"], [[5, 6]])


def test_what_does_not_fit_is_refused(path, drawn):
    with pytest.raises(ValueError, match="no vectors of words"):
        pretrained.fill(drawn, {}, path)
    with pytest.raises(ValueError, match="none of the 1 symbols has a vector"):
        pretrained.fill(drawn, {"embedding": ("odd",)}, path)
    drawn["embedding"]["table"] = jnp.zeros((5, 3))
    with pytest.raises(ValueError, match="2 values do not fit .* of width 3: set"):
        pretrained.fill(drawn, {"embedding": SYMBOLS}, path)


def test_frozen_rows_are_never_changed_and_count_in_no_norm(drawn):
    alone = optax.chain(
        optax.clip_by_global_norm(1.0), optax.add_decayed_weights(0.1), optax.scale(-1)
    )
    still = pretrained.frozen(alone, lambda: {"embedding": [2, 3]})
    grads = jax.tree.map(jnp.ones_like, drawn)
    updates, _ = still.update(grads, still.init(drawn), drawn, scale=1.0)
    table = np.array(updates["embedding"]["table"])
    assert not table[[2, 3]].any() and table[[0, 1, 4]].all()
    # Eight of the ones are left: six of three rows, and two of the read-out.
    expected = -(np.ones(2) / np.sqrt(8.0) + 0.1)
    np.testing.assert_allclose(updates["readout"]["w"], expected, rtol=1e-6)
