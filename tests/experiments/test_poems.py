"""The poems experiment: forms asked for are kept, with random weights; bad input."""

import importlib
import logging
import re

import jax
import numpy as np
import pytest

from experiments import build
from experiments.poems import FIELDS, _rhymes
from seqnets.tasks.verse_demands import Demand
from seqnets.training.fields import check_field
from tests.experiments.evaluated import drawn

pytestmark = pytest.mark.usefixtures("quickly")

SYMBOLS = "春夏秋冬山水風月花鳥江天"
# Each is compiled once.
WAYS = ({"beam": 3, "nbest": 2}, {"temperature": 1.3, "nbest": 2})


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """Quatrains of five; pairs of characters that often meet are their keywords."""
    folder, rng = tmp_path_factory.mktemp("own"), np.random.default_rng(0)
    for part, count in (("train", 40), ("valid", 6), ("test", 6)):
        poems = []
        for i in range(count):
            lines = ["".join(rng.choice(list(SYMBOLS), 5)) for _ in range(4)]
            lines[0] = lines[2] = f"明{'月星'[i % 2]}{lines[0][:3]}"
            poems.append(f"題{lines[1][:2]}\n" + "{}，{}。\n{}，{}。\n".format(*lines))
        text = "\n".join(poems)
        (folder / f"{part}.txt").write_text(text, encoding="utf-8")
    return folder


def configured(own, name="poems", **changes):
    config = importlib.import_module(f"configs.{name}").get_config()
    config.corpus, config.limit = str(own), 48
    config.batch_size = config.eval_batch_size = 8
    config.cell.dim, config.encoder_dim, config.attention_dim = 8, 4, 4
    config.embedding_dim = config.readout_dim = 6
    config.buckets = config.target_buckets = 1
    with config.ignore_type():
        for field, value in changes.items():
            setattr(config, field, value)
    return config


@pytest.fixture(scope="module")
def writer(own):
    task = build(configured(own))
    return task, drawn(task)


@pytest.fixture(scope="module")
def continuing(own):
    task = build(configured(own, condition="first_line"))
    return task, drawn(task)


def lines_of(text):
    found = re.findall("(.+?)([，。])", text)
    assert "".join(map("".join, found)) == text
    marks = ["，。"[i % 2] for i in range(len(found) - 1)]
    assert [mark for _, mark in found] == [*marks, "。"]
    return [line for line, _ in found]


@pytest.mark.parametrize("name", ["poems", "zh_poems"])
def test_every_config_builds(own, name):
    task = build(configured(own, name))
    assert jax.eval_shape(task.init, jax.random.key(0))
    for field, value in configured(own, name).items():
        if field in FIELDS:
            check_field(field, value, FIELDS[field])


@pytest.mark.parametrize("condition", ["title", "keywords", "first_line", "none"])
def test_the_condition_is_the_source_and_the_poem_what_is_written(own, condition):
    task = build(configured(own, condition=condition))
    poem = task.dataset.train[0]
    batch = next(task.batches("train", 0))
    row = batch["index"].tolist().index(0) if 0 in batch["index"] else 0
    poem = task.dataset.train[batch["index"][row]]
    source = task.source.decode(batch["source"][row].tolist())
    target = task.target.decode(batch["targets"][row].tolist())
    assert (
        source
        == {
            "title": poem.title,
            "keywords": " ".join(poem.keywords),
            "first_line": poem.lines[0][:-1],
            "none": "",
        }[condition]
    )
    assert target == "".join(poem.lines[condition == "first_line" :])
    assert 0 < len(poem.keywords) <= 2


def test_a_form_is_told_before_the_condition_where_it_is_asked_for(writer):
    task, _ = writer
    batch = next(task.batches("train", 0))
    told = np.array([[False, False], [True, False], [False, True], [True, True]] * 2)
    found = task.told(batch, told)
    for row, begin in enumerate(("", "④", "⑤", "④⑤") * 2):
        source = found["source"][row][found["source_mask"][row]]
        own = batch["source"][row][batch["source_mask"][row]]
        own = task.source.decode(own.tolist())
        assert task.source.decode(source.tolist()) == begin + own
    for demand, begin in ((Demand(4, 5), "④⑤"), (Demand(0, 1), "①"), (Demand(), "")):
        source = task._arrays("明月", demand)["source"]
        assert task.source.decode(source.tolist()) == begin + "明月"


def test_every_form_that_is_asked_for_is_kept(writer):
    task, params = writer
    asked = ["明月", "", "明星 春山"]
    for way in WAYS:
        for lines, characters in ((4, 5), (6, 7), (2, 5)):
            found = list(
                task.predict(params, asked, lines=lines, characters=characters, **way)
            )
            assert found[1].text == ""
            for record in (found[0], found[2]):
                for text, _ in ((record.text, 0), *record.others):
                    assert [len(own) for own in lines_of(text)] == [characters] * lines
        found = list(task.predict(params, asked, acrostic="春夏春夏", **way))
        texts = [found[0].text, *(text for text, _ in found[2].others)]
        for text in texts:
            assert "".join(line[0] for line in lines_of(text)) == "春夏春夏"


def test_a_poem_that_is_asked_for_nothing_is_whole_and_has_the_model_s_score(writer):
    task, params = writer
    logits = jax.jit(task.logits)
    for way in WAYS:
        record, _ = task.predict(params, ["明月山水", "明星"], **way)
        assert len(lines_of(record.text)) % 2 == 0
        ids = [*task.target.encode(record.text), task.target.eos]
        batch = task.collate([task.ask("明月山水")])
        inputs = np.array([[task.target.eos, *ids[:-1], *[0] * (49 - len(ids))]])
        batch["mask"] = np.arange(49)[None] < len(ids)
        log_p = jax.nn.log_softmax(logits(params, batch, inputs)[0])
        expected = log_p[np.arange(len(ids)), np.array(ids)].sum()
        np.testing.assert_allclose(record.score, expected, rtol=1e-4)


def test_no_characters_come_twice_in_a_row_but_where_the_form_needs_it(writer):
    task, params = writer
    options = {"lines": 2, "characters": 6, "acrostic": "春春", "no_repeat": 1}
    (record,) = task.predict(params, ["明月"], **options)
    lines = lines_of(record.text)
    assert [line[0] for line in lines] == ["春", "春"]
    rest = "".join(line[1:] for line in lines)
    assert len(set(rest) | {"春"}) == 11


def test_a_first_line_begins_the_poem_and_gives_its_length(continuing):
    task, params = continuing
    asked = ["明月春山水", "明星山。"]
    for line, record in zip(asked, task.predict(params, asked), strict=True):
        found = lines_of(record.text)
        assert found[0] == line.strip("。") and len(found) % 2 == 0
        assert {len(own) for own in found} == {len(found[0])}
    for record in task.predict(params, asked, lines=3, acrostic="明花"):
        found = lines_of(record.text)
        assert len(found) == 3 and found[1][0] == "花"


def test_samples_follow_from_the_seed_and_the_condition_alone(writer):
    task, params = writer
    way = WAYS[1] | {"lines": 2, "characters": 5}
    asked = ["明月", "明星 春山", "明月"]
    together = list(task.predict(params, asked, seed=1, **way))
    assert together[0] == together[2] != together[1]
    assert together[0].text != together[0].others[0][0]
    (alone,) = task.predict(params, asked[1:2], seed=1, **way)
    assert alone == together[1]
    (other,) = task.predict(params, asked[1:2], seed=2, **way)
    assert other.text != alone.text


def test_a_condition_is_compared_with_another_one_s_and_with_none(writer):
    task, params = writer
    batch = next(task.batches("valid", 0))
    empty = task.emptied(batch, batch["rows"])
    # Without a condition, a source is its end alone.
    assert (np.asarray(empty["source_mask"]).sum(1) == batch["rows"]).all()
    some = task.emptied(batch, np.arange(len(batch["rows"])) == 1)
    for row, expected in ((0, batch), (1, empty), (2, batch)):
        np.testing.assert_array_equal(some["source"][row], expected["source"][row])
    before = (batch["index"] - 1) % 6
    order = [batch["index"].tolist().index(i) for i in before]
    other = batch | {
        name: np.where(batch["rows"][:, None], batch[name][order], 0).astype(dtype)
        for name, dtype in (("source", np.int32), ("source_mask", bool))
    }
    nats_of = jax.jit(task._nats)
    for name, own in (("empty", empty), ("other", other)):
        nats, counts = nats_of(params, own)
        found = task.perplexity(params, task.dataset.valid, name)
        np.testing.assert_allclose(found, np.exp(nats.sum() / counts.sum()), rtol=1e-4)


def test_rhymes_are_those_of_even_lines():
    rhymes = {"天": "先", "煙": "先", "樓": "尤"}
    assert _rhymes(("一，", "二天。", "三樓，", "四煙。"), rhymes)
    assert not _rhymes(("一，", "二天。", "三天，", "四樓。"), rhymes)
    assert not _rhymes(("一，", "二月。"), rhymes) and not _rhymes(("一，",), rhymes)


@pytest.mark.parametrize(
    "options, line, message",
    [
        ({"lines": 0}, "明月", "lines must be 1 or more, not 0"),
        ({"characters": -1}, "明月", "characters must be 1 or more, not -1"),
        ({"nbest": 33}, "明月", "nbest must be 1 to 32, not 33"),
        ({"acrostic": "春龘"}, "明月", "acrostic 春龘: 龘 cannot begin a line"),
        ({"acrostic": "春，"}, "明月", "， cannot begin a line"),
        ({"acrostic": "春夏秋", "lines": 2}, "明月", "3 characters for 2 lines"),
        ({"lines": 9, "characters": 5}, "明月", "are 54 symbols at least, and limit"),
        ({"beam": 2, "temperature": 1.0}, "明月", "with a beam, or else sampled"),
        ({}, "龘龘", "no character of '龘龘' stands in the training poems"),
        ({}, "月" * 49, "the line has 49 chars, and limit = 48"),
    ],
)
def test_what_cannot_be_written_is_refused_in_one_line(writer, options, line, message):
    task, params = writer
    with pytest.raises(ValueError) as raised:
        list(task.predict(params, [line], **options))
    assert message in str(raised.value) and "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "options, line, message",
    [
        ({}, "春山，秋水。", "one line is to begin the poem, not 2"),
        ({}, "。", "one line is to begin the poem, not 0"),
        ({"characters": 5}, "春山水", "has 3 characters, and 5 are asked for"),
        ({"characters": 5}, "春山、水明", "、 in the first line is no character"),
        ({"acrostic": "夏秋"}, "春山水", "begins with 夏, and the first line with 春"),
        ({"lines": 1}, "春山水", "lines must be 2 or more"),
        ({}, "龘龘龘", "no character of '龘龘龘'"),
    ],
)
def test_a_first_line_that_cannot_begin_is_refused(continuing, options, line, message):
    task, params = continuing
    with pytest.raises(ValueError, match=message):
        list(task.predict(params, [line], **options))


def test_what_is_unknown_beside_known_characters_is_told(writer, caplog):
    task, _ = writer
    with caplog.at_level(logging.WARNING):
        task.check_line("明月龘")
    assert "unknown in the source: 龘" in caplog.text


def test_a_model_without_conditions_answers_empty_lines_alone(own):
    task = build(configured(own, condition="none"))
    assert task._arrays("", Demand())["source"].tolist() == [task.source.eos]
    with pytest.raises(ValueError, match="reads no condition"):
        list(task.predict(None, ["明月"]))
