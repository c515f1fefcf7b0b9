"""Generated Chinese verse, in parallel couplets that rhyme.

    冬夜出塞        枯枝拂極浦，凍雀下客船。
                    登臨別素壁，獨坐望村邊。

A poem has a season and a place, and its images are of them. The lines of a couplet are
built alike, word by word, and end in an oblique and in a level tone; all couplets of a
poem rhyme, and each season has a rhyme of its own. There are four lines or eight, of
five characters or seven. A keyword of each couplet, an image or what a person does, is
known beside the title; the first one tells the season.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from seqnets.data.files import Place
from seqnets.datasets.dataset import Dataset, Splits, cut, pick
from seqnets.datasets.poems import Poem, select

SIZES = (8_000, 400, 400)  # Poems in train, valid and test.
FORMS = ((4, 5), (4, 7), (8, 5))  # Lines, characters a line.

# Images of two characters, and the verbs that each can have.
SEASONS = {
    "春": (
        "桃花映落 杏花開映 梨花開滿 柳絮點落 芳草滿連 垂楊拂傍 海棠開映 落英點滿",
        "新燕過繞 黃鶯度過 粉蝶繞過 杜鵑過度 鳴鳩過下",
        "東風入過 春雨灑洗 遊絲繞拂 曉月照上 朝霞映照",
    ),
    "夏": (
        "荷花點映 榴花照映 槐花落滿 修竹映傍 青梅落點 菱葉映連 薔薇映滿 萱草傍滿",
        "白鷺下過 新蟬滿動 流螢點過 蜻蜓繞點 乳燕過度",
        "南風入拂 涼雨洗灑 火雲壓連 晴虹照映 夏雷動過",
    ),
    "秋": (
        "菊花開傍 丹楓照落 蘆花滿映 桂花落點 黃葉落滿 衰草連滿 梧葉落點 殘荷傍點",
        "孤雁過度 寒蛩動滿 歸鴻過下 暮鴉過繞 鳴蜩動滿",
        "西風入動 秋雨灑洗 明月照上 白露濕點 銀河映照",
    ),
    "冬": (
        "寒梅映傍 枯枝拂傍 蒼松傍映 凍竹傍映 殘菊傍點 孤根傍連 霜葉落照 山茶開照",
        "飢鴉過繞 凍雀過下 孤鶴過度 寒鴻過下 棲禽繞下",
        "朔風入動 飛雪滿灑 凍雲鎖壓 寒月照上 冰花點滿",
    ),
}
PLACES = {
    "江": "孤帆過傍 漁火照映 蘭舟傍過 漁歌入滿 寒潮動連 鷗影點過",
    "山": "清泉入洗 疏鐘入動 猿聲滿入 樵歌過入 飛瀑洗灑 嵐光照映",
    "村": "炊煙繞上 牧笛過入 雞聲動過 茅簷傍映 桑麻滿連 酒旗拂映",
    "塞": "羌笛入滿 胡馬過下 戍鼓動入 烽火照映 旌旗映拂 邊塵壓滿",
}
ACTS = "倚欄 攜酒 停杯 憑軒 獨坐 閒行 垂釣 負手 捲簾 策杖 繫馬 登臨 停棹 吹簫 解佩 高歌"
SIGHTS = "看望對問尋憶別"  # Verbs of what a person does.
# Where it is. The first line of a couplet ends in an oblique tone,
OBLIQUE = (
    "古渡 遠浦 石徑 小院 野渡 幽谷 曲岸 碧水 淺草 畫閣 斷岸 古道 曠野 極浦 晚照"
    " 素壁 翠嶺 古寺 曲徑 小閣 遠嶼 綠野 古木 野寺"
)
# and the second in a level one, of the season's rhyme, which has a name in rhyme books.
RHYMES = {
    "春": "東 晴空 碧空 花叢 芳叢 簾櫳 橋東 江東 牆東 煙中 雨中 樓中 花紅",
    "夏": "陽 斜陽 池塘 橫塘 瀟湘 迴廊 長廊 西廊 山莊 幽篁 湖光 江鄉 水鄉",
    "秋": "尤 高樓 江樓 西樓 孤舟 歸舟 滄洲 汀洲 沙洲 林丘 江流 清流 簾鉤",
    "冬": "先 江天 遙天 寒天 人煙 平川 長川 山前 樓前 江邊 天邊 村邊 客船",
}
# What begins lines of seven: of an image, and of what a person does.
WIDE = "千里 萬里 一片 幾處 滿眼 十里 半夜 永日 昨夜 四面 兩岸 數點"
WHEN = "此日 今宵 幾度 終日 獨自 依舊 偶爾 相與"
TITLES = {"江": "江上 江行", "山": "山中 山居", "村": "村居 田家", "塞": "塞上 出塞"}


class Drawn(NamedTuple):
    """Words of a couplet's lines, and which of them is a keyword."""

    words: list[tuple[str, str, str]]  # What, its verb, and where.
    opening: Sequence[str]  # What can begin a line of seven.
    keyword: str


def read(
    place: Place,
    *,
    characters: Sequence[int] | None = None,
    lines: int | None = None,
) -> Dataset:
    """Returns poems, all of them different.

    Returns:
      A data set of `Poem`s; its info has under "rhymes" the rhyme of each character
      that ends an even line.
    """
    return Dataset(lambda: select(place.name, draw_splits(), characters, lines))


def draw_splits(seed: int = 0, sizes: tuple[int, int, int] = SIZES) -> Splits:
    """Draws different poems for each split.

    Args:
      seed: of the poems.
      sizes: poems in train, valid and test.
    """
    rng, found = np.random.default_rng(seed), {}
    while len(found) < sum(sizes):
        poem = draw(rng)
        found[poem.lines] = poem
    rhymes = {w[-1]: own[0] for own in RHYMES.values() for w in own.split()[1:]}
    splits = cut(list(found.values()), sizes[0], sizes[0] + sizes[1])
    return splits | {"info": {"rhymes": rhymes}}


def draw(rng: np.random.Generator) -> Poem:
    """Draws a poem: its season, place and form, and then its couplets."""
    season, place = pick(rng, list(SEASONS)), pick(rng, list(PLACES))
    lines, characters = pick(rng, FORMS)
    _, *rhymes = RHYMES[season].split()
    ends = zip(_some(rng, OBLIQUE.split(), 4), _some(rng, rhymes, 4), strict=True)
    near, far, above = (own.split() for own in SEASONS[season])
    local, acts = PLACES[place].split(), ACTS.split()
    images = [(near, far), (local, above), (far, near), (acts, acts)]
    chosen = images if lines == 8 else [images[0], pick(rng, (images[1], images[3]))]
    couplets, used = [], set()
    for kinds in chosen:
        couplet = _couplet(rng, kinds, next(ends), used)
        used |= {what for what, _, _ in couplet.words}
        couplets.append(couplet)
    written = []
    for couplet in couplets:
        opening = _some(rng, couplet.opening, 2) if characters == 7 else ("", "")
        for begin, words, mark in zip(opening, couplet.words, "，。", strict=True):
            written.append(begin + "".join(words) + mark)
    day = pick(rng, ("{}日{}", "{}夜{}", "{}晚{}"))
    title = day.format(season, pick(rng, TITLES[place].split()))
    return Poem(title, tuple(written), tuple(c.keyword for c in couplets))


def _couplet(
    rng: np.random.Generator,
    kinds: tuple[Sequence[str], Sequence[str]],
    ends: tuple[str, str],
    used: set[str],
) -> Drawn:
    """Draws the words of two lines, whose images are of two kinds and were not used."""
    acts, words = kinds[0] == ACTS.split(), []
    for kind, end in zip(kinds, ends, strict=True):
        taken = used | {what for what, _, _ in words}
        entry = pick(rng, [own for own in kind if own[:2] not in taken])
        left = (SIGHTS if acts else entry[2:]).translate(
            {ord(verb): None for _, verb, _ in words}
        )
        words.append((entry[:2], pick(rng, left), end))
    opening = (WHEN if acts else WIDE).split()
    return Drawn(words, opening, pick(rng, words)[0])


def _some(rng: np.random.Generator, words: Sequence[str], count: int) -> list[str]:
    return [words[i] for i in rng.permutation(len(words))[:count]]
