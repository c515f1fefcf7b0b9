"""Nets of many depths side by side, each as it would be alone."""

import importlib
import math

import jax
import numpy as np
import pytest

from experiments import depth
from seqnets.training import loop


def configured(folder, **changes):
    """Returns the default config, made small."""
    config = importlib.import_module("configs.depth").get_config()
    config.corpus = str(folder)
    config.batch_size, config.width, config.depths = 32, 6, (2, 4)
    with config.ignore_type():
        for name, value in changes.items():
            setattr(config, name, value)
    return config


def descend(task, params, batch):
    """Returns what the loss counts, and its gradient."""
    state = task.initial_state(params, 32)
    grad = jax.jit(jax.grad(task.loss, has_aux=True))
    grads, (_, sums) = grad(params, state, batch, None)
    return sums, grads


@pytest.fixture(scope="module")
def small(image_folder, quickly):
    """A task, its parameters, a batch, and what `descend` makes of them."""
    task = depth.build(configured(image_folder))
    params, batch = jax.jit(task.init)(jax.random.key(0)), next(task.batches("train"))
    return task, params, batch, *descend(task, params, batch)


def test_there_is_a_net_of_each_kind_and_depth(small):
    task, params, _, sums, _ = small
    kinds = ("plain", "highway", "residual")
    assert set(params) == {f"{kind}_{depth}" for kind in kinds for depth in (2, 4)}
    assert len(params["highway_4"]["net"][1].w) == 3  # The first layer is plain.
    found = task.finish({n: tuple(map(float, pair)) for n, pair in sums.items()})
    assert len(found) == 1 + 2 * len(params)
    losses = [found[f"loss/{name}"] for name in params]
    assert found["loss"] == pytest.approx(np.mean(losses))


def test_a_net_learns_as_if_it_were_alone(small, image_folder):
    _, params, batch, _, together = small
    config = configured(image_folder, kinds=("highway",), depths=(4,))
    own = {"highway_4": params["highway_4"]}
    _, alone = descend(depth.build(config), own, batch)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-7),
        together["highway_4"],
        alone["highway_4"],
    )


def test_all_nets_start_from_the_same_first_layer(small):
    _, params, *_ = small
    first = [own["net"][0].w for own in params.values()]
    for w in first[1:]:
        np.testing.assert_array_equal(w, first[0])


def test_a_run_leaves_the_picture_and_its_numbers(image_folder, tmp_path, quickly):
    kinds = ("highway", "plain")
    config = configured(image_folder, kinds=kinds, steps=30, epochs=None)
    config.optimizer.learning_rate = 0.01
    loop.fit(depth.build(config), config, tmp_path / "run")
    samples = tmp_path / "run" / "samples"
    assert (samples / "depth.png").stat().st_size > 5000
    header, *lines = (samples / "depth.tsv").read_text().splitlines()
    assert header == "kind\tdepth\tloss\taccuracy"
    rows = [line.split("\t") for line in lines]
    assert [row[:2] for row in rows] == [
        [kind, str(depth)] for kind in kinds for depth in (2, 4)
    ]
    assert all(0 < float(row[2]) < math.log(10) + 0.1 for row in rows)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kinds": ("plan",)}, "'plan'; did you mean 'plain'"),
        ({"kinds": ()}, "kinds must be one or more"),
        ({"depths": (1,)}, "depths must be at least 2"),
        ({"activation": "sine"}, "activation"),
    ],
)
def test_options_that_there_are_not_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        depth.build(configured("drawn_digits", **changes))
