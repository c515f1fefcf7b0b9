"""A training over again is the training."""

import jax
import numpy as np
import pytest

from seqnets.training import loop
from seqnets.training.replay import replay
from tests.training import toy

pytestmark = pytest.mark.usefixtures("quickly")


def test_a_replay_goes_where_the_run_went(tmp_path):
    """With noise, a carried state and averages; without a goal the last ones count."""
    task, config = toy.Toy(goal=None), toy.config(steps=10)
    params = loop.fit(task, config, tmp_path / "run")
    found = replay(task, config, (10, 0, 4, 99))
    assert list(found) == [0, 4, 10]
    jax.tree.map(np.testing.assert_array_equal, found[10], params)
    drawn = task.init(jax.random.key(config.seed))
    jax.tree.map(np.testing.assert_array_equal, found[0], drawn)
    assert np.any(found[4]["w"] != found[10]["w"])
    assert replay(task, config, ()) == {}


def test_a_rate_that_a_plateau_lowers_is_not_replayed():
    config = toy.config(optimizer={"schedule": "plateau"})
    with pytest.raises(ValueError, match="cannot be replayed"):
        replay(toy.Toy(), config, (1,))
