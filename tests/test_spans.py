"""Spans are counted as the evaluation of CoNLL-2000 counts them."""

import pytest

from seqnets.data.schemes import Span, spans_of
from seqnets.spans import Tags, confusion_counts, mark, span_f1


def measures(true, predicted):
    """The two are tags of one sentence, in BIO."""
    pairs = [(spans_of(tags.split(), "BIO") for tags in (true, predicted))]
    return span_f1(tuple(pair) for pair in pairs)


def counted(right, predicted, true, kind):
    """Makes sentences of one span, which is right, too much, or missed."""
    span, other = [Span(0, 1, kind)], [Span(1, 2, kind)]
    yield from [(span, span)] * right
    yield from [([], other)] * (predicted - right)
    yield from [(span, [])] * (true - right)


def test_the_published_example_comes_out():
    """The phrases that are right, predicted and true, and the percentages it gives."""
    example = {
        "ADJP": ((0, 1, 6), (0.00, 0.00, 0.00)),
        "ADVP": ((5, 11, 8), (45.45, 62.50, 52.63)),
        "NP": ((206, 317, 262), (64.98, 78.63, 71.16)),
        "PP": ((89, 107, 90), (83.18, 98.89, 90.36)),
        "SBAR": ((2, 3, 6), (66.67, 33.33, 44.44)),
        "VP": ((69, 100, 87), (69.00, 79.31, 73.80)),
    }
    pairs = [
        pair
        for kind, (numbers, _) in example.items()
        for pair in counted(*numbers, kind)
    ]
    assert sum(len(true) for true, _ in pairs) == 459
    assert sum(len(predicted) for _, predicted in pairs) == 539
    found = span_f1(pairs)
    wanted = {"": (68.83, 80.83, 74.35)} | {
        k: given for k, (_, given) in example.items()
    }
    for kind, percentages in wanted.items():
        names = [f"{n}/{kind}".rstrip("/") for n in ("precision", "recall", "f1")]
        rounded = [round(100 * found[name], 2) for name in names]
        assert rounded == pytest.approx(list(percentages), abs=0.001)
    assert len(found) == 3 * len(wanted)


@pytest.mark.parametrize(
    ("true", "predicted", "right", "f1"),
    [
        # A chunk may begin with I, so this is the same.
        ("O B-X I-X O", "O I-X I-X O", 1, 1.0),
        # A change of kind begins another chunk: two predicted, none right.
        ("B-X I-X I-X", "B-X I-Y I-Y", 0, 0.0),
        ("B-X I-X B-Y", "B-X I-X I-Y", 2, 1.0),
        # One chunk for two, and two for one.
        ("B-X B-X O", "B-X I-X O", 0, 0.0),
        ("B-X I-X B-Y", "B-X B-X B-Y", 1, 2 * 1 / (3 + 2)),
        # The kind counts, as do both ends.
        ("B-X I-X O", "B-Y I-Y O", 0, 0.0),
        ("B-X I-X I-X B-X", "B-X I-X O B-X", 1, 0.5),
    ],
)
def test_both_ends_and_the_kind_count(true, predicted, right, f1):
    found = measures(true, predicted)
    assert found["f1"] == pytest.approx(f1)
    assert found["recall"] == right / len(spans_of(true.split(), "BIO"))
    assert found["precision"] == right / len(spans_of(predicted.split(), "BIO"))


def test_sentences_are_counted_together_and_kinds_apart():
    found = span_f1(
        [
            ([Span(0, 2, "X"), Span(3, 4, "Y")], [Span(0, 2, "X")]),
            ([], [Span(0, 2, "X"), Span(2, 3, "X")]),
        ]
    )
    assert list(found)[:3] == ["precision", "recall", "f1"]
    assert (found["precision"], found["recall"], found["f1"]) == (1 / 3, 1 / 2, 0.4)
    assert (found["precision/X"], found["recall/X"]) == (1 / 3, 1.0)
    assert found["precision/Y"] == found["recall/Y"] == found["f1/Y"] == 0.0


def test_nothing_divided_by_nothing_is_zero():
    assert span_f1([]) == span_f1([([], [])]) == dict(precision=0, recall=0, f1=0)


def test_words_have_no_kinds_to_tell_apart():
    words = [Span(0, 2, ""), Span(2, 3, "")]
    assert span_f1([(words, words)]) == dict(precision=1, recall=1, f1=1)


def test_a_span_predicted_twice_is_right_once():
    found = span_f1([([Span(0, 2, "X")], [Span(0, 2, "X")] * 2)])
    assert (found["precision"], found["recall"]) == (0.5, 1.0)


def test_spans_are_marked_and_words_set_apart():
    spans = [Span(0, 2, "ORG"), Span(5, 7, "PER")]
    assert mark("小米创始人雷军说", spans, "") == "[小米 ORG]创始人[雷军 PER]说"
    tokens = ["EU", "rejects", "German", "call"]
    assert mark(tokens, [Span(2, 3, "MISC")]) == "EU rejects [German MISC] call"
    words = [Span(0, 2, ""), Span(2, 3, ""), Span(3, 5, "")]
    assert mark("王明在北京", words, "") == "王明 在 北京"


def test_words_are_spans_and_what_stands_between_them():
    spans = (Span(0, 2, ""), Span(3, 5, ""))
    assert Tags(tuple("王明在北京人"), spans, "").words == ["王明", "在", "北京", "人"]
    assert (
        Tags((), (), "").words == [] and str(Tags((), (), "[王明 PER]")) == "[王明 PER]"
    )


def test_tokens_are_counted_by_true_and_predicted_kind():
    pairs = [
        ([Span(0, 2, "X")], [Span(1, 2, "X"), Span(2, 3, "Y")]),
        ([Span(0, 1, "Y")], []),
    ]
    counts = confusion_counts(pairs, [4, 1], ["X", "Y"])
    assert counts.tolist() == [[1, 0, 1], [1, 1, 0], [1, 0, 0]]
