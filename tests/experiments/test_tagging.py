"""The tagging experiment: three encoders, two outputs, and what they answer."""

import importlib
import itertools
import json
import shutil

import jax
import numpy as np
import pytest

from experiments import __main__ as front
from experiments import build, load, tagging
from experiments.commands import lines as standard_input
from seqnets.data import schemes
from seqnets.data.sentences import Sentence
from seqnets.decode import incremental
from seqnets.training.checkpoint import Checkpoints
from seqnets.training.evaluation import evaluate
from seqnets.training.loop import fit

pytestmark = pytest.mark.usefixtures("quickly")

SENTENCES = [
    "王明 PER|住在|北京 LOC",
    "北京 LOC|下雨了",
    "他在|上海 LOC|",
    "王明 PER|来了",
]
LEXICON = "北京 5 ns\n上海 9 ns\n王明 1 nr\n下雨 3 v\n"
NAMES = ("conll2003", "resume_characters", "resume_lattice", "resume_words")
NAMES += ("segmentation", "tagging")


def lines():
    for sentence in SENTENCES:
        spans, text = [], ""
        for piece in sentence.split("|"):
            piece, _, kind = piece.partition(" ")
            if kind:
                spans.append(schemes.Span(len(text), len(text) + len(piece), kind))
            text += piece
        tags = schemes.tags_of(spans, len(text), "BMES")
        yield from (f"{c} {tag}\n" for c, tag in zip(text, tags, strict=True))
        yield "\n"


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    for part in ("train", "dev", "test"):
        (folder / f"{part}.txt").write_text("".join(lines()) * 4, encoding="utf-8")
    (folder / "words.txt").write_text(LEXICON, encoding="utf-8")
    return folder


def configured(own, name="tagging", **changes):
    config = importlib.import_module(f"configs.{name}").get_config()
    config.corpus, config.lexicon = str(own), str(own / "words.txt")
    config.embedding_dim = config.word_dim = config.cell.dim = 8
    config.buckets, config.batch_size = 1, 4
    with config.ignore_type():
        for field, value in changes.items():
            setattr(config, field, value)
    return config


@pytest.fixture(scope="module")
def run(own, tmp_path_factory):
    """A run folder of a lattice, trained until it knows its sentences."""
    workdir = tmp_path_factory.mktemp("runs") / "own"
    config = configured(own, epochs=25, dropout=0.0, unknown_rate=0.0, eval_every=50)
    config.optimizer.learning_rate = 0.02
    fit(tagging.build(config, workdir), config, workdir)
    return workdir


@pytest.mark.parametrize("name", NAMES)
def test_every_config_builds_a_net_that_can_be_trained(own, name):
    task = build(configured(own, name, segmenter=None))
    key = jax.random.key(0)
    params = jax.eval_shape(task.init, key)
    gradient = jax.grad(task.loss, has_aux=True)
    batch = next(task.batches("train", 0))
    grads, (_, sums) = jax.eval_shape(gradient, params, (), batch, key)
    assert jax.tree.structure(grads) == jax.tree.structure(params)
    assert set(sums) == {"loss"}


def test_a_run_knows_its_sentences_and_answers_without_its_data(run, own, tmp_path):
    moved = tmp_path / "moved"
    shutil.copytree(run, moved)
    task, params = load(moved)
    found = evaluate(task, params, "test")
    assert found["f1"] == found["precision"] == found["recall"] == 1.0
    data = (moved / "data.json").read_text("utf-8")
    (moved / "data.json").write_text(data.replace(str(own), str(tmp_path / "gone")))
    task, params = load(moved)
    asked = ["王明住在北京", "", "他在上海"]
    answers = ["[王明 PER]住在[北京 LOC]", "", "他在[上海 LOC]"]
    found = list(task.predict(params, asked))
    assert list(map(str, found)) == answers
    assert found[0].tokens == tuple("王明住在北京")
    assert found[0].spans == (schemes.Span(0, 2, "PER"), schemes.Span(4, 6, "LOC"))
    assert found[0].words == ["王明", "住", "在", "北京"] and found[1].tokens == ()


def test_the_report_shows_every_sentence(run, tmp_path):
    task, params = load(run)
    task.report(params, tmp_path)
    text = (tmp_path / "test.txt").read_text("utf-8")
    assert text.count("= [王明 PER]来了\n") == 4 and len(text.splitlines()) == 16
    assert "f1/PER\t1.0000" in (tmp_path / "f1.tsv").read_text("utf-8")
    assert (tmp_path / "confusion.png").stat().st_size > 5000
    found = json.loads((tmp_path / "streaming.json").read_text("utf-8"))
    (scores,) = found["curves"].values()
    assert scores[-1] == found["whole"] == 1.0 and len(scores) == len(found["delay"])
    assert (tmp_path / "streaming.png").stat().st_size > 5000


def test_a_stream_that_waits_for_the_end_tags_as_the_whole_is_tagged(run, capsys):
    task, params = load(run)
    line = "王明住在北京"
    found = list(task.stream(params, line, chunk=2, look_ahead=4))
    assert [tag.token for tag in found] == [*line]
    ids = [task.sentences.tags[1].index(tag.tag) for tag in found]
    (whole,) = task.predict(params, [line])
    assert task.read_tags(task.sentences.read_line(line), ids) == whole
    # The first two tags after six tokens, and the others too, for there are no more.
    assert [tag.read for tag in found] == [6] * 6 and str(found[0]) == "王\tB-PER\t6"
    assert [t.read for t in task.stream(params, line, look_ahead=1)] == [
        2,
        3,
        4,
        5,
        6,
        6,
    ]
    assert list(task.stream(params, "")) == []
    with pytest.raises(ValueError, match="look_ahead must be an integer of at least 0"):
        list(task.stream(params, line, look_ahead=-1))


@pytest.mark.parametrize(
    "changes",
    [{}, {"encoder": "tokens", "char_encoder": "cnn"}],
    ids=["lattice", "tokens"],
)
def test_a_tag_is_chosen_by_what_was_read_until_then(own, changes):
    """Each time all that was read is read again, and the tags so far are kept."""
    task, ahead = build(configured(own, **changes)), 2
    params = jax.jit(task.init)(jax.random.key(1))
    rng = np.random.default_rng(0)
    params = jax.tree.map(lambda a: 2 * rng.normal(size=a.shape).astype("f"), params)
    tokens = tuple("王明住在北京")
    outputs = jax.jit(task.outputs, static_argnums=2)
    commit = jax.jit(incremental.commit, static_argnames="chunk")
    before, expected = np.full(1, -1), []
    for place in range(len(tokens)):
        known = tokens[: place + 1 + ahead]
        sentence = Sentence(known, tuple(range(len(known) + 1)))
        batch = task.collate(task.sentences.encode(sentence))
        scores, chain = outputs(params, batch, None)
        part = slice(place, place + 1 + ahead)
        ends = np.array([place + 1 + ahead >= len(tokens)])
        sizes = {"chunk": 1, "before": before, "ends": ends}
        before, tags = commit(chain, scores[:, part], batch["mask"][:, part], **sizes)
        expected.append(int(tags[0, 0]))
    sentence = Sentence(tokens, tuple(range(len(tokens) + 1)))
    short = Sentence(tokens[:4], tuple(range(5)))
    found = task.stream_all(params, [sentence, short], 1, ahead, 5)
    assert found[0].tolist() == expected and len(set(expected)) > 2
    again = task.stream_all(params, [short], 1, ahead)
    np.testing.assert_array_equal(again[0], found[1])


def test_what_is_segmented_first_is_not_streamed(own, tmp_path, capsys):
    config = configured(own, encoder="words")
    (tmp_path / "config.json").write_text(config.to_json(), encoding="utf-8")
    assert front.main(["predict", f"--workdir={tmp_path}", "--stream"]) == 1
    (line,) = capsys.readouterr().err.splitlines()[-1:]
    assert line == "error: this experiment's predict takes no --stream"


def test_another_lexicon_is_read_at_prediction(run, own, tmp_path, monkeypatch, capsys):
    task, params = load(run)
    none = tmp_path / "none.txt"
    none.write_text("没有 1 v\n", encoding="utf-8")
    monkeypatch.setattr(standard_input, "read", lambda: iter(["王明来了"]))
    arguments = ["predict", f"--workdir={run}"]
    assert front.main([*arguments, f"--lexicon={own / 'words.txt'}"]) == 0
    assert capsys.readouterr().out == "[王明 PER]来了\n"
    # What is read is another lattice.
    batch = next(task.batches("test", 0))
    sums = [
        jax.jit(task.loss)(params, (), batch | {"end": end}, None)[1][1]["loss"][0]
        for end in (batch["end"], np.zeros_like(batch["end"]))
    ]
    assert sums[1] > sums[0] * 1.01
    assert list(task.predict(params, ["王明来了"], lexicon=str(none)))
    none.write_text("没有\n", encoding="utf-8")
    assert front.main([*arguments, f"--lexicon={none}"]) == 1
    message = capsys.readouterr().err
    assert "none.txt, line 1: expected" in message and "'没有'" in message


@pytest.mark.parametrize(
    "changes",
    [
        {"encoder": "tokens", "scheme": "BIO"},
        {"encoder": "tokens", "output": "softmax", "char_encoder": "lstm"},
        {"encoder": "words"},
    ],
    ids=["crf", "softmax", "words"],
)
def test_only_what_a_scheme_allows_is_answered(own, changes):
    task = build(configured(own, **changes))
    params = jax.jit(task.init)(jax.random.key(1))
    leaves, tree = jax.tree.flatten(params)
    rng = np.random.default_rng(0)
    params = tree.unflatten([rng.normal(size=a.shape).astype("f") for a in leaves])
    asked = ["".join(s) for s in itertools.permutations("王明京北", 4)][:6]
    for question, answer in zip(asked, task.predict(params, asked), strict=True):
        plain = str(answer).replace("[", "").replace(" PER]", "").replace(" LOC]", "")
        assert plain == question
    found = task.scores(params, "valid", None)
    assert 0.0 <= found["f1"] <= 1.0 and found["parameters"] > 100
    assert 0.0 < task.baselines()["each token's usual tag"] <= 1.0


def test_tokens_seen_seldom_are_taken_for_unknown(own):
    """At a rate of infinity every token is <UNK>, and all batches look alike."""
    task = build(configured(own, encoder="tokens", unknown_rate=1e12, dropout=0.0))
    params = jax.jit(task.init)(jax.random.key(0))
    batch = next(task.batches("train", 0))
    other = batch | {"tokens": batch["tokens"][:, ::-1]}
    loss = jax.jit(task.loss)
    assert loss(params, (), batch, None)[0] != loss(params, (), other, None)[0]
    key = jax.random.key(2)
    assert loss(params, (), batch, key)[0] == loss(params, (), other, key)[0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"encoder": "latice"}, "did you mean 'lattice'"),
        ({"output": "hmm"}, "output cannot be 'hmm'"),
        ({"char_encoder": "cn"}, "did you mean 'cnn'"),
        ({"lexicon": None}, "needs a lexicon"),
        ({"depth": 2}, "one layer"),
        ({"encoder": "words", "lexicon": None}, "no words: set config.segmenter"),
        ({"dropout": 1.0}, "dropout"),
        ({"unknown_rate": -1.0}, "unknown_rate"),
    ],
)
def test_options_that_cannot_be_are_refused(own, changes, message):
    with pytest.raises(ValueError, match=message):
        build(configured(own, **changes))


def test_only_a_lattice_reads_a_lexicon(own):
    task = build(configured(own, encoder="tokens"))
    with pytest.raises(ValueError, match="reads no lexicon"):
        next(task.predict(None, ["王明"], lexicon="synthetic_ner"))


@pytest.fixture(scope="module")
def segmenter(tmp_path_factory):
    """A run folder that segments, after one step."""
    words = tmp_path_factory.mktemp("words")
    for part in ("train", "dev", "test"):
        text = "".join(f"{c} {tag}\n" for c, tag in zip("王明来", "BES", strict=True))
        (words / f"{part}.txt").write_text(text, encoding="utf-8")
    workdir = words / "segmenter"
    config = configured(words, encoder="tokens", steps=1, epochs=None)
    fit(build(config, workdir), config, workdir)
    return workdir


def test_a_run_keeps_what_segments_its_texts(own, segmenter, tmp_path):
    """Moved, and without the original, it answers as before."""
    original, whole, moved = (tmp_path / name for name in ("original", "run", "moved"))
    shutil.copytree(segmenter, original)
    words = {"encoder": "words", "segmenter": str(original)}
    config = configured(own, steps=1, epochs=None, **words)
    params = fit(task := build(config, whole), config, whole)
    text = "王明来北京"
    other, others = load(original)
    # What is read are its spans, not what it prints.
    tokens = tuple(next(other.predict(others, [text])).words)
    assert task.sentences.read_line(text).tokens == tokens and "".join(tokens) == text
    expected = list(task.predict(params, [text]))
    shutil.rmtree(original)
    whole.rename(moved)
    again, params = load(moved)
    assert again.sentences.read_line(text).tokens == tokens
    assert list(again.predict(params, [text])) == expected


def test_what_cannot_segment_is_refused_and_leaves_no_folder(own, segmenter, tmp_path):
    other, begun = tmp_path / "other", tmp_path / "begun"
    other.mkdir()
    (other / "config.json").write_text('{"experiment": "sentiment"}')
    shutil.copytree(segmenter, begun)
    shutil.rmtree(begun / "checkpoints" / "best")
    stopped = tmp_path / "stopped"
    shutil.copytree(segmenter, stopped)
    Checkpoints(stopped).save_latest({}, {"progress": {"complete": False}})
    for folder, message in (
        (tmp_path / "none", "none is not a run folder"),
        (other, "other is a run of 'sentiment', which segments nothing"),
        (begun, "the run in .*begun is not finished"),
        (stopped, "the run in .*stopped is not finished"),
    ):
        config = configured(own, encoder="words", segmenter=str(folder))
        workdir = tmp_path / "run"
        with pytest.raises(ValueError, match=f"config.segmenter: .*{message}"):
            fit(build(config, workdir), config, workdir)
        assert not workdir.exists()
