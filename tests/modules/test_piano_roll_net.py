"""A frame is foreseen from those before it, and drawn as it is foreseen."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import cells
from seqnets.modules import Recurrent
from seqnets.modules.nade import NADE
from seqnets.modules.piano_roll_net import PianoRollNet

pytestmark = pytest.mark.usefixtures("quickly")

K, T = 5, 4


@pytest.fixture(scope="module")
def scored():
    player = PianoRollNet(Recurrent(cells.SRN(3)), NADE(K, 2), 2, jnp.float32)
    roll = np.random.default_rng(0).integers(0, 2, (1, T, K)).astype(np.uint8)
    rolls = np.repeat(roll, T + 2, 0)
    for t in range(T):
        rolls[t, t] = 1 - rolls[t, t]
    style = np.array([0] * T + [0, 1], np.int32)
    mask = np.ones(rolls.shape[:2], bool)

    @jax.jit
    def score():
        params = player.init(jax.random.key(0), rolls, style, mask=mask)
        return player.apply(params, rolls, style, mask=mask)

    return np.asarray(score())


def test_a_frame_changes_itself_and_what_comes_after(scored):
    plain = scored[T]
    for t in range(T):
        np.testing.assert_allclose(scored[t, :t], plain[:t], atol=1e-6)
        assert np.abs(scored[t, t:] - plain[t:]).max() > 1e-4
        # The lowest key of a frame is scored before any of it is known.
        np.testing.assert_allclose(scored[t, t, 0], plain[t, 0], atol=1e-6)


def test_the_style_changes_all_frames(scored):
    assert (np.abs(scored[T + 1] - scored[T]).max(1) > 1e-4).all()
