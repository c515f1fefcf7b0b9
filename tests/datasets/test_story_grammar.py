"""Stories: a fact, and its question so many tokens later."""

import numpy as np
import pytest

from seqnets.datasets import recall_stories
from seqnets.datasets.story_grammar import OPENING

KINDS = {
    "recall_zh": recall_stories.RECALL_ZH,
    "recall_en": recall_stories.RECALL_EN,
    "agreement": recall_stories.AGREEMENT,
    "overwriting": recall_stories.OVERWRITING,
}


@pytest.fixture(params=KINDS)
def kind(request):
    return KINDS[request.param]


def draw(kind, count=200, distance=60):
    rng = np.random.default_rng(0)
    return [kind.draw(rng, distance) for _ in range(count)]


def last_fact(kind, text):
    """Returns a story's last fact or change, and the tokens before its question."""
    facts = [f for f in kind.facts + kind.changes if f.text in text]
    facts = [f for f in facts if text.endswith(f.question)]
    place, _, fact = max((text.rindex(f.text), len(f.question), f) for f in facts)
    rest = text[place + len(fact.text) :].removesuffix(fact.question)
    return fact, len(kind.tokenize(rest))


def test_the_answer_is_that_of_the_last_fact(kind):
    for story in draw(kind):
        fact, _ = last_fact(kind, story.text)
        assert story.answer == fact.answer


def test_an_aside_is_not_a_fact(kind):
    stated = {fact.text for fact in kind.facts + kind.changes}
    others = kind.fillers + kind.asides + kind.openings
    assert not any(line.text in stated for line in others)
    assert not any(line.answer for line in kind.fillers)


@pytest.mark.parametrize("distance", [1, 7, 60])
def test_the_question_comes_as_many_tokens_later_as_it_should(kind, distance):
    for story in draw(kind, 50, distance):
        _, between = last_fact(kind, story.text)
        assert distance - kind.shortest < between <= distance


def test_a_story_is_its_text_with_some_words_hidden(kind):
    unk = kind.vocabulary.unk
    hidden = []
    for story in draw(kind):
        whole = kind.encode(story.text)
        assert unk not in whole
        np.testing.assert_array_equal(
            story.ids[story.ids != unk], whole[story.ids != unk]
        )
        hidden.append(np.mean(story.ids == unk))
    assert min(hidden) == 0.0 and 0.2 < max(hidden) < 0.6


def test_facts_and_questions_are_never_hidden(kind):
    for story in draw(kind):
        fact, _ = last_fact(kind, story.text)
        tokens = kind.vocabulary.decode(story.ids)
        for text in (fact.text, fact.question):
            part = kind.tokenize(text)
            windows = range(len(tokens) - len(part) + 1)
            assert any(tokens[i : i + len(part)] == part for i in windows)


def test_the_longest_story_fits(kind):
    most = max(len(story.ids) for story in draw(kind, 500))
    assert kind.steps(60) - 2 * OPENING <= most <= kind.steps(60)


def test_words_are_tokens_of_english_and_characters_of_chinese():
    english = recall_stories.RECALL_EN.tokenize("Li Ming's dog,  Rex!")
    assert english == ["li", "ming", "'", "s", "dog", ",", "rex", "!"]
    assert recall_stories.RECALL_ZH.tokenize("李明 的狗。") == [
        "李",
        "明",
        "的",
        "狗",
        "。",
    ]


def test_words_that_no_story_has_are_unknown(kind):
    line = "☃ quark ☃"
    tokens = kind.tokenize(line)
    assert set(kind.encode(line)) == {kind.vocabulary.unk}
    assert kind.unknown(line) == list(dict.fromkeys(tokens))


def test_what_follows_the_blank_is_not_read(kind):
    text = draw(kind, 1)[0].text
    np.testing.assert_array_equal(
        kind.encode(text + "__。 and more"), kind.encode(text)
    )


def test_a_country_is_lived_in_up_to_three_times_and_the_last_one_counts():
    kind = recall_stories.OVERWRITING
    counts = np.zeros(4, int)
    for story in draw(kind, 300):
        facts = {fact.text: fact.answer for fact in kind.facts + kind.changes}
        lived = sum(story.text.count(text) for text in facts)
        counts[lived] += 1
    assert counts[0] == 0 and counts[1:].min() > 70
