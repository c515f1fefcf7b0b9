"""Nets of many depths side by side: none hears of the others."""

import importlib
import math

import jax
import numpy as np
import pytest

from experiments import depth
from seqnets.training import loop


def configured(**changes):
    """Returns the default config, made small."""
    config = importlib.import_module("configs.depth").get_config()
    config.batch_size, config.width, config.depths = 32, 6, (2, 5)
    with config.ignore_type():
        for name, value in changes.items():
            setattr(config, name, value)
    return config


@pytest.fixture(scope="module")
def small():
    task = depth.build(configured())
    return task, jax.jit(task.init)(jax.random.key(0)), next(task.batches("train", 0))


def test_there_is_a_net_of_each_kind_and_depth(small):
    task, params, batch = small
    kinds = ("plain", "highway", "residual")
    assert set(params) == {f"{kind}_{depth}" for kind in kinds for depth in (2, 5)}
    assert len(params["highway_5"][1].w) == 4  # The first layer is a plain one.
    _, (_, sums) = jax.jit(lambda p: task.loss(p, (), batch, None))(params)
    found = task.finish({n: tuple(map(float, pair)) for n, pair in sums.items()})
    assert len(found) == 1 + 2 * len(params)
    losses = [found[f"loss_{name}"] for name in params]
    assert found["loss"] == pytest.approx(np.mean(losses))


def test_a_net_learns_as_if_it_were_alone(small):
    task, params, batch = small
    together = jax.jit(jax.grad(lambda p: task.loss(p, (), batch, None)[0]))(params)
    alone = depth.build(configured(kinds=("highway",), depths=(5,)))
    own = {"highway_5": params["highway_5"]}
    gradient = jax.jit(jax.grad(lambda p: alone.loss(p, (), batch, None)[0]))(own)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-7),
        together["highway_5"],
        gradient["highway_5"],
    )


def test_all_nets_start_from_the_same_first_layer(small):
    _, params, _ = small
    first = [own[0].w for own in params.values()]
    for w in first[1:]:
        np.testing.assert_array_equal(w, first[0])


def test_a_run_leaves_the_picture_and_its_numbers(tmp_path):
    config = configured(kinds=("highway", "plain"), steps=30, epochs=None)
    config.optimizer.learning_rate = 0.01
    loop.fit(depth.build(config), config, tmp_path / "run")
    samples = tmp_path / "run" / "samples"
    assert (samples / "depth.png").stat().st_size > 5000
    header, *lines = (samples / "depth.tsv").read_text().splitlines()
    assert header == "kind\tdepth\tloss\taccuracy"
    rows = [line.split("\t") for line in lines]
    assert [row[:2] for row in rows] == [
        [kind, str(depth)] for kind in ("highway", "plain") for depth in (2, 5)
    ]
    assert all(0 < float(row[2]) < math.log(10) + 0.1 for row in rows)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kinds": ("plan",)}, "no kind of layer 'plan'; did you mean 'plain'"),
        ({"kinds": ()}, "one each at least"),
        ({"depths": (1,)}, "at least 2 layers"),
        ({"activation": "sine"}, "activation"),
    ],
)
def test_options_that_there_are_not_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        depth.build(configured(**changes))
