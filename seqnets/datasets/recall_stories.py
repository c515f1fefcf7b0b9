"""Grammars of the stories of `long_range`: a fact, and a question about it at the end.

`RECALL_EN`, `RECALL_ZH`: the name of a dog (003's example). `AGREEMENT`: the number of
a subject, whose verb follows after a long clause (002's). `OVERWRITING`: the country
lived in last, of several (000's). Other names, nouns and countries are distractors.
"""

import itertools
from collections.abc import Collection, Sequence

from seqnets.datasets.story_grammar import Line, StoryGrammar


def _lines(texts: Sequence[str], **words: Collection[str]) -> tuple[Line, ...]:
    """Returns a line for each text and each choice of words to fill it in.

    Args:
      texts: with the words' keys in braces.
      **words: the choices; those of "name" are the keys of a dict, whose values are the
        answers they stand for; those of "question" are filled in with the other words.
    """
    found = []
    for text, *chosen in itertools.product(texts, *words.values()):
        own = dict(zip(words, chosen, strict=True))
        question = own.pop("question", "").format(**own)
        answer = words["name"][own["name"]] if "name" in own else None
        found.append(Line(text.format(**own), answer, question))
    return tuple(dict.fromkeys(found))


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

_DOGS_EN = "Wangcai", "Rex", "Bella", "Max", "Luna", "Rocky", "Daisy", "Toby"
_DOGS_EN = {name: name for name in _DOGS_EN}
_DOGS_ZH = "旺财", "来福", "大黄", "小黑", "豆豆", "毛毛", "阿福", "球球"
_DOGS_ZH = {name: name for name in _DOGS_ZH}

RECALL_EN = StoryGrammar(
    facts=_lines(
        [
            "{owner} has a dog called {name}.",
            "One autumn morning {owner} went out with the dog {name}.",
            "After work {owner} fed {name}, the dog.",
        ],
        question=["The name of {owner}'s dog is", "{owner}'s dog is called"],
        owner=["Li Ming", "Anna", "Tom", "Maria"],
        name=_DOGS_EN,
    ),
    fillers=_FILLERS_EN,
    asides=_lines(
        [
            "A cat called {name} ran by.",
            "Someone shouted {name}, it was a parrot.",
            "The sign of the shop said {name}.",
        ],
        name=_DOGS_EN,
    ),
    openings=_FILLERS_EN,
)

RECALL_ZH = StoryGrammar(
    facts=_lines(
        [
            "{owner}有一只狗，名叫{name}。",
            "一天早上，{owner}带着他的狗{name}出了门。",
            "下班以后，{owner}先去喂他的狗{name}。",
        ],
        question=["{owner}的狗的名字是", "{owner}的狗叫"],
        owner=["李明", "王强", "张伟", "小刚"],
        name=_DOGS_ZH,
    ),
    fillers=_FILLERS_ZH,
    asides=_lines(
        [
            "邻居的猫叫{name}。",
            "有人在喊{name}，原来是一只鹦鹉。",
            "小店的招牌上写着{name}。",
        ],
        name=_DOGS_ZH,
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
_SPEAKS = ["I speak fluent", "That is why I speak fluent"]

OVERWRITING = StoryGrammar(
    facts=_lines(
        [
            "I grew up in {name}.",
            "I was born in {name}.",
            "As a child I lived in {name}.",
        ],
        name=_COUNTRIES,
        question=_SPEAKS,
    ),
    changes=_lines(
        [
            "Then I moved to {name}.",
            "Later my family went to live in {name}.",
            "But my home has long been {name}.",
        ],
        name=_COUNTRIES,
        question=_SPEAKS,
    ),
    most_changes=2,
    fillers=_FILLERS_EN,
    asides=_lines(
        [
            "My aunt sent a letter from {name}.",
            "We saw a film about {name}.",
            "I have never been to {name}.",
        ],
        name=_COUNTRIES,
    ),
    openings=_FILLERS_EN,
)

_ONE = ["cat", "dog", "bird", "horse", "fox", "mouse", "goose", "wolf"]
_MANY = ["cats", "dogs", "birds", "horses", "foxes", "mice", "geese", "wolves"]
_NOUNS = dict.fromkeys(_ONE, "was") | dict.fromkeys(_MANY, "were")

AGREEMENT = StoryGrammar(
    facts=_lines(
        [
            "the {name}, which",
            "the old {name}, which",
            "the {name} of our neighbours, which",
        ],
        name=_NOUNS,
    ),
    fillers=_lines(
        ["{what} {where},", "{what},"],
        what=["ate", "slept", "played", "waited", "already ate a bunch of food"],
        where=["in the garden", "by the river", "behind the house", "all day"],
    ),
    asides=_lines(
        [
            "chased the {name},",
            "never liked the {name},",
            "played with the {name} by the river,",
        ],
        name=_NOUNS,
    ),
    openings=_lines(["last night,", "as usual,", "to our surprise,"]),
)
