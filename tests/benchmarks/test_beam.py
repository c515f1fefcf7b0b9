"""What the race of beam searches reads."""

import numpy as np

from benchmarks import beam
from benchmarks.contenders.translation import Net


def test_a_batch_holds_its_sentences_and_nothing_else():
    groups = beam.draw(Net(4), 9)
    assert [len(group) for group in groups] == [9] * beam.SAMPLE
    sentences = groups[0][:4] + groups[2]
    lengths = [s.mask.shape[1] for s in sentences]
    assert lengths == sorted(lengths) and lengths[0] < lengths[-1]
    for room in (1, beam.ROOM):
        batch = beam.padded(sentences, room)
        assert 0 <= batch.mask.shape[1] - max(lengths) < room
        assert batch.mask.shape[1] % room == 0
        np.testing.assert_array_equal(batch.mask.sum(1), lengths)
        for b, sentence in enumerate(sentences):
            np.testing.assert_array_equal(
                batch.values[b, batch.mask[b]], sentence.values[0]
            )
            assert not batch.values[b, ~batch.mask[b]].any()
            assert (batch.start[b] == sentence.start[0]).all()
            assert batch.expected[b] == sentence.expected[0]


def test_a_seed_fixes_the_sentences():
    first, second, other = (beam.draw(Net(4), 3, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first[2][1].values, second[2][1].values)
    assert first[2][1].start[0, 0] != other[2][1].start[0, 0]
