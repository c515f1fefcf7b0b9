"""Laws of the net of body parts."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import cells
from seqnets.data.skeletons import PARTS
from seqnets.modules.body_parts import BodyParts

pytestmark = pytest.mark.usefixtures("quickly")

NET = BodyParts((cells.SRN(2),) * 4, "forward")


def test_every_part_reaches_the_answer_and_padding_does_not(key):
    joints = jax.random.normal(key, (2, 3, 20, 3))
    mask = np.array([[True, True, False], [True, True, True]])
    params = NET.init(key, joints, mask)
    run = jax.jit(lambda joints: NET.apply(params, joints, mask))
    ys = run(joints)
    assert ys.shape == (2, 3, 2) and not np.any(ys[0, 2])
    for part in PARTS.values():
        changed = joints.at[:, :, part[0]].add(1.0)
        assert np.abs(run(changed) - ys)[0, 1].max() > 1e-6
    padded = joints.at[0, 2].set(jnp.nan)
    np.testing.assert_array_equal(run(padded), ys)


def test_another_number_of_joints_is_refused(key):
    with pytest.raises(ValueError, match="20 joints, not 19"):
        NET.init(key, jnp.zeros((1, 2, 19, 3)))


def test_a_key_draws_the_dropout_of_every_layer(key):
    joints = jax.random.normal(key, (2, 3, 20, 3))
    params = NET.init(key, joints)
    plain, dropping = cells.SRN(2), cells.Dropout(cells.SRN(2), 0.5)
    nets = [BodyParts((plain,) * i + (dropping,) + (plain,) * (3 - i)) for i in (0, 3)]
    nets = [net.clone(direction="forward") for net in nets]

    @jax.jit
    def drawn(key):
        return [net.apply(params, joints, key=key) for net in nets]

    whole = NET.apply(params, joints, key=key)
    for one, other in zip(*map(drawn, jax.random.split(key)), strict=True):
        assert np.abs(one - whole).max() > 1e-3 and np.abs(one - other).max() > 1e-3
