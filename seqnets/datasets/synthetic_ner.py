"""Generated Chinese sentences in which only a lexicon tells where a name ends (004).

Chinese is written without spaces, and a string may be read in two ways:

    南京市|长江大桥|通车了      the bridge of Nanjing is open
    南京|市长|江大桥|说要修路   the mayor of Nanjing, Jiang Daqiao, speaks

Four kinds of clauses are ambiguous so, and all their characters may be read both ways:

    王小明|说了这件事     王小|明说了这件事      who speaks, or speaks openly?
    临川山|上很安静       临川|山上很安静        a mountain, or a town in mountains?
    临川大学|生怕出事     临川|大学生怕出事      a university, or students of a town?
    临川市|长江大桥很有名 临川|市长|江大桥很有名

The right reading depends on which of the names is in the lexicon and, in the last one,
where both may be, on the words that follow. Whether the shorter or the longer name is
in the lexicon was drawn at random, and three of four clauses of validation and test are
about names that the training sentences do not have. So there the characters decide no
better than chance, and the matching words decide.

Reports are read one way. They name an organisation, a person, dates and amounts, what
information extraction looks for; 004's own is in the test split:

    小米|创始人|雷军|表示，该公司|2015年|营收达到|780亿元人民币 ...
"""

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from seqnets.data.files import Place
from seqnets.datasets.dataset import SPLITS, Dataset, cut, pick
from seqnets.datasets.tagged import Tagged, from_pieces, in_scheme

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱郭何罗宋郑谢韩唐冯董"
GIVEN = "小建志文国德子家少伟丽芳俊思佳天世云"
# What people do. The first character may end a name, and the rest is the same act.
ACTS = (
    *("明说了这件事", "高唱了一首歌", "新建了一座房子", "远望着对面的大楼"),
    *("清洗了所有的杯子", "平分了奖金", "安放了一张桌子", "广播了这条新闻"),
    *("飞跑过来", "荣获了一等奖", "勇夺第一名", "义卖了两张画"),
    *("朗读了一封信", "畅游了整个公园", "欢送了客人", "静坐了一会儿"),
)
TITLES = ("", "", "", "记者", "老师", "同学", "司机", "邻居")
BUSINESS = ("工作", "开会", "等车", "看病", "迷路了", "参观")

# Of towns, and of what lies around.
FIRST = "北东西临平永金石青白丰德广昌嘉凤龙宜清"
SECOND = "阳安宁州川泉原化源兴庆林陵门和定"
UNITS = ("市", "县", "区", "镇", "乡")
SCHOOLS = ("大学", "中学", "小学")
FEARS = ("怕出事", "怕下雨", "怕迟到", "怕没有钱", "怕天气太热", "怕人太多")
SPOTS = ("山上", "山下", "江边", "江上", "河边", "湖边", "湖上", "岛上", "村里", "城里")
SCENES = ("很安静", "下雪了", "起雾了", "有很多人", "开了一家饭馆", "能看见星星")

# A road's name without the first character, 长, is a person's.
ROAD_SURNAMES = "江安白沙宁林乐武葛寿龙康"
ROADS = (
    *("大桥", "新桥", "小桥", "东桥", "西桥", "大路", "新路", "小路", "东路"),
    *("西路", "大街", "新街", "小街", "东街", "西街", "大道"),
)
OF_EITHER = ("很有名", "上了新闻", "大家都知道", "我没见过", "让人难忘", "大家都喜欢")
OF_ROADS = ("通车了", "修好了", "正在维修", "封路了")
OF_PEOPLE = ("说要修路", "说他很忙", "病了", "请假了", "正在开会")

# Of companies and of what they report.
BRANDS = "小华联信腾鸿博瑞恒捷"
GOODS = "米为想讯通豆果度易康达星"
FORMS = ("", "", "集团", "银行", "科技")
HEADS = ("创始人", "总裁", "总经理", "董事长", "首席执行官")
SAYS = ("表示", "说", "宣布", "透露")
SUMS = ("营收", "利润", "销售额", "投资", "成本")
CURRENCIES = ("元", "元人民币", "美元", "欧元")
TRENDS = ("增长", "下降", "提高", "减少")

OPENINGS = ("", "", "昨天", "听说", "据说", "后来", "可是")
COMMON = (
    *("一首歌", "房子", "对面", "大楼", "所有", "杯子", "奖金", "桌子", "新闻"),
    *("过来", "第一名", "公园", "客人", "一会儿", "安静", "下雪", "饭馆", "星星"),
    *("出事", "下雨", "迟到", "天气", "有名", "大家", "知道", "喜欢", "难忘"),
    *("通车", "维修", "请假", "修路", "生怕", "长江", "长江大桥", "江大桥"),
    *("南京", "南京市", "小米", "雷军"),
)

Pieces = list[tuple[str, str | None]]  # Texts, each with the kind of its span.
BOTH: tuple[Pieces, ...] = (
    [("南京市", "LOC"), ("长江大桥", "LOC"), ("通车了。", None)],
    [("南京", "LOC"), ("市长", None), ("江大桥", "PER"), ("说要修路。", None)],
)
REPORT: Pieces = [
    *(("小米", "ORG"), ("创始人", None), ("雷军", "PER"), ("表示，该公司", None)),
    *(("2015年", "DATE"), ("营收达到", None), ("780亿元人民币", "AMOUNT")),
    *(("，较", None), ("2014年", "DATE"), ("的", None), ("743亿元人民币", "AMOUNT")),
    ("增长了5%。", None),
]


class Town(NamedTuple):
    name: str
    unit: str
    school: str  # Empty where there is none.


class Names(NamedTuple):
    """All names, or those of a split.

    Attributes:
      people: of two characters or three, of which no two begin alike.
      towns: no two of which, nor of the sights, begin alike.
      sights: with the character of their type, as 临川山.
      roads: without the first character, and which of LOC and PER has that name.
      companies: with the character of their form, if any, as 华讯集团.
    """

    people: Sequence[str]
    towns: Sequence[Town]
    sights: Sequence[str]
    roads: Sequence[tuple[str, tuple[str, ...]]]
    companies: Sequence[str]


def _some(
    rng: np.random.Generator, count: int, first: Sequence[str], second: Sequence[str]
) -> list[str]:
    """Draws pairs, written as one, no two of the same."""
    pairs = ["".join(pair) for pair in itertools.product(first, second)]
    return [pairs[i] for i in rng.permutation(len(pairs))[:count]]


def _invent() -> Names:
    """Draws names, and for each whether the shorter or the longer form exists."""
    rng = np.random.default_rng(4)
    people, towns, sights, roads = [], [], [], []
    for begin in _some(rng, 240, SURNAMES, GIVEN):
        people.append(begin + pick(rng, ("", pick(rng, ACTS)[0])))
    for name in _some(rng, 200, FIRST, SECOND):
        if rng.random() < 0.4:
            sights.append(name + pick(rng, SPOTS)[0])
        else:
            school = pick(rng, ("", pick(rng, SCHOOLS)))
            towns.append(Town(name, pick(rng, UNITS), school))
    readings = (("LOC",), ("LOC",), ("PER",), ("PER",), ("LOC", "PER"))
    for name in _some(rng, 160, ROAD_SURNAMES, ROADS):
        if name not in COMMON:
            roads.append((name, pick(rng, readings)))
    companies = [b + pick(rng, FORMS) for b in _some(rng, 100, BRANDS, GOODS)]
    return Names(people, towns, sights, roads, companies)


def _words(names: Names) -> tuple[str, ...]:
    """Returns the names and the other words, the shorter ones first."""
    words = {*names.people, *names.sights, *COMMON, *TITLES, *OPENINGS, *BUSINESS}
    words |= {*names.companies, *HEADS, *SAYS, *SUMS, *TRENDS, "公司", "达到", "人民币"}
    words |= {act[:2] for act in ACTS} | {*SPOTS, *ROADS, *SCHOOLS}
    words |= {unit + "长" for unit in UNITS} | {school + "生" for school in SCHOOLS}
    for name, unit, school in names.towns:
        words |= {name, name + unit, name + school}
    for name, kinds in names.roads:
        words |= {"长" * (kind == "LOC") + name for kind in kinds}
    return tuple(sorted(words - {""}, key=lambda word: (len(word), word)))


NAMES = _invent()
LEXICON = _words(NAMES)


def read(place: Place) -> Dataset:
    """Returns the sentences of seed 0: the kind "tagged", in BMES."""
    del place  # Nothing is read.
    return in_scheme("BMES", splits)


def splits(
    seed: int = 0, sizes: tuple[int, int, int] = (2000, 300, 500)
) -> dict[str, list[Tagged]]:
    """Draws sentences, none of which comes twice; tags are in BMES.

    Args:
      seed: of all that is drawn. The lexicon is the same for all seeds.
      sizes: sentences in train, valid and test. The first of test are `BOTH` and
        `REPORT`.
    """
    rng = np.random.default_rng(seed)
    dealt = _deal(rng)
    parts, drawn = {}, set()
    for part, size in zip(SPLITS, sizes, strict=True):
        given = (*BOTH, REPORT) if part == "test" else ()
        found = [from_pieces(pieces) for pieces in given]
        while len(found) < size:
            sentence = from_pieces(_sentence(rng, dealt["train"], dealt[part]))
            if sentence.tokens not in drawn:
                drawn.add(sentence.tokens)
                found.append(sentence)
        parts[part] = found[:size]
    return parts


def _deal(rng: np.random.Generator) -> dict[str, Names]:
    """Divides the names: 60 % for train, 15 % for valid, 25 % for test."""
    hands = []
    for names in NAMES:
        order = [names[i] for i in rng.permutation(len(names))]
        hands.append(cut(order, len(order) * 60 // 100, len(order) * 75 // 100))
    return {part: Names(*(hand[part] for hand in hands)) for part in SPLITS}


def _sentence(rng: np.random.Generator, old: Names, new: Names) -> Pieces:
    """Draws a sentence; three of four clauses are about new names."""
    pieces = [(pick(rng, OPENINGS), None)]
    for i in range(rng.integers(1, 3)):
        clause = pick(rng, (_act, _spot, _school, _road, _plain, _report))
        pieces += [("，", None)] * (i > 0) + clause(
            rng, old if rng.random() < 0.25 else new
        )
    return [*pieces, ("。", None)]


def _act(rng: np.random.Generator, names: Names) -> Pieces:
    """Draws 王小明|说了这件事 or 王小|明说了这件事."""
    length = rng.integers(2, 4)
    person = pick(rng, [name for name in names.people if len(name) == length])
    act = pick(rng, [act for act in ACTS if length == 2 or act[0] == person[2]])
    return [(pick(rng, TITLES), None), (person, "PER"), (act[length - 2 :], None)]


def _spot(rng: np.random.Generator, names: Names) -> Pieces:
    """Draws 临川山|上很安静 or 临川|山上很安静."""
    scene = pick(rng, SCENES)
    if rng.random() < 0.5:
        sight = pick(rng, names.sights)
        spot = pick(rng, [spot for spot in SPOTS if spot[0] == sight[2]])
        return [(sight, "LOC"), (spot[1:] + scene, None)]
    return [(pick(rng, names.towns).name, "LOC"), (pick(rng, SPOTS) + scene, None)]


def _school(rng: np.random.Generator, names: Names) -> Pieces:
    """Draws 临川大学|生怕出事 or 临川|大学生怕出事."""
    own = rng.random() < 0.5
    town = pick(rng, [town for town in names.towns if bool(town.school) == own])
    fear = "生" + pick(rng, FEARS)
    if own:
        return [(town.name + town.school, "ORG"), (fear, None)]
    return [(town.name, "LOC"), (pick(rng, SCHOOLS) + fear, None)]


def _road(rng: np.random.Generator, names: Names) -> Pieces:
    """Draws 临川市|长江大桥很有名 or 临川|市长|江大桥很有名."""
    town = pick(rng, names.towns)
    kind = pick(rng, ("LOC", "PER"))
    name, kinds = pick(rng, [road for road in names.roads if kind in road[1]])
    ends = OF_ROADS if kind == "LOC" else OF_PEOPLE
    ends = ends if len(kinds) == 2 or rng.random() < 0.25 else OF_EITHER
    if kind == "LOC":
        pieces = [(town.name + town.unit, "LOC"), ("长" + name, "LOC")]
    else:
        pieces = [(town.name, "LOC"), (town.unit + "长", None), (name, "PER")]
    return [*pieces, (pick(rng, ends), None)]


def _plain(rng: np.random.Generator, names: Names) -> Pieces:
    """Draws 王小明|在|临川大学|开会, which reads one way."""
    town = pick(rng, names.towns)
    place = town.name + (town.school or town.unit)
    where = [("在", None), (place, "ORG" if town.school else "LOC")]
    person = pick(rng, names.people)
    return [(person, "PER"), *where, (pick(rng, BUSINESS), None)]


def _report(rng: np.random.Generator, names: Names) -> Pieces:
    """Draws 华讯集团|总裁|王小明|说，该公司|2009年|利润达到|12.5亿元, and a change."""
    said = f"{pick(rng, SAYS)}，该公司"
    pieces = [(pick(rng, names.companies), "ORG"), (pick(rng, HEADS), None)]
    pieces += [(pick(rng, names.people), "PER"), (said, None), (_date(rng), "DATE")]
    pieces += [(f"{pick(rng, SUMS)}达到", None), (_amount(rng), "AMOUNT")]
    if rng.random() < 0.5:
        then = [("，较", None), (_date(rng), "DATE"), ("的", None)]
        change = f"{pick(rng, TRENDS)}了{rng.integers(1, 90)}%"
        pieces += [*then, (_amount(rng), "AMOUNT"), (change, None)]
    return pieces


def _date(rng: np.random.Generator) -> str:
    """Draws a year, with or without a month and a day."""
    parts = f"{rng.integers(1990, 2030)}年", f"{rng.integers(1, 13)}月"
    return "".join((*parts, f"{rng.integers(1, 32)}日")[: rng.integers(1, 4)])


def _amount(rng: np.random.Generator) -> str:
    """Draws a sum of money, half of them with a decimal."""
    number = str(rng.integers(1, 1000)) + pick(rng, ("", f".{rng.integers(1, 10)}"))
    return number + pick(rng, ("万", "亿", "百万")) + pick(rng, CURRENCIES)
