"""Laws of glimpses: patches are exact means, and places are learnt by reward alone."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import bind, cells, unroll
from seqnets.cells import Glimpse, Memory, glimpse
from tests import padding
from tests.looping import like_init

pytestmark = pytest.mark.usefixtures("quickly")

PICTURES = np.random.default_rng(0).uniform(size=(2, 8, 10)).astype(np.float32)

sense = jax.jit(glimpse.sense, static_argnames=("size", "scales"))


def at(*pixels):
    """Returns the place whose middle is at y, x, counted in pixels from the corner."""
    y, x = pixels
    return np.array([[2 * y / 8 - 1, 2 * x / 10 - 1]] * 2, np.float32)


def test_between_whole_pixels_a_patch_is_a_cut():
    (found,) = sense(PICTURES, at(4, 6), size=4, scales=1).swapaxes(0, 1)
    np.testing.assert_allclose(found, PICTURES[:, 2:6, 4:8], atol=1e-5)


def test_a_larger_scale_is_the_mean_of_squares():
    found = sense(PICTURES, at(4, 4), size=4, scales=2)[:, 1]
    expected = PICTURES[:, :, :8].reshape(2, 4, 2, 4, 2).mean((2, 4))
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_half_a_pixel_aside_a_patch_is_the_mean_of_neighbours():
    found = sense(PICTURES, at(4, 4.5), size=2, scales=1)[:, 0]
    cut = PICTURES[:, 3:5, 3:6]
    np.testing.assert_allclose(found, (cut[..., :-1] + cut[..., 1:]) / 2, atol=1e-5)


def test_beyond_the_border_there_is_nothing_and_no_ink_is_lost():
    found = sense(PICTURES, at(4.3, 4.9), size=32, scales=1)
    np.testing.assert_allclose(found.sum((1, 2, 3)), PICTURES.sum((1, 2)), rtol=1e-4)
    assert not sense(PICTURES, at(-4, 5), size=8, scales=1).any()


@pytest.fixture(scope="module")
def looked():
    cell = Glimpse(cells.SRN(3), 4, 2, deviation=0.5, what_dim=3, where_dim=2, dim=4)
    rng = np.random.default_rng(1)
    params = like_init(rng, cell.init, 2)
    noise = rng.normal(size=(2, 3, 2)).astype(np.float32)

    def run(params):
        return unroll(cell, bind(cell, params, Memory(jnp.asarray(PICTURES))), noise)[1]

    return cell, params, noise, run


def test_places_are_drawn_around_what_the_state_before_says(looked):
    _, params, noise, run = looked
    states, means, places = np.split(np.asarray(jax.jit(run)(params)), [3, 5], -1)
    before = np.concatenate([np.zeros((2, 1, 3)), states[:, :-1]], 1)
    expected = np.tanh(before @ params.place[0] + params.place[1])
    np.testing.assert_allclose(means, expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(places, means + 0.5 * noise, rtol=1e-4, atol=1e-6)


def test_what_is_seen_teaches_no_places_and_places_teach_no_states(looked):
    _, params, _, run = looked

    @jax.jit
    def slopes(params):
        def total(params, start, end):
            return run(params)[..., start:end].sum()

        return [jax.grad(total)(params, *part) for part in ((0, 3), (3, 5))]

    seen, meant = slopes(params)
    assert not np.any(seen.place[0]) and np.any(seen.what[0])
    assert np.any(meant.place[0])
    assert not any(np.any(a) for a in jax.tree.leaves(meant._replace(place=None)))


def around(wrap, inside, inner):
    """A glimpse of `looked`, wrapped, whose cell is wrapped."""
    sizes = {"what_dim": 3, "where_dim": 2, "dim": 4}
    return wrap(Glimpse(inside(inner), 4, 2, deviation=0.5, **sizes))


def itself(cell):
    return cell


def kept(m):
    """The factors of a mask whose rate is 0.5."""
    return 2.0 * np.asarray(m)


def zoned_out(cell):
    return cells.Zoneout(cell, 0.5)


def variational(noise):
    _, m_h, _ = noise
    return 1.0, kept(m_h), False


# What is put around a glimpse and around its cell; and, of what that draws: the factors
# of what W_x and W_h read, and which units are held.
NOISY = {
    "dropout": (itself, cells.Dropout, lambda noise: (kept(noise[0]), 1.0, False)),
    "zoneout": (itself, zoned_out, lambda noise: (1.0, 1.0, noise[0].h)),
    "inside": (itself, cells.VariationalDropout, variational),
    "around": (cells.VariationalDropout, itself, variational),
}


@pytest.mark.parametrize("name", NOISY)
def test_the_noise_of_the_cell_inside_is_drawn(looked, name, key):
    wrap, inside, factors = NOISY[name]
    _, params, xs, _ = looked
    cell = around(wrap, inside, cells.SRN(3))
    x, h, held = (
        np.broadcast_to(a, (3, 2, n))
        for a, n in zip(factors(cell.noise(key, 3, 2, 2)), (4, 3, 3), strict=True)
    )
    bound = bind(cell, params, Memory(jnp.asarray(PICTURES)))
    _, ys = jax.jit(unroll, static_argnums=0)(cell, bound, xs, key=key)
    states, _, places = np.split(np.asarray(ys), [3, 5], -1)
    s = np.zeros((2, 3))
    for t in range(3):
        g = glance(params, places[:, t])
        own = params.cell
        new = np.tanh((x[t] * g) @ own.w_x + (h[t] * s) @ own.w_h + own.b)
        s = np.where(held[t], s, new)
        np.testing.assert_allclose(states[:, t], s, rtol=1e-4, atol=1e-5)


def glance(params, places):
    """Returns g [B, G] of what is seen at places, as the equations are written."""
    at = np.clip(places, -1, 1)
    seen = np.asarray(sense(PICTURES, at, size=4, scales=2)).reshape(2, -1)
    what = np.maximum(seen @ params.what[0] + params.what[1], 0)
    where = np.maximum(at @ params.where[0] + params.where[1], 0)
    w_what, w_where, b = params.join
    return np.maximum(what @ w_what + where @ w_where + b, 0)


def test_without_a_key_a_glimpse_inside_of_noise_is_the_glimpse(looked):
    _, params, xs, run = looked
    expected = jax.jit(run)(params)
    for wrap, inside, _ in (NOISY["dropout"], NOISY["around"]):
        cell = around(wrap, inside, cells.SRN(3))
        bound = bind(cell, params, Memory(jnp.asarray(PICTURES)))
        _, ys = jax.jit(unroll, static_argnums=0)(cell, bound, xs)
        np.testing.assert_array_equal(ys, expected)


def test_zoneout_around_a_glimpse_shows_the_state_that_it_leaves(looked):
    _, params, xs, _ = looked
    cell = around(zoned_out, itself, cells.SRN(3))
    bound = bind(cell, params, Memory(jnp.asarray(PICTURES)))
    state, ys = jax.jit(unroll, static_argnums=0)(cell, bound, xs)
    np.testing.assert_array_equal(ys[:, -1, :3], state.cell.h)


def test_steps_that_are_left_out_are_as_if_they_were_not_there(looked):
    cell, params, _, _ = looked
    noise = np.random.default_rng(2).normal(size=(2, 4, 2)).astype(np.float32)
    padding.check(cell, params, noise, Memory(jnp.asarray(PICTURES)))


def test_pictures_smaller_than_a_glimpse_are_refused(looked):
    cell, params, _, _ = looked
    with pytest.raises(ValueError, match="4 x 4 pixels"):
        bind(cell, params, Memory(jnp.zeros((2, 8, 3))))
