"""The translator that is raced computes the loss of PyTorch's, and reads each pair."""

import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from benchmarks import translation
from benchmarks.contenders.translation import Batch, Net, Weights
from seqnets import convert

pytestmark = pytest.mark.usefixtures("quickly")

FIXTURE = pathlib.Path(__file__).parent.parent / "fixtures/torch_translation.npz"
NET = Net(dim=4, embedding=3, maxout=2)


def load():
    """Returns the fixture's batch, weights and gradients by name, and its loss."""
    with np.load(FIXTURE) as file:
        arrays = dict(file)

    def below(prefix):
        return {
            name.removeprefix(prefix): value
            for name, value in arrays.items()
            if name.startswith(prefix)
        }

    parts = map(below, ("batch.", "weights.", "gradients."))
    return *parts, arrays["loss"]


def from_torch(arrays):
    """Returns the weights of `NET` for those of torch's translator."""
    decoder = NET.decoder
    own = {
        f"{name.removeprefix('decoder.')}_l0": value
        for name, value in arrays.items()
        if name.startswith("decoder.")
    }
    params = jax.eval_shape(lambda: decoder.init(jax.random.key(0), NET.embedding))
    bridge = params.cell._replace(
        cell=convert.from_torch(NET.cell, own),
        w=params.cell.w._replace(h=arrays["bridge.weight"].T),
        b=params.cell.b._replace(h=arrays["bridge.bias"]),
    )
    alignment = params.alignment._replace(
        w=arrays["query.weight"].T, u=arrays["key.weight"].T, v=arrays["v"]
    )
    return Weights(
        source=arrays["source.weight"],
        target=arrays["target.weight"],
        encoder=convert.from_torch(
            NET.cell, arrays, bidirectional=True, prefix="encoder."
        ),
        decoder=params._replace(cell=bridge, alignment=alignment),
        w=arrays["output.weight"].T,
        b=arrays["output.bias"],
        u=arrays["maxout.weight"].T,
    )


@pytest.mark.usefixtures("x64")
def test_loss_and_gradients_are_those_of_pytorch():
    batch, weights, expected, loss = load()
    batch = Batch(**batch)
    assert not batch.source_mask.all() and not batch.mask.all()

    @jax.jit
    @jax.value_and_grad
    def measure(weights):
        return NET.loss(from_torch(weights), batch)

    found, gradients = measure(jax.tree.map(jnp.asarray, weights))
    np.testing.assert_allclose(found, loss, rtol=1e-12)
    for name, gradient in expected.items():
        np.testing.assert_allclose(
            gradients[name], gradient, rtol=1e-8, atol=1e-11, err_msg=name
        )


def test_a_batch_holds_each_pair_between_its_ends():
    pairs = [([3, 4, 5], [6, 7]), ([8], [9, 2, 3, 4])]
    batch = translation.padded(pairs)
    for b, (source, target) in enumerate(pairs):
        real = batch.mask[b]
        assert batch.source[b, batch.source_mask[b]].tolist() == source
        assert batch.inputs[b, real].tolist() == [1, *target]
        assert batch.targets[b, real].tolist() == [*target, 1]
        assert not batch.inputs[b, ~real].any()


def test_without_multi30k_sentences_are_drawn(monkeypatch, tmp_path):
    monkeypatch.setenv("SEQNETS_DATA", str(tmp_path))
    name, batches, sizes = translation.load(4)
    assert name == "drawn" and sizes == translation.SIZES
    assert [len(batch.source) for batch in batches] == [4]
    assert max(batches[0].source.max(), batches[0].targets.max()) < max(sizes)
