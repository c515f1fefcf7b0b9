"""Grammars of the stories of `long_range`: a fact, and a question about it at the end.

`RECALL_EN`, `RECALL_ZH`: the name of a dog (003's example). `AGREEMENT`: the number of
a subject, whose verb follows after a long clause (002's). `OVERWRITING`: the country
lived in last, of several (000's). Other names, nouns and countries are distractors.
"""

import itertools
from collections.abc import Mapping, Sequence

from seqnets.datasets.story_grammar import Line, StoryGrammar


def _lines(texts: Sequence[str], **words: Sequence[str]) -> tuple[Line, ...]:
    """Returns lines without an answer, one for each way to fill in a text."""
    choices = [
        dict(zip(words, chosen, strict=True))
        for chosen in itertools.product(*words.values())
    ]
    filled = (text.format(**choice) for text in texts for choice in choices)
    return tuple(map(Line, dict.fromkeys(filled)))


def _mentions(texts: Sequence[str], answers: Mapping[str, str]) -> tuple[Line, ...]:
    """Returns lines with each word in each text, and the answer it stands for."""
    return tuple(
        Line(text.format(word), answer)
        for text in texts
        for word, answer in answers.items()
    )


def _named(
    texts: Sequence[str],
    questions: Sequence[str],
    *,
    owners: Sequence[str],
    names: Sequence[str],
) -> tuple[Line, ...]:
    """Returns facts: the name of someone's dog, and a question about it."""
    return tuple(
        Line(text.format(owner=owner, name=name), name, question.format(owner=owner))
        for text in texts
        for question in questions
        for owner in owners
        for name in names
    )


_FILLERS_EN = _lines(
    ["{who} {what} {where}.", "{who} {what}."],
    who=["An old man", "The baker", "A painter", "Two friends", "The children"],
    what=["sang", "drank tea", "played chess", "told stories", "read the paper"],
    where=["in the park", "by the lake", "on the bridge", "in front of the shop"],
) + _lines(
    ["It rained.", "Night fell.", "The wind rose.", "Leaves were falling."]
    + ["A clock struck three.", "The weather was fine.", "There was laughter far away."]
)

_FILLERS_ZH = _lines(
    ["{who}{where}{what}。", "{who}{what}。"],
    who=["孩子们", "一位老人", "几个学生", "一个画家", "卖花的姑娘"],
    where=["在湖边", "在树下", "在桥上", "在广场上", "在小店门口"],
    what=["唱歌", "下棋", "画画", "喝茶", "看报纸", "放风筝"],
) + _lines(
    ["下雨了。", "起风了。", "天气很好。", "公园里人不多。", "树叶落了一地。"]
    + ["钟楼敲了三下。", "天上有几朵白云。", "远处传来一阵笑声。"]
)

_DOGS_EN = ["Wangcai", "Rex", "Bella", "Max", "Luna", "Rocky", "Daisy", "Toby"]
_DOGS_ZH = ["旺财", "来福", "大黄", "小黑", "豆豆", "毛毛", "阿福", "球球"]

RECALL_EN = StoryGrammar(
    facts=_named(
        [
            "{owner} has a dog called {name}.",
            "One autumn morning {owner} went out with the dog {name}.",
            "After work {owner} fed {name}, the dog.",
        ],
        ["The name of {owner}'s dog is", "{owner}'s dog is called"],
        owners=["Li Ming", "Anna", "Tom", "Maria"],
        names=_DOGS_EN,
    ),
    fillers=_FILLERS_EN,
    asides=_mentions(
        [
            "A cat called {} ran by.",
            "Someone shouted {}, it was a parrot.",
            "The sign of the shop said {}.",
        ],
        {name: name for name in _DOGS_EN},
    ),
    openings=_FILLERS_EN,
)

RECALL_ZH = StoryGrammar(
    facts=_named(
        [
            "{owner}有一只狗，名叫{name}。",
            "一天早上，{owner}带着他的狗{name}出了门。",
            "下班以后，{owner}先去喂他的狗{name}。",
        ],
        ["{owner}的狗的名字是", "{owner}的狗叫"],
        owners=["李明", "王强", "张伟", "小刚"],
        names=_DOGS_ZH,
    ),
    fillers=_FILLERS_ZH,
    asides=_mentions(
        ["邻居的猫叫{}。", "有人在喊{}，原来是一只鹦鹉。", "小店的招牌上写着{}。"],
        {name: name for name in _DOGS_ZH},
    ),
    openings=_FILLERS_ZH,
    by_character=True,
)

_COUNTRIES = {
    "Germany": "German",
    "France": "French",
    "Italy": "Italian",
    "Spain": "Spanish",
    "Greece": "Greek",
    "Russia": "Russian",
    "China": "Chinese",
    "Japan": "Japanese",
}


def _lived(texts: Sequence[str]) -> tuple[Line, ...]:
    """Returns facts: a country lived in, whose language is asked for."""
    questions = ["I speak fluent", "That is why I speak fluent"]
    return tuple(
        Line(line.text, line.answer, question)
        for line in _mentions(texts, _COUNTRIES)
        for question in questions
    )


OVERWRITING = StoryGrammar(
    facts=_lived(
        ["I grew up in {}.", "I was born in {}.", "As a child I lived in {}."]
    ),
    changes=_lived(
        [
            "Then I moved to {}.",
            "Later my family went to live in {}.",
            "But my home has long been {}.",
        ]
    ),
    most_changes=2,
    fillers=_FILLERS_EN,
    asides=_mentions(
        [
            "My aunt sent a letter from {}.",
            "We saw a film about {}.",
            "I have never been to {}.",
        ],
        _COUNTRIES,
    ),
    openings=_FILLERS_EN,
)

_ONE = ["cat", "dog", "bird", "horse", "fox", "mouse", "goose", "wolf"]
_MANY = ["cats", "dogs", "birds", "horses", "foxes", "mice", "geese", "wolves"]
_NOUNS = dict.fromkeys(_ONE, "was") | dict.fromkeys(_MANY, "were")

AGREEMENT = StoryGrammar(
    facts=_mentions(
        ["the {}, which", "the old {}, which", "the {} of our neighbours, which"],
        _NOUNS,
    ),
    fillers=_lines(
        ["{what} {where},", "{what},"],
        what=["ate", "slept", "played", "waited", "already ate a bunch of food"],
        where=["in the garden", "by the river", "behind the house", "all day"],
    ),
    asides=_mentions(
        ["chased the {},", "never liked the {},", "played with the {} by the river,"],
        _NOUNS,
    ),
    openings=_lines(["last night,", "as usual,", "to our surprise,"]),
)
