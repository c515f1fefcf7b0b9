"""Generated sentences: characters do not tell where a name ends, a lexicon does."""

import collections

import pytest

from seqnets import datasets
from seqnets.data import schemes
from seqnets.datasets import SPLITS, synthetic_ner
from seqnets.datasets.lexicon import load_lexicon

SENTENCES = datasets.load("synthetic_ner", "tagged")
LEXICON = load_lexicon("synthetic_ner")
ALL = [sentence for split in SPLITS for sentence in SENTENCES[split]]
NAMES, NUMBERS = {"LOC", "ORG", "PER"}, {"AMOUNT", "DATE"}


def found(sentence):
    """Returns the spans of a sentence as texts, with their kinds."""
    text = "".join(sentence.tokens)
    spans = schemes.spans_of(sentence.tags, "BMES")
    return [(text[begin:end], kind) for begin, end, kind in spans]


def names(sentence):
    """Returns the names of a sentence, with their kinds; dates and amounts are none."""
    return [(text, kind) for text, kind in found(sentence) if kind in NAMES]


def three(text):
    """Returns each character with its neighbours, and what is asked where it is new."""
    padded = f"^{text}$"
    grams = [padded[i : i + 3] for i in range(len(text))]
    return [(gram, gram[:2], gram[1]) for gram in grams]


def matching(text):
    """Returns the words that meet at or cover each character, seen from it."""
    found, matches = [], LEXICON.matches(text)
    for i, symbol in enumerate(text):
        near = [m for m in matches if m.begin <= i + 1 and m.end >= i]
        near = tuple(sorted((m.begin - i, m.end - i) for m in near))
        found.append(((symbol, near), near, symbol))
    return found


def wrong(looks):
    """Returns the share of test sentences in which a table has a boundary wrong.

    It holds the most frequent tag of what is seen at a character in the training part.
    """
    table = collections.defaultdict(collections.Counter)
    for tokens, tags in SENTENCES["train"]:
        for seen, tag in zip(looks("".join(tokens)), tags, strict=True):
            for rank, view in enumerate(seen):
                table[rank, view][tag] += 1
    mistaken = 0
    for tokens, tags in SENTENCES["test"]:
        guessed = []
        for seen in looks("".join(tokens)):
            known = [key for key in enumerate(seen) if key in table]
            guessed.append(table[known[0]].most_common(1)[0][0] if known else "O")
        ends = [
            {(b, e) for b, e, kind in schemes.spans_of(row, "BMES") if kind in NAMES}
            for row in (guessed, tags)
        ]
        mistaken += ends[0] != ends[1]
    return mistaken / len(SENTENCES["test"])


def test_the_bridge_and_the_mayor_are_told_apart():
    bridge, mayor, *_ = SENTENCES["test"]
    assert "".join(bridge.tokens) == "南京市长江大桥通车了。"
    assert names(bridge) == [("南京市", "LOC"), ("长江大桥", "LOC")]
    assert "".join(mayor.tokens) == "南京市长江大桥说要修路。"
    assert names(mayor) == [("南京", "LOC"), ("江大桥", "PER")]
    words = {match.word for match in LEXICON.matches(bridge.tokens)}
    assert {"南京", "南京市", "市长", "长江", "江大桥", "长江大桥", "大桥"} <= words


def test_a_report_names_who_when_and_how_much():
    """The sentence from which 004 extracts information."""
    *_, report = SENTENCES["test"][:3]
    text = "小米创始人雷军表示，该公司2015年营收达到780亿元人民币，"
    assert "".join(report.tokens) == f"{text}较2014年的743亿元人民币增长了5%。"
    assert found(report) == [
        *(("小米", "ORG"), ("雷军", "PER")),
        *(("2015年", "DATE"), ("780亿元人民币", "AMOUNT")),
        *(("2014年", "DATE"), ("743亿元人民币", "AMOUNT")),
    ]


def test_every_kind_is_in_every_split():
    for split in SPLITS:
        kinds = collections.Counter(k for s in SENTENCES[split] for _, k in found(s))
        assert set(kinds) == NAMES | NUMBERS and min(kinds.values()) > 30


def test_no_text_comes_twice():
    assert [len(SENTENCES[part]) for part in SPLITS] == [2000, 300, 500]
    assert len({sentence.tokens for sentence in ALL}) == len(ALL)


def test_every_name_is_in_the_lexicon_where_it_stands():
    kinds = collections.Counter()
    for sentence in ALL:
        matches = LEXICON.matches(sentence.tokens)
        found = {(begin, end) for begin, end, _ in matches}
        for begin, end, kind in schemes.spans_of(sentence.tags, "BMES"):
            assert (begin, end) in found or kind in NUMBERS
            kinds[kind] += 1
    assert min(kinds[kind] for kind in NAMES) > 300


@pytest.mark.parametrize("part", ["valid", "test"])
def test_most_names_are_new(part):
    old = {name for sentence in SENTENCES["train"] for name, _ in names(sentence)}
    met = [name for sentence in SENTENCES[part] for name, _ in names(sentence)]
    assert sum(name not in old for name in met) > 0.6 * len(met)
    # But none has a character that is.
    known = {symbol for sentence in SENTENCES["train"] for symbol in sentence.tokens}
    assert {symbol for name in met for symbol in name} <= known | set("南京雷军")


def test_no_two_names_begin_alike():
    for group in (
        synthetic_ner.NAMES.people,
        [
            *(town.name for town in synthetic_ner.NAMES.towns),
            *synthetic_ner.NAMES.sights,
        ],
    ):
        begins = [name[:2] for name in group]
        assert len(set(begins)) == len(begins)


def test_characters_do_not_tell_and_words_do():
    assert wrong(three) > 0.6
    assert wrong(matching) < 0.25


def test_both_readings_come_as_often():
    """Of a person who does something, and of a school or its pupils."""
    counts = collections.Counter()
    for sentence in SENTENCES["train"]:
        text = "".join(sentence.tokens)
        for name, kind in names(sentence):
            rest = text[text.index(name) + len(name) :]
            acts = kind == "PER" and (name[2:] + rest).startswith(synthetic_ner.ACTS)
            if acts or "生怕" in (rest[:2], rest[2:4]):
                counts[kind, len(name)] += 1
    assert set(counts) == {("PER", 2), ("PER", 3), ("LOC", 2), ("ORG", 4)}
    assert 0.8 < counts["PER", 2] / counts["PER", 3] < 1.25
    assert 0.8 < counts["LOC", 2] / counts["ORG", 4] < 1.25


def test_sentences_are_the_same_for_the_same_seed():
    sizes = 40, 20, 20
    again = synthetic_ner.splits(sizes=sizes)
    assert again == synthetic_ner.splits(sizes=sizes)
    assert again != synthetic_ner.splits(1, sizes=sizes)
    assert len(set(synthetic_ner.LEXICON)) == len(synthetic_ner.LEXICON) > 800
