"""The translation experiment: its options, what a run writes, and bad input."""

import importlib
import logging

import jax
import numpy as np
import pytest

from experiments import __main__ as front
from experiments import build, load
from experiments.commands import lines as standard_input
from seqnets.datasets.pairs import Pair
from seqnets.training.loop import fit
from tests.experiments.evaluated import drawn

pytestmark = pytest.mark.usefixtures("quickly")

TRUE = {"ein": "a", "hund": "dog", "rennt": "runs", "und": "and", "zwei": "two"}
TRUE |= {"kleine": "small", "katzen": "cats", "schlafen": "sleep", "im": "in"}
TRUE["garten"] = "garden"
WORDS = list(TRUE)
NAMES = (
    "multi30k",
    "multi30k_bpe",
    "multi30k_en_de",
    "multi30k_own_output",
    "multi30k_plain",
    "translation",
)


def sentences(count, seed):
    rng = np.random.default_rng(seed)
    return [list(rng.choice(WORDS, rng.integers(1, 5))) for _ in range(count)]


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """Parallel files: each word is translated, and their order reversed."""
    folder = tmp_path_factory.mktemp("own")
    for seed, (split, count) in enumerate(
        {"train": 400, "dev": 24, "test": 24}.items()
    ):
        sources = sentences(count, seed)
        targets = [[TRUE[word] for word in source[::-1]] for source in sources]
        for suffix, side in (("de", sources), ("en", targets)):
            text = "".join(" ".join(words) + "\n" for words in side)
            (folder / f"{split}.{suffix}").write_text(text)
    return folder


def configured(own, name="translation", **changes):
    config = importlib.import_module(f"configs.{name}").get_config()
    config.corpus, config.source, config.target = str(own), "de", "en"
    config.cell.dim, config.encoder_dim, config.attention_dim = 16, 8, 8
    config.embedding_dim = config.readout_dim = 12
    config.buckets = config.target_buckets = 1
    config.limit, config.batch_size, config.eval_batch_size = 8, 32, 24
    with config.ignore_type():
        config.update_from_flattened_dict(changes)
    return config


@pytest.fixture(scope="module")
def run(own, tmp_path_factory):
    """A run folder, trained until it translates nearly everything."""
    workdir = tmp_path_factory.mktemp("runs") / "own"
    config = configured(own, unit="word", epochs=16, eval_every=400, min_count=2)
    config.optimizer.learning_rate = 0.02
    fit(build(config, workdir), config, workdir)
    return workdir


@pytest.mark.parametrize(
    "changes",
    [
        {"attention": "Dot", "attend": "above", "bridge": "zero", "depth": 2},
        {"attention": "Concat", "attend": "after", "bridge": "copy", "dropout": 0.2},
        {"attention": "LocalP", "readout": "maxout", "tied": True},
        {"attention": None, "every_step": True, "shared": True, "unit": "word"},
        {"attention": "General", "cell.name": "LSTM", "cell.projection": 5},
    ],
    ids=lambda changes: str(changes["attention"]),
)
def test_every_kind_of_decoder_is_trained(own, changes):
    task = build(configured(own, **changes))
    key, batch = jax.random.key(0), next(task.batches("train", 0))
    params = jax.jit(task.init)(key)
    loss, gradient = jax.jit(
        jax.value_and_grad(lambda p: task.loss(p, (), batch, key)[0])
    )(params)
    assert 0.5 * np.log(len(task.target)) < loss < 2 * np.log(len(task.target))
    for path, leaf in jax.tree_util.tree_leaves_with_path(gradient):
        assert np.isfinite(leaf).all() and np.any(leaf), path


@pytest.mark.parametrize("name", NAMES)
def test_every_config_builds(own, name):
    task = build(configured(own, name))
    assert jax.eval_shape(task.init, jax.random.key(0))


def test_a_run_translates_words_and_their_order(run):
    task, params = load(run)
    (found,) = task.predict(params, ["zwei kleine katzen schlafen"])
    assert found.text == "sleep cats small two" and -0.5 < found.score < 0
    for name in ("attention_1.png", "bleu_by_length.png", "bleu.txt"):
        assert (run / "samples" / name).stat().st_size
    rows = (run / "samples/test.tsv").read_text().splitlines()
    assert rows[0] == "source\twritten\treference" and len(rows) == 25
    right = [row.split("\t")[1] == row.split("\t")[2] for row in rows[1:]]
    assert np.mean(right) > 0.8


def test_the_n_best_are_different_and_sorted_and_their_scores_are_of_the_model(run):
    task, params = load(run)
    line = "ein hund rennt"
    (found,) = task.predict(params, [line], beam=4, nbest=3)
    texts, log_probs = zip((found.text, found.score), *found.others, strict=True)
    assert len(set(texts)) == 3
    batch, logits = task.pose([line]), jax.jit(task.logits)
    for text, log_prob in zip(texts, log_probs, strict=True):
        ids = [*task.target.encode(text), task.target.eos]
        inputs = np.array([[task.target.eos, *ids[:-1], *[0] * 6][:6]])
        whole = batch | {"mask": np.arange(6)[None] < len(ids)}
        log_p = jax.nn.log_softmax(logits(params, whole, inputs)[0])
        np.testing.assert_allclose(
            log_prob, log_p[np.arange(len(ids)), np.array(ids)].sum(), rtol=1e-4
        )
    assert str(found).count("\t") == 5


def test_lines_together_are_answered_as_alone_and_empty_ones_not_at_all(run):
    task, params = load(run)
    lines = ["ein hund", "", "zwei kleine katzen", " "]
    together = list(task.predict(params, lines))
    assert [w.text for w in together][1::2] == ["", ""]
    for line, found in zip(lines[::2], together[::2], strict=True):
        (alone,) = task.predict(params, [line])
        assert found.text == alone.text
        np.testing.assert_allclose(found.score, alone.score, rtol=1e-3, atol=1e-4)


def test_an_unknown_word_is_told_and_the_word_attended_to_takes_its_place(run, caplog):
    task, params = load(run)
    with caplog.at_level(logging.WARNING):
        list(task.predict(params, ["ein wal rennt"]))
    assert "unknown in the source: wal" in caplog.text
    # What is written is made unknown: each word is then copied from its own place.
    unk = task.target.unk
    (attended,) = task.attend(params, "ein hund rennt", [[unk] * 3])
    assert attended.source == ("ein", "hund", "rennt", "<EOS>")
    assert attended.weights.shape == (3, 4)
    np.testing.assert_allclose(attended.weights.sum(1), 1.0, rtol=1e-5)
    copied = task._copy(attended).split()
    places = attended.weights[:, :-1].argmax(1)
    assert copied == [attended.source[place] for place in places]


def test_free_running_reads_what_is_written_greedily_and_forcing_the_truth(run):
    task, params = load(run)
    batch = next(task.batches("test", 0))
    mask = batch["mask"]
    read_own, greedy = jax.jit(task.read_own), jax.jit(task._greedy)
    read = np.asarray(read_own(params, batch, np.ones_like(mask)))
    written = np.asarray(greedy(params, batch))
    for row, ids in zip(read, written, strict=True):
        end = [*ids, task.target.eos].index(task.target.eos)
        size = min(end, mask.shape[1] - 1)
        np.testing.assert_array_equal(row[1 : size + 1], ids[:size])
    nothing = read_own(params, batch, np.zeros_like(mask))
    np.testing.assert_array_equal(nothing, batch["inputs"])


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"attention": "Dot", "encoder_dim": 9}, "attention=Dot compares"),
        ({"bridge": "copy", "encoder_dim": 9}, "bridge=copy begins"),
        ({"tied": True, "embedding_dim": 9}, "tied embeddings need embedding_dim = 12"),
        ({"score_limit": 0}, "score_limit must be at least 1"),
        ({"beam": 0}, "config field beam must be at least 1, not 0"),
        ({"attention": "additive"}, "did you mean 'Additive'"),
        ({"unit": "subword"}, "subwords need a size"),
        ({"source": "fr"}, "fr"),
        ({"source": "de", "target": "de"}, "de"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(own, changes, message):
    with pytest.raises(ValueError) as raised:
        build(configured(own, **changes)).batches("train", 0).__next__()
    assert message in str(raised.value) and "\n" not in str(raised.value)


def test_commands_answer_lines_and_name_the_one_that_is_too_long(
    run, monkeypatch, capsys
):
    asked = ["ein hund", " ".join(["hund"] * 9), "猫"]
    monkeypatch.setattr(standard_input, "read", lambda: iter(asked))
    flags = ["predict", f"--workdir={run}", "--beam=2", "--nbest=2"]
    assert front.main(flags) == 1
    captured = capsys.readouterr()
    out = captured.out.splitlines()
    assert out[0].split("\t")[0] == "dog a" and len(out) == 3 and out[1].startswith("-")
    assert "line 2: the line has 9 words, and limit = 8" in captured.err


@pytest.mark.parametrize(
    "flags, message",
    [
        (["--beam=0"], "beam must be 1 or more, not 0"),
        (["--beam=2", "--nbest=3"], "nbest must be 1 to beam = 2, not 3"),
        (["--length_penalty=-1"], "length_penalty must be 0 or more, not -1"),
        (["--no_repeat=-1"], "no_repeat must be 0 or more, not -1"),
    ],
)
def test_a_flag_out_of_its_range_is_named_once_and_no_line_is_blamed(
    run, monkeypatch, capsys, flags, message
):
    monkeypatch.setattr(standard_input, "read", lambda: iter(["ein hund"] * 2))
    assert front.main(["predict", f"--workdir={run}", *flags]) == 1
    captured = capsys.readouterr()
    assert message in captured.err and captured.err.count("\n") == 1
    assert not captured.out


LONG = Pair("ein hund rennt und", "and runs dog a")


@pytest.mark.parametrize(
    "limit, source_limit, read, written",
    [(8, 2, 2, 4), (2, 8, 4, 2), (3, None, 3, 3), (3, 3, 3, 3), (8, None, 4, 4)],
)
def test_each_side_is_cut_to_its_own_limit(own, limit, source_limit, read, written):
    task = build(configured(own, unit="word", limit=limit, source_limit=source_limit))
    arrays = task.encode(LONG)
    source, target = task.source.encode(LONG.source), task.target.encode(LONG.target)
    end = task.target.eos
    assert arrays["source"].tolist() == [*source[:read], task.source.eos]
    assert arrays["inputs"].tolist() == [end, *target[:written]]
    assert arrays["targets"].tolist() == [*target[:written], end]
    assert task.source_tokens(LONG.source) == [*LONG.source.split()[:read], "<EOS>"]


@pytest.mark.parametrize(
    "limits, told",
    [
        ({"limit": 2}, {"pairs": 2}),
        ({"limit": 2, "source_limit": 3}, {"sources": 3, "targets": 2}),
        ({"limit": 2, "source_limit": 4}, {"targets": 2}),
    ],
    ids=str,
)
def test_what_is_cut_is_counted_by_sides_where_limits_differ(own, limits, told, caplog):
    task = build(configured(own, unit="word", **limits))
    with caplog.at_level(logging.WARNING):
        task.make_batches("test")
    sizes = [len(pair.source.split()) for pair in task.dataset.test]  # Of both sides.
    assert [record.getMessage() for record in caplog.records] == [
        f"{sum(size > n for size in sizes)} of 24 test {side} are longer than limit ="
        f" {n} and were cut"
        for side, n in told.items()
    ]


def test_of_a_long_line_as_much_is_read_as_its_own_limit_has(own, caplog):
    task = build(configured(own, unit="word", limit=2, source_limit=3))
    params, lines = drawn(task), [LONG.source, "ein hund rennt"]
    with caplog.at_level(logging.WARNING):
        long, short = task.predict(params, lines, copy_unknown=False)
    told = [record.getMessage() for record in caplog.records]
    assert long == short and told == ["the first 3 words of the line are read"]
    # No more is searched for than targets have: two words, and their end.
    options = {"width": 2, "n_best": 1, "alpha": 0.0}
    assert task.search(params, task.pose(lines), **options).tokens.shape[-1] == 3


def test_an_empty_line_has_an_empty_answer(run, monkeypatch, capsys):
    monkeypatch.setattr(standard_input, "read", lambda: iter(["", "ein hund"]))
    assert front.main(["predict", f"--workdir={run}"]) == 0
    blank, answer = capsys.readouterr().out.splitlines()
    assert blank == "" and answer.startswith("dog a")
