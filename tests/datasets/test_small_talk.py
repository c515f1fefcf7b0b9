"""Small talk: every reply follows from the turns before it, many not from the last."""

import collections
import re

import numpy as np
import pytest

from seqnets import datasets
from seqnets.datasets import small_talk
from seqnets.datasets.dialogues import exchanges


@pytest.fixture(scope="module")
def splits():
    return small_talk.draw_splits(sizes=(800, 100, 100))


TOLD = [
    (name, re.compile(re.escape(told).replace(re.escape("{}"), r"(\w+)")))
    for name, topic in small_talk.TOPICS.items()
    for told in topic.told
]


def second_speaker(turns):
    """Answers as a person does who knows the topics, from the turns alone."""
    facts, asked = {}, turns[-1]
    for turn in turns[::2]:
        for name, pattern in TOLD:
            if found := pattern.fullmatch(turn):
                facts[name] = found[1]
                reply = small_talk.TOPICS[name].heard.format(found[1])
    for name, topic in small_talk.TOPICS.items():
        if asked in topic.asked:
            value = facts.get(name)
            return topic.unknown if value is None else topic.known.format(value)
    if asked in small_talk.BOTH:
        *names, reply = small_talk.BOTH[asked]
        return reply.format(*map(facts.get, names))
    return small_talk.ASIDES.get(asked, reply)


def test_a_person_who_reads_all_turns_gives_every_reply(splits):
    for split in datasets.SPLITS:
        for context, reply in exchanges(splits[split], 99, second=True):
            assert second_speaker(context) == reply, context


def test_the_last_turn_alone_gives_half_of_the_replies(splits):
    counts = collections.defaultdict(collections.Counter)
    for context, reply in exchanges(splits["train"], 1, second=True):
        counts[context][reply] += 1
    best = sum(count.most_common(1)[0][1] for count in counts.values())
    assert 0.4 < best / sum(count.total() for count in counts.values()) < 0.6


def test_all_topics_and_changes_are_there(splits):
    said = [turn for dialogue in splits["train"] for turn in dialogue.turns]
    for topic in small_talk.TOPICS.values():
        for text in (*topic.asked, topic.unknown):
            assert said.count(text) > 5, text
        for text in (*topic.told, topic.heard, topic.known):
            filled = {text.format(value) for value in topic.values.split()}
            assert sum(turn in filled for turn in said) > 5, text
    for text in (*small_talk.BOTH, *small_talk.ASIDES):
        assert said.count(text) > 5, text


def test_no_dialogue_is_in_two_splits_and_speakers_take_turns(splits):
    found = [dialogue for split in datasets.SPLITS for dialogue in splits[split]]
    assert len(set(found)) == len(found) == 1000
    assert {len(dialogue.turns) for dialogue in found} == {10, 12, 14}


def test_the_seed_draws_the_same_again():
    first, again = (small_talk.draw(np.random.default_rng(3)) for _ in range(2))
    assert first == again
