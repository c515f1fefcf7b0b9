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
