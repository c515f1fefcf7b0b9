"""The nats of piano rolls: what is summed, and over which frames."""

import jax
import jax.numpy as jnp
import numpy as np

from seqnets.baselines import piano_keys
from seqnets.data.assets import Assets
from seqnets.datasets import chorale_rules
from seqnets.tasks.music_task import MusicTask, frame_nats
from tests.experiments import small


class Fixed(MusicTask):
    """Scores the keys of every frame alike, by its parameters [88]."""

    def logits(self, params, batch, key):
        return jnp.broadcast_to(params, batch["roll"].shape)


def test_nats_are_summed_over_keys_and_averaged_over_later_frames(tmp_path):
    """As published: a net that knows nothing but frequencies scores as they do."""
    task = Fixed(small.config("music", tmp_path), Assets(None))
    train, valid = ([p.roll for p in task.dataset[s]] for s in ("train", "valid"))
    frames = np.concatenate(train)
    p = (frames.sum(0) + 0.5) / (len(frames) + 1)
    params = np.log(p / (1 - p)).astype(np.float32)
    loss = jax.jit(lambda batch: task.loss(params, (), batch, None)[1][1])
    total = count = 0.0
    for batch in task.batches("valid"):
        nats, frames = loss(batch)["frame_nats"]
        total, count = total + nats, count + frames
    assert count == sum(len(roll) - 1 for roll in valid)
    expected = piano_keys.independent(train, valid)
    np.testing.assert_allclose(total / count, expected, rtol=1e-4)


def test_what_stands_behind_the_end_of_a_piece_does_not_matter():
    mask = np.array([[True, True, False]])
    roll = np.zeros((1, 3, 2), np.uint8)
    logits = np.where(mask[..., None], np.float32(0.5), np.nan)

    nats, gradient = jax.value_and_grad(
        lambda logits: frame_nats(logits, roll, mask).sum()
    )(logits)

    np.testing.assert_allclose(nats, 4 * np.log1p(np.exp(0.5)), rtol=1e-6)
    assert np.isfinite(gradient).all() and not gradient[~mask].any()


def test_the_rules_are_beside_the_baselines_of_their_chorales(tmp_path, monkeypatch):
    monkeypatch.setattr(chorale_rules, "SIZES", (30, 4, 4))
    config = small.config("music", tmp_path)
    config.corpus = "chorale_rules"
    found = Fixed(config, Assets(None)).baselines()
    rules, by_key, markov, often = sorted(found, key=found.get)
    assert [rules, by_key] == ["the rules", "the rules, key by key"]
    assert markov == "each key by its last frame"
