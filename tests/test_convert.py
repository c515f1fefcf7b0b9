"""Parity with PyTorch from committed fixtures, and safetensors files."""

import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import cells, convert
from seqnets.unroll import bidirectional, init_bidirectional, unroll
from tests.looping import draw
from tests.variants import ALL_CELLS, label

pytestmark = pytest.mark.usefixtures("quickly")

FIXTURES = pathlib.Path(__file__).parent / "fixtures"
D, H = 2, 3
GRU = cells.GRU(H, reset="after", update="old")
GRU_NO_BIAS = cells.GRU(H, reset="after", update="old", bias=False)
PROJECTED = cells.LSTM(H, projection=2)

# Fixture: the cell, and whether it runs both ways.
NETS = {
    "rnn_tanh": (cells.SRN(H), False),
    "rnn_relu": (cells.SRN(H, activation="relu"), False),
    "rnn_no_bias": (cells.SRN(H, bias=False), False),
    "lstm": (cells.Stack((cells.LSTM(H), cells.Dropout(cells.LSTM(H)))), True),
    "lstm_projected": (cells.Stack((PROJECTED, PROJECTED)), False),
    "lstm_no_bias": (cells.LSTM(H, bias=False), False),
    "lstm_ragged": (cells.Stack((cells.LSTM(H), cells.LSTM(H))), True),
    "gru": (cells.Stack((GRU, GRU)), True),
    "gru_no_bias": (GRU_NO_BIAS, False),
    "gru_ragged": (cells.Stack((GRU, GRU)), True),
}


def random_params(cell):
    shapes = jax.eval_shape(lambda: cell.init(jax.random.key(0), D))
    return draw(np.random.default_rng(0), shapes)


def load(name):
    """Returns the fixture's arrays, its weights, and its gradients, by name."""
    with np.load(FIXTURES / f"torch_{name}.npz") as file:
        arrays = dict(file)

    def below(prefix):
        return {
            key.removeprefix(prefix): value
            for key, value in arrays.items()
            if key.startswith(prefix)
        }

    return arrays, below("weights."), below("gradients.")


def final_states(state, field):
    """Returns a field of all final states as PyTorch stacks them, [L, B, H]."""
    states = jax.tree.leaves(state, is_leaf=lambda s: hasattr(s, "h"))
    return jnp.stack([getattr(s, field) for s in states])


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("name", NETS)
def test_outputs_states_and_gradients_equal_those_of_pytorch(name):
    """Gradients go through `from_torch`, so they are PyTorch's, name by name."""
    cell, both_ways = NETS[name]
    arrays, weights, gradients = load(name)
    run = bidirectional if both_ways else unroll
    fields = [key for key in ("hn", "cn") if key in arrays]

    def loss(weights, xs):
        params = convert.from_torch(cell, weights, bidirectional=both_ways)
        state, ys = run(cell, params, xs, mask=arrays.get("mask"))
        found = {"ys": ys} | {key: final_states(state, key[0]) for key in fields}
        return sum((arrays[f"d_{key}"] * found[key]).sum() for key in found), found

    measure = jax.jit(jax.grad(loss, (0, 1), has_aux=True))
    (d_weights, d_xs), found = measure(weights, arrays["xs"])

    expected = {key: arrays[key] for key in found}
    for a, b in (
        (found, expected),
        (d_weights, gradients),
        (d_xs, arrays["gradient_xs"]),
    ):
        jax.tree.map(
            lambda x, y: np.testing.assert_allclose(x, y, rtol=1e-9, atol=1e-11), a, b
        )


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("name", NETS)
def test_there_and_back(name):
    cell, both_ways = NETS[name]
    _, weights, _ = load(name)
    params = convert.from_torch(cell, weights, bidirectional=both_ways)
    written = convert.to_torch(cell, params, bidirectional=both_ways)
    again = convert.from_torch(cell, written, bidirectional=both_ways)

    jax.tree.map(np.testing.assert_array_equal, again, params)
    assert written.keys() == weights.keys()
    for key, value in written.items():
        assert (value.shape, value.dtype) == (weights[key].shape, weights[key].dtype)
        if key.startswith("weight"):
            np.testing.assert_array_equal(value, weights[key])


def test_parameters_have_the_shapes_the_cell_draws(key):
    for cell, both_ways in NETS.values():
        init = init_bidirectional if both_ways else type(cell).init
        drawn = jax.eval_shape(lambda init=init, cell=cell: init(cell, key, D))
        params = draw(np.random.default_rng(0), drawn)
        written = convert.to_torch(cell, params, bidirectional=both_ways)
        again = convert.from_torch(cell, written, bidirectional=both_ways)
        jax.tree.map(np.testing.assert_array_equal, again, params)


def changed(weights, **changes):
    """Returns weights with arrays replaced, or left out where None."""
    return {k: v for k, v in (weights | changes).items() if v is not None}


@pytest.mark.parametrize(
    ("cell", "changes", "message"),
    [
        (cells.LSTM(H), {"bias_hh_l0": None}, "^missing: bias_hh_l0$"),
        (cells.LSTM(H, bias=False), {}, "^unexpected: bias_ih_l0, bias_hh_l0$"),
        (
            cells.LSTM(H),
            {"weight_hh_l0": None, "rnn.weight_hh_l0": np.zeros((12, H))},
            "missing: weight_hh_l0; unexpected: rnn.weight_hh_l0",
        ),
        (PROJECTED, {}, "missing: weight_hr_l0"),
        (
            cells.Stack((cells.LSTM(H), cells.LSTM(H))),
            {},
            "missing: weight_ih_l1, weight_hh_l1, bias_ih_l1, bias_hh_l1",
        ),
        (
            cells.LSTM(H),
            {"weight_hh_l0": np.zeros((12, 4))},
            r"weight_hh_l0 must have shape \(12, 3\), not \(12, 4\)",
        ),
        (cells.LSTM(4), {}, r"weight_ih_l0 must have shape \(16, 2\), not \(12, 2\)"),
    ],
)
def test_arrays_that_do_not_fit_are_named(cell, changes, message):
    fitting = convert.to_torch(cells.LSTM(H), random_params(cells.LSTM(H)))
    with pytest.raises(ValueError, match=message):
        convert.from_torch(cell, changed(fitting, **changes))


def test_arrays_of_a_whole_model_are_found_by_a_prefix():
    cell = cells.Stack((GRU, GRU))
    params = tuple(draw(np.random.default_rng(0), p) for p in random_params(cell))
    for prefix in ("", "gru.", "encoder.rnn."):
        arrays = convert.to_torch(cell, params, prefix=prefix)
        assert all(name.startswith(prefix) for name in arrays)
        others = {"head.weight": np.zeros(2)} if prefix else {}
        again = convert.from_torch(cell, arrays | others, prefix=prefix)
        jax.tree.map(np.testing.assert_array_equal, again, params)
        if prefix:
            for wrong in ("", "gru", "lstm."):
                message = f"no array is named '{wrong}weight_ih_l0': pass prefix='"
                with pytest.raises(ValueError, match=f"^{message}{prefix}'$"):
                    convert.from_torch(cell, arrays, prefix=wrong)


@pytest.mark.parametrize(
    ("cell", "advice"),
    [
        (cells.GRU(H), "use reset='after', update='old'"),
        (cells.GRU(H, reset="after"), "GRU with update='new': use update='old'"),
        (cells.SRN(H, form="preactivation"), "use form='standard'"),
        (cells.SRN(H, activation="identity"), "use activation='tanh' or 'relu'"),
        (cells.LSTM(H, peephole=True, coupled=True), "use coupled=False, peephole=F"),
        (cells.Residual(H), "no Residual: use SRN, LSTM or GRU"),
        (cells.Stack((GRU, GRU), residual=True), "use residual=False"),
    ],
    ids=label,
)
def test_a_cell_that_pytorch_does_not_have_is_told_which_it_has(cell, advice):
    for exchange in (convert.from_torch, convert.to_torch):
        with pytest.raises(ValueError, match=advice):
            exchange(cell, {})


@pytest.mark.parametrize(
    "cell",
    [
        cells.SRN(H, activation="logistic"),
        cells.SRN(H, form="preactivation"),
        cells.LSTM(H, peephole=True),
        cells.LSTM(H, coupled=True),
        cells.LSTM(H, layer_norm=True),
        cells.LSTM(H, recurrence="diagonal"),
        cells.GRU(H),
        cells.GRU(H, reset="after"),
        cells.Residual(H),
        cells.Zoneout(cells.LSTM(H)),
        cells.TrainableStart(cells.LSTM(H)),
        cells.Stack((cells.LSTM(H), cells.LSTM(H)), residual=True),
        cells.SkipStack((cells.LSTM(H), cells.LSTM(H)), in_dim=D),
        cells.Stack((cells.LSTM(H), cells.LSTM(4))),
        cells.Stack((cells.LSTM(H), cells.SRN(H))),
    ],
    ids=label,
)
def test_cells_that_pytorch_does_not_have_are_refused(cell):
    for exchange in (convert.from_torch, convert.to_torch):
        with pytest.raises(ValueError, match="PyTorch"):
            exchange(cell, {})


@pytest.mark.parametrize("cell", ALL_CELLS, ids=label)
def test_safetensors_give_back_every_bit(cell, tmp_path):
    tree = {"net": random_params(cell), "step": jnp.int32(7)}
    path = tmp_path / "params.safetensors"
    convert.save_safetensors(path, tree)
    again = convert.load_safetensors(path, jax.eval_shape(lambda: tree))
    assert jax.tree.structure(again) == jax.tree.structure(tree)
    jax.tree.map(np.testing.assert_array_equal, again, tree)


def test_safetensors_hold_views_and_bfloat16(tmp_path):
    path = tmp_path / "params.safetensors"
    tree = {
        "transposed": np.arange(6.0, dtype=np.float32).reshape(2, 3).T,
        "half": jnp.arange(3, dtype=jnp.bfloat16),
    }
    convert.save_safetensors(path, tree)
    again = convert.load_safetensors(path, tree)
    jax.tree.map(np.testing.assert_array_equal, again, tree)
    assert again["half"].dtype == jnp.bfloat16


def test_safetensors_names_are_readable(tmp_path):
    cell = cells.Stack((cells.SRN(H), cells.GRU(H, reset="after")))
    shapes = jax.eval_shape(lambda: init_bidirectional(cell, jax.random.key(0), D))
    params = {"encoder": draw(np.random.default_rng(0), shapes)}
    path = tmp_path / "params.safetensors"
    convert.save_safetensors(path, params)
    names = convert.load_file(path)
    assert {"encoder.0.forward.w_x", "encoder.1.backward.b_n"} <= names.keys()


@pytest.mark.parametrize(
    ("like", "message"),
    [
        ({"w": np.zeros((2, 3), np.float32), "b": np.zeros(3)}, "^missing: b$"),
        ({"v": np.zeros((2, 3), np.float32)}, "missing: v; unexpected: w"),
        ({"w": np.zeros((3, 2), np.float32)}, r"w must .* \(3, 2\), not \(2, 3\)"),
        ({"w": np.zeros((2, 3), np.float16)}, "w must be float16, not float32"),
    ],
)
def test_a_file_of_another_tree_is_refused(like, message, tmp_path):
    path = tmp_path / "params.safetensors"
    convert.save_safetensors(path, {"w": np.zeros((2, 3), np.float32)})
    with pytest.raises(ValueError, match=message):
        convert.load_safetensors(path, like)


def test_what_is_no_safetensors_file_is_refused(tmp_path):
    path = tmp_path / "params.safetensors"
    path.write_bytes(b"something else")
    with pytest.raises(ValueError, match="params.safetensors is not a safetensors"):
        convert.load_safetensors(path, {})


def test_two_arrays_of_one_name_are_refused(tmp_path):
    tree = {"a.b": np.zeros(1), "a": {"b": np.zeros(1)}}
    with pytest.raises(ValueError, match=r"named 'a\.b'"):
        convert.save_safetensors(tmp_path / "params.safetensors", tree)
