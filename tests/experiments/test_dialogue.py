"""Dialogue: what is read of a context, conversations, and what is counted apart."""

import importlib
import itertools
import logging
from types import SimpleNamespace

import jax
import numpy as np
import pytest

from experiments import build
from experiments.commands import ask
from seqnets import losses
from seqnets.tasks.line_writer import LineWriter
from seqnets.training.evaluation import evaluate
from tests.experiments.evaluated import drawn

pytestmark = pytest.mark.usefixtures("quickly")

DRAW = {"temperature": 1.5, "top_p": 0.9, "no_repeat": 1, "copy_unknown": False}
BEST = {"no_repeat": 1, "copy_unknown": False}
WORDS = ("yes", "no", "why", "not", "who", "me", "you")


def dialogues(count, seed):
    rng = np.random.default_rng(seed)
    return [
        [" ".join(rng.choice(WORDS, rng.integers(1, 4))) for _ in range(2 + i % 3)]
        for i in range(count)
    ]


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """Dialogues; two of the test ones stand in train, one in another case."""
    folder, found = tmp_path_factory.mktemp("own"), dialogues(30, 0)
    test = [*dialogues(6, 1), found[3], [turn.upper() for turn in found[4]]]
    for split, own in (("train", found), ("valid", dialogues(6, 2)), ("test", test)):
        text = "\n\n".join("\n".join(turns) for turns in own)
        (folder / f"{split}.txt").write_text(text)
    return folder


def configured(own, name="dialogue", **changes):
    config = importlib.import_module(f"configs.{name}").get_config()
    config.corpus, config.speaker = str(own), "both"
    config.cell.dim, config.encoder_dim, config.attention_dim = 6, 3, 3
    config.embedding_dim = config.readout_dim = 4
    config.buckets = config.target_buckets = 1
    config.turns, config.context_limit, config.limit, config.beam = 3, 8, 6, 1
    config.batch_size, config.eval_batch_size = 4, 8
    for field, value in changes.items():
        setattr(config, field, value)
    return config


@pytest.fixture(scope="module")
def task(own):
    return build(configured(own))


@pytest.fixture(scope="module")
def params(task):
    return drawn(task)


def texts(replies):
    return [reply.text for reply in replies]


@pytest.mark.parametrize("name", ["dialogue", "dailydialog"])
def test_every_config_builds(own, name):
    assert jax.eval_shape(build(configured(own, name)).init, jax.random.key(0))


def test_turns_end_with_a_symbol_and_the_oldest_words_are_cut(task):
    end, encode = task.source.eos, task.source.encode
    ids = task.encode_source("yes no\nwhy")
    np.testing.assert_array_equal(ids, [*encode("yes no"), end, *encode("why"), end])
    long = "\n".join(["yes no why not"] * 3)
    assert task.encode_source(long).tolist() == task._whole_source(long)[-8:].tolist()
    assert len(task.source_tokens(long)) == 8
    assert task.encode_source(" ".join(["me"] * 10_000)).shape == (8,)


def test_each_turn_counts_once_in_the_vocabulary(own):
    turns = [turn for turns in dialogues(30, 0) for turn in turns]
    words = " ".join(turns).split()
    least = sorted(map(words.count, WORDS))[3]
    found = build(configured(own, min_count=least)).source.symbols
    assert set(found[2:]) == {word for word in WORDS if words.count(word) >= least}


def test_what_is_cut_is_counted(own, caplog):
    task = build(configured(own, limit=2, context_limit=5))
    with caplog.at_level(logging.WARNING):
        task.make_batches("test")
    pairs = list(map(task.pair, task.dataset.test))
    cut = sum(len(pair.target.split()) > 2 for pair in pairs)
    assert f"{cut} of {len(pairs)} test replies are longer" in caplog.text
    cut = sum(len(pair.source.split()) + pair.source.count("\n") > 4 for pair in pairs)
    assert f"{cut} of {len(pairs)} test contexts" in caplog.text


def test_a_conversation_replies_to_the_last_turns_its_own_ones_among_them(task, params):
    said = ["yes", "no  why", "who\tme", "not"]
    replies = list(task.predict(params, said, no_repeat=1))
    turns = []
    for line, reply in zip(said, replies, strict=True):
        turns.append(" ".join(line.split()))
        context = "\n".join(turns[-3:])
        (alone,) = LineWriter.predict(task, params, [context], no_repeat=1)
        assert alone == reply
        turns.append(reply.text)


def test_an_empty_line_begins_another_conversation(task, params):
    said = ["yes", "no", " ", "yes", "no"]
    replies = list(task.predict(params, said, no_repeat=1))
    assert replies[2].text == "" and texts(replies[:2]) == texts(replies[3:])


def test_typed_lines_are_one_conversation_each_answered_before_the_next(
    task, params, monkeypatch, capsys
):
    read, printed = ["yes", "no", "why"], []

    def lines():
        for line in read:
            printed.append(capsys.readouterr().out)
            yield line

    monkeypatch.setattr(ask.experiments, "load", lambda workdir: (task, params))
    monkeypatch.setattr(ask.lines, "are_typed", lambda: True)
    monkeypatch.setattr(ask.lines, "read", lines)
    ask.predict(SimpleNamespace(workdir="run", no_repeat=1))
    printed.append(capsys.readouterr().out)
    expected = [f"{reply}\n" for reply in task.predict(params, read, no_repeat=1)]
    assert printed == ["", *expected]


@pytest.mark.parametrize("typed", [False, True])
def test_a_line_that_fails_is_no_turn_and_does_not_end_the_conversation(
    task, params, typed, monkeypatch, capsys
):
    read, written = ["yes", "fail", "no", "\udcff", "why"], task.written

    def fail(params, context, *rest):
        if context.endswith("fail"):
            raise ValueError("it is too much")
        return written(params, context, *rest)

    monkeypatch.setattr(task, "written", fail)
    monkeypatch.setattr(ask.experiments, "load", lambda workdir: (task, params))
    monkeypatch.setattr(ask.lines, "are_typed", lambda: typed)
    monkeypatch.setattr(ask.lines, "read", lambda: iter(read))
    with pytest.raises(ValueError, match="2 of 5 lines have no answer"):
        ask.predict(SimpleNamespace(workdir="run", no_repeat=1))
    out, err = capsys.readouterr()
    said = ["yes", "no", "why"]
    first, second, third = map(str, task.predict(params, said, no_repeat=1))
    bad = "-\t-\t"
    assert out.splitlines() == [first, bad, second, bad, third]
    assert "line 2: it is too much" in err and "line 4: not text" in err
    assert [third] != [*map(str, task.predict(params, said[2:], no_repeat=1))]


def test_samples_follow_from_the_seed_and_score_as_the_model_has_it(task, params):
    lines = ["yes no", "why", "who"]
    found, again, other = (
        list(task.predict(params, lines, seed=seed, **DRAW)) for seed in (0, 0, 1)
    )
    assert texts(found) == texts(again) != texts(other)
    options = {name: DRAW[name] for name in ("temperature", "top_p", "no_repeat")}
    batch, key = task.pose(lines[:1]), jax.random.fold_in(jax.random.key(0), 0)
    ids = task.draw(params, batch, key, **options).tokens[0]  # [1, T]
    assert task.target.decode(ids[0].tolist()) == found[0].text
    mask = np.arange(ids.shape[1])[None] <= (ids != task.target.eos).sum()
    inputs = np.append([[task.target.eos]], ids[:, :-1], 1)
    logits = jax.jit(task.logits)(params, batch | {"mask": mask}, inputs)
    nats, _ = losses.cross_entropy(logits, ids, mask)
    np.testing.assert_allclose(found[0].score, -nats, rtol=1e-5)


@pytest.mark.parametrize("options", [BEST, DRAW], ids=["best", "drawn"])
def test_no_word_is_written_twice_where_none_may_be(task, params, options):
    for reply in task.predict(params, ["me you", "why"], **options):
        said = reply.text.split()
        assert len(set(said)) == len(said)


def test_a_beam_and_sampling_are_two_ways(task, params):
    for search in ({"beam": 2}, {"nbest": 2}, {"length_penalty": 0.0}):
        with pytest.raises(ValueError, match="or else sampled"):
            next(task.predict(params, ["yes"], top_k=2, **search))


def test_a_turn_that_is_too_long_and_unknown_words_are_told(task, params, caplog):
    with caplog.at_level(logging.WARNING):
        list(task.predict(params, ["yes", " ".join(["me"] * 20), "wal"], no_repeat=1))
    told = [record.getMessage() for record in caplog.records]
    assert told == ["the last 7 of 20 words are read", "unknown: wal"]


def test_what_stands_in_train_as_well_is_counted_apart(task, params):
    found = evaluate(task, params, "test")
    known = [False] * 6 + [True] * 2
    seen = [k for k, d in zip(known, task.dialogues.test, strict=True)
            for _ in d.turns[1:]]  # fmt: skip
    counts = np.array([len(task.encode(own)["targets"]) for own in task.dataset.test])
    parts = {"seen": counts[seen].sum(), "new": counts[~np.array(seen)].sum()}
    nats = sum(n * np.log(found[f"perplexity/{name}"]) for name, n in parts.items())
    np.testing.assert_allclose(nats, found["loss"] * counts.sum(), rtol=1e-5)
    for way in ("", "/sampled", "/true"):
        assert 0 < found[f"distinct_1{way}"] <= 1


def test_the_second_speaker_alone_replies_where_it_is_asked_for(own):
    task = build(configured(own, speaker="second"))
    turns = [d.turns for d in task.dialogues.train]
    replies = list(itertools.chain.from_iterable(t[1::2] for t in turns))
    assert [own.reply for own in task.dataset.train] == replies
