"""Generated Chinese sentences whose measure word only a noun on the right determines.

Chinese counts with a word between number and noun, and the noun determines it (000):

    昨天我看见了三[只]比桌子还大的可爱的猫，旁边还有一本书。

The left context is drawn independently of the answer, and each answer is equally
frequent: the expected accuracy of any reader of the left alone is one over the number
of measure words. On the right, the noun that counts is neither the nearest nor any in
the sentence, but the one at the end of the phrase.
"""

import itertools
from collections.abc import Sequence

import numpy as np

from seqnets.data.files import Place
from seqnets.datasets.cloze import Cloze, answered
from seqnets.datasets.dataset import SPLITS, Dataset, Splits, pick

# Measure words, each with nouns that take no other one here.
NOUNS = {
    "只": ("猫", "小花猫", "鸟", "兔子", "猴子"),
    "支": ("笔", "铅笔", "钢笔", "毛笔", "笛子"),
    "本": ("书", "词典", "小说", "杂志", "日记"),
    "辆": ("车", "汽车", "自行车", "卡车", "马车"),
    "条": ("河", "鱼", "裤子", "围巾", "蛇"),
    "张": ("纸", "床", "桌子", "照片", "地图"),
    "把": ("椅子", "刀", "雨伞", "钥匙", "剪刀"),
    "杯": ("茶", "咖啡", "豆浆", "果汁", "白开水"),
    "座": ("山", "桥", "塔", "宫殿", "岛"),
    "棵": ("树", "白菜", "松树", "柳树", "草"),
    "朵": ("花", "云", "玫瑰", "荷花", "蘑菇"),
    "匹": ("马", "白马", "斑马", "骏马", "布"),
    "头": ("牛", "猪", "大象", "奶牛", "水牛"),
    "架": ("飞机", "钢琴", "直升机", "望远镜", "梯子"),
    "台": ("电脑", "电视机", "冰箱", "洗衣机", "打印机"),
    "件": ("衣服", "衬衫", "毛衣", "大衣", "礼物"),
    "双": ("鞋", "袜子", "筷子", "手套", "靴子"),
    "艘": ("船", "军舰", "轮船", "潜艇", "帆船"),
    "封": ("信", "电报", "情书", "家书", "介绍信"),
    "首": ("诗", "歌", "民歌", "儿歌", "曲子"),
}

# {0} is a distractor noun, {1} its measure word.
OPENINGS = ("", "昨天", "在那{1}{0}旁边，", "离开那{1}{0}以后，", "我喜欢{0}，")
SUBJECTS = ("我", "他", "奶奶", "老师", "小明", "弟弟", "我们", "家里人")
VERBS = ("有了", "看见了", "找到了", "画了", "梦见了", "提到了", "想起了", "说起了")
NUMBERS = ("一", "两", "三", "五", "十", "几", "这", "那")
CLAUSES = ("", "", "比{0}还大的", "像{0}一样的", "挨着{0}的", "没有{0}那么贵的")
ADJECTIVES = (
    *("可爱的", "有名的", "普通的", "奇怪的", "特别的", "难忘的"),
    *("神秘的", "美丽的", "外国的", "新的", "古老的", "好看的"),
)
ENDINGS = ("。", "。", "，大家都很喜欢。", "，旁边还有一{1}{0}。", "，不是{0}。")


def read(place: Place, *, candidates: int | None = None) -> Dataset:
    """Returns the sentences of seed 0: the kind "cloze"."""
    return answered(place.name, splits, candidates)


def splits(seed: int = 0, sizes: tuple[int, int, int] = (6000, 500, 1000)) -> Splits:
    """Draws sentences; each pair of adjective and noun is in one split only.

    Args:
      seed: of all that is drawn.
      sizes: sentences in train, valid and test; the measure words take turns.
    """
    rng = np.random.default_rng(seed)
    dealt = {word: _deal(rng, nouns) for word, nouns in NOUNS.items()}
    return {
        part: [
            Cloze(_left(rng), word, _right(rng, pick(rng, dealt[word][part])))
            for word in itertools.islice(itertools.cycle(NOUNS), size)
        ]
        for part, size in zip(SPLITS, sizes, strict=True)
    }


def _deal(rng: np.random.Generator, nouns: Sequence[str]) -> dict[str, list[str]]:
    """Divides pairs of adjective and noun: 80 % train, 10 % valid, 10 % test.

    The nouns alone are for train as well.
    """
    phrases = ["".join(pair) for pair in itertools.product(ADJECTIVES, nouns)]
    phrases = rng.permutation(phrases).tolist()
    tenth = len(phrases) // 10
    held_out = {"valid": phrases[:tenth], "test": phrases[tenth : 2 * tenth]}
    return {"train": [*nouns, *phrases[2 * tenth :]]} | held_out


def _left(rng: np.random.Generator) -> str:
    """Draws the text before the blank."""
    opening = pick(rng, OPENINGS).format(*_distractor(rng))
    return opening + pick(rng, SUBJECTS) + pick(rng, VERBS) + pick(rng, NUMBERS)


def _right(rng: np.random.Generator, phrase: str) -> str:
    """Draws the text after the blank, with the phrase that determines the answer."""
    clause = pick(rng, CLAUSES).format(*_distractor(rng))
    return clause + phrase + pick(rng, ENDINGS).format(*_distractor(rng))


def _distractor(rng: np.random.Generator) -> tuple[str, str]:
    """Draws a noun that does not count, and its measure word."""
    word = pick(rng, tuple(NOUNS))
    return pick(rng, NOUNS[word]), word
