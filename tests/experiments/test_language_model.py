"""The language-model experiment: what it learns, writes and scores."""

import gc
import importlib
import math
import os
import weakref
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from experiments import language_model
from seqnets import datasets
from seqnets.data.contiguous import ContiguousBatches, shifted
from seqnets.data.vocabulary import join
from seqnets.training.evaluation import evaluate
from seqnets.training.loop import fit

pytestmark = pytest.mark.usefixtures("quickly")

CONFIGS = ("char_lm", "shakespeare_lm", "linux_lm", "poems_lm", "ptb_small")
CONFIGS += ("ptb_medium", "ptb_tied")
TEXT = "the cat sat on the mat and the dog sat on the cat\n" * 60


def configured(corpus, **changes):
    """Returns the default config, made small."""
    config = importlib.import_module("configs.char_lm").get_config()
    config.corpus = str(corpus)
    config.min_count = 1
    config.batch_size, config.length, config.eval_batch_size = 4, 8, 4
    config.cell.dim = config.embedding_dim = 12
    with config.ignore_type():
        for name, value in changes.items():
            setattr(config, name, value)
    return config


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    path = tmp_path_factory.mktemp("text") / "cats.txt"
    path.write_text(TEXT)
    return path


@pytest.fixture(scope="module")
def small(text):
    task = language_model.build(configured(text))
    return task, jax.jit(task.init)(jax.random.key(0))


def train(task, params, steps, rate=0.5, rows=4):
    """Descends with plain SGD; returns the losses."""

    @jax.jit
    def step(params, state, batch, key):
        grad = jax.value_and_grad(task.loss, has_aux=True)
        (loss, (state, _)), grads = grad(params, state, batch, key)
        params = jax.tree.map(lambda p, g: p - rate * g, params, grads)
        return params, state, loss

    state, seen = task.initial_state(params, rows), []
    for i, batch in zip(range(steps), task.batches("train"), strict=False):
        params, state, loss = step(params, state, batch, jax.random.key(i))
        seen.append(float(loss))
    return params, seen


@pytest.fixture(scope="module")
def trained(small):
    task, params = small
    return train(task, params, 150)


def test_steps_lower_the_loss(trained):
    _, seen = trained
    assert seen[-1] < 0.5 * seen[0]


def test_untrained_loss_is_near_that_of_guessing(small):
    task, params = small
    batch = next(task.batches("valid"))
    _, (_, sums) = jax.jit(task.loss)(
        params, task.initial_state(params, 4), batch, None
    )
    nats = task.finish({"loss": tuple(map(float, sums["loss"]))})["loss"]
    assert abs(nats - math.log(len(set(TEXT)) + 2)) < 0.1


def test_evaluation_predicts_every_symbol_once(small, text):
    task, params = small
    state, count, loss = task.initial_state(params, 4), 0, jax.jit(task.loss)
    for batch in task.batches("valid"):
        _, (state, sums) = loss(params, state, batch, None)
        count += int(sums["loss"][1])
    valid = [found.tokens for found in datasets.load(text, "text").valid]
    assert count == sum(map(len, valid)) + len(valid)  # Each ends with <EOS>.


@pytest.mark.parametrize(
    "changes",
    [
        {"depth": 2, "tied": True, "dropout": 0.3, "residual": True},
        {"variational": True, "dropout": 0.2, "recurrent_dropout": 0.2},
        {"zoneout": 0.1, "compute_dtype": "bfloat16", "init_scale": 0.1},
        {"unit": "word", "loss_over_time": "sum"},
    ],
    ids=lambda changes: "-".join(changes),
)
def test_every_option_trains(text, changes):
    task = language_model.build(configured(text, **changes))
    params = jax.jit(task.init)(jax.random.key(0))
    _, seen = train(task, params, 12, rate=0.05 if "unit" in changes else 0.5)
    assert np.all(np.isfinite(seen)) and seen[-1] < seen[0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tied": True, "embedding_dim": 5}, "embedding_dim = 12"),
        ({"recurrent_dropout": 0.2}, "variational"),
        ({"depth": 0}, "depth must be at least 1"),
        ({"unit": "syllable"}, "syllable"),
        ({"loss_over_time": "median"}, "median"),
    ],
)
def test_options_that_do_not_go_together_are_refused(text, changes, message):
    with pytest.raises(ValueError, match=message):
        language_model.build(configured(text, **changes))


def test_building_reads_no_text():
    language_model.build(configured("no/such/text.txt"))


def test_words_are_scored_by_perplexity_and_by_bits_a_character(text):
    task = language_model.build(configured(text, unit="word"))
    scores = task.finish({"loss": (20.0, 10.0), "width": (50.0, 10.0)})
    assert scores["perplexity"] == pytest.approx(math.exp(2.0))
    assert scores["bits_per_char"] == pytest.approx(2.0 / math.log(2.0) / 5.0)
    assert task.goal == ("valid", "perplexity", "min")


def test_the_characters_of_words_are_those_of_the_text(tmp_path):
    """So bits per character are comparable: of words, and of characters."""
    path = tmp_path / "lines.txt"
    path.write_text("two words\n\n\n  one\n" * 30)
    task = language_model.build(configured(path, unit="word"))
    for split in ("train", "valid"):
        (document,) = task.ids(split)
        ((tokens,),) = task.dataset[split]
        found = task.characters(**shifted(document, task.vocabulary.eos)).sum()
        text = join(tokens, "word")
        assert found == len(text) + (not text.endswith("\n"))


def test_a_line_scores_as_the_product_of_its_predictions(small):
    task, params = small
    lines = ["the cat", "", "sat on the mat and more of it than one block " * 2]
    scores = list(task.score(params, iter(lines)))

    def log_prob(line):  # Symbol by symbol, by what `sample` would draw from.
        total, context = 0.0, ""
        for symbol in line:
            pair = task.score(params, [context, context + symbol])
            before, after = (score.log_prob for score in pair)
            total, context = total + after - before, context + symbol
        return total

    assert [score.tokens for score in scores] == [len(line) for line in lines]
    assert scores[1].log_prob == 0.0
    assert scores[0].log_prob == pytest.approx(log_prob(lines[0]), abs=1e-4)
    assert scores[0].log_prob < 0.0


def test_probabilities_of_all_next_symbols_sum_to_one(small, text):
    task, params = small
    symbols = sorted(set(TEXT))
    before = next(task.score(params, ["the ca"])).log_prob
    after = [s.log_prob for s in task.score(params, [f"the ca{s}" for s in symbols])]
    # What is missing is the share of <EOS> and <UNK>, small but not zero.
    assert 0.7 < np.exp(np.array(after) - before).sum() < 1.0


def test_sampling_is_deterministic_and_keeps_the_prompt(small):
    task, params = small
    one = task.sample(params, prompt="the c", length=9, seed=3)
    assert one == task.sample(params, prompt="the c", length=9, seed=3)
    assert str(one).startswith("the c")
    assert one != task.sample(params, prompt="the c", length=9, seed=4)
    greedy = [task.sample(params, length=9, temperature=0.0, seed=s) for s in (0, 1)]
    assert greedy[0] == greedy[1]


def test_a_sample_stops_at_the_end_symbol(small):
    task, params = small
    readout = params["readout"]
    certain = readout | {"b": readout["b"].at[0].set(30.0)}  # Of <EOS>.
    params = params | {"readout": certain}
    assert str(task.sample(params, prompt="the c", length=9)) == "the c"
    assert str(task.sample(params, length=5, stop=False)) == "\n" * 5


def test_a_prompt_with_unknown_symbols_is_refused(small):
    task, params = small
    with pytest.raises(ValueError, match="'☃'"):
        task.sample(params, prompt="the ☃")


def test_a_trained_model_prefers_a_sentence_to_its_scrambling(small, trained):
    task, (params, _) = small[0], trained
    right, wrong = task.score(
        params, ["the cat sat on the mat", "tca eth sat mno eht at"]
    )
    assert right.log_prob > wrong.log_prob + 5.0
    assert task.scores(params, "valid", None)["order_accuracy"] > 0.9
    assert task.scores(params, "valid", 0).keys() == {"parameters"}


def test_baselines_are_in_the_units_of_the_goal(text):
    for unit in ("char", "word"):
        task = language_model.build(configured(text, unit=unit))
        scores = task.baselines()
        assert scores.keys() == {"3-gram", "5-gram"}
        assert all(0.0 < score < 40.0 for score in scores.values())


@pytest.mark.parametrize("name", CONFIGS)
def test_every_config_builds_and_takes_two_steps(name):
    config = importlib.import_module(f"configs.{name}").get_config()
    # The wiring is what is tested; the published widths would take minutes.
    config.cell.dim = config.embedding_dim = 8
    if config.data_dir is None and "SEQNETS_DATA" not in os.environ:
        shared = Path(__file__).parents[3] / "shared" / "data"
        config.data_dir = str(shared) if shared.is_dir() else None
    task = language_model.build(config)
    try:
        params = task.init(jax.random.key(0))
    except FileNotFoundError as error:
        pytest.skip(str(error))
    _, seen = train(task, params, 2, rate=0.01, rows=config.batch_size)
    assert np.all(np.isfinite(seen))
    batch = next(task.batches("train"))
    assert batch["inputs"].shape == (config.batch_size, config.length)
    assert task.steps_per_epoch > 2


def test_a_text_that_is_too_short_leaves_no_run_folder(tmp_path):
    path = tmp_path / "short.txt"
    path.write_text("too short to train on, by far\n")
    config = configured(path, batch_size=64)
    with pytest.raises(ValueError, match="shorter than one batch of 64 rows"):
        fit(language_model.build(config), config, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_gradients_stop_at_a_document_and_at_a_window(small):
    task, params = small
    batch = next(task.batches("train"))
    batch["reset"] = np.zeros_like(batch["reset"])
    batch["reset"][:, 4] = True
    state = task.initial_state(params, 4)

    def late_loss(state):
        late = dict(batch, mask=np.arange(8) >= np.full((4, 1), 4))
        return task.loss(params, state, late, None)[0]

    for leaf in jax.tree.leaves(jax.jit(jax.grad(late_loss))(state)):
        np.testing.assert_array_equal(leaf, jnp.zeros_like(leaf))


def test_documents_end_with_eos_and_batches_hold_them_all(small):
    task, _ = small
    for split in ("train", "valid", "test"):
        ids = task.ids(split)
        assert all(document[-1] == task.vocabulary.eos for document in ids)
        held = sum(batch["counted"].sum() for batch in task.batches("valid"))
        assert held == sum(map(len, task.ids("valid")))


def test_a_run_folder_is_asked_without_its_text(small, tmp_path):
    task, params = small
    next(task.batches("train"))  # As a training does before it makes the folder.
    task.assets.save(tmp_path)
    moved = language_model.build(configured("gone.txt"), tmp_path)
    assert moved.vocabulary == task.vocabulary and moved.contexts == task.contexts
    ours, theirs = (next(t.score(params, ["the cat"])) for t in (moved, task))
    assert ours == theirs


def test_a_task_that_has_sampled_and_scored_can_be_collected(small, text):
    task, (_, params) = language_model.build(configured(text)), small
    task.sample(params, length=2)
    next(task.score(params, ["the cat"]))
    left = weakref.ref(task)
    del task
    gc.collect()
    assert left() is None


@pytest.fixture
def drawn(small, monkeypatch):
    """What the task draws for a report, made short."""
    drawn, sample = [], small[0].sample

    def short(params, *, length, **options):
        drawn.append(sample(params, length=length // 200, **options))
        return drawn[-1]

    monkeypatch.setattr(small[0], "sample", short)
    return drawn


def test_the_report_writes_a_sample_at_each_temperature(small, tmp_path, drawn):
    task, params = small
    task.report(params, tmp_path)
    names = [f"temperature_{t}.txt" for t in ("0.5", "0.8", "1.0")]
    written = (path.name for path in tmp_path.iterdir())
    assert sorted(name for name in written if "gram" not in name) == names
    texts = [(tmp_path / name).read_text(encoding="utf-8") for name in names]
    assert texts == [f"{found.text}\n" for found in drawn]
    assert {found.tokens for found in drawn} == {10} and len(set(texts)) == 3


def test_beside_each_sample_stands_that_of_the_best_n_gram(small, tmp_path, drawn):
    task, params = small
    task.report(params, tmp_path)
    scores = task.baselines()
    best = min(scores, key=scores.get)
    names = {path.name for path in tmp_path.glob("*gram.txt")}
    assert names == {f"temperature_{t}_{best}.txt" for t in ("0.5", "0.8", "1.0")}
    texts = [(tmp_path / name).read_text(encoding="utf-8") for name in sorted(names)]
    assert len(set(texts)) == 3 and all(1900 < len(own) < 2300 for own in texts)
    words = texts[0].split()[:-1]
    assert np.mean([word in TEXT.split() for word in words]) > 0.9


def test_elsewhere_the_net_writes_without_an_n_gram(small, tmp_path, drawn, caplog):
    (sampled, params), path = small, tmp_path / "cats.txt"
    path.write_text(TEXT)
    task = language_model.build(configured(path))
    next(task.batches("train"))
    (samples := tmp_path / "run" / "samples").mkdir(parents=True)
    task.assets.save(tmp_path / "run")
    path.unlink()
    moved = language_model.build(configured(path), tmp_path / "run")
    moved.sample = sampled.sample
    moved.report(params, samples)
    assert len(list(samples.iterdir())) == len(drawn) == 3
    assert "no n-gram writes beside the net" in caplog.text


def test_samples_begin_where_lines_begin_if_the_corpus_is_one_document(small, trained):
    """Its end, from which samples of many documents start, is read once an epoch."""
    task, (params, _) = small[0], trained
    assert task.contexts and all(
        piece in TEXT and piece.endswith("\n") for piece in task.contexts
    )
    for seed in range(3):
        assert task.sample(params, length=1, temperature=0.1, seed=seed).text == "t"


def test_samples_begin_as_documents_do_if_there_are_many(tmp_path):
    for i in range(150):
        (tmp_path / f"{i}.c").write_text(f"int a{i};\n")
    for unit in ("char", "word"):
        config = configured(tmp_path, pattern="*.c", unit=unit, length=2)
        assert language_model.build(config).contexts == []


def test_a_score_does_not_depend_on_the_rows_of_an_evaluation(small, trained):
    """To .1 % of the bits, with a warm-up that is shorter than the text."""
    task, (params, _) = small[0], trained
    few, many = (
        evaluate(task, params, "train", batches=rows_of(task, rows)) for rows in (4, 16)
    )
    assert many["bits_per_char"] == pytest.approx(few["bits_per_char"], rel=1e-3)


def rows_of(task, rows):
    """One pass over the training text in rows, as an evaluation makes it."""
    options = {"bos": task.vocabulary.eos, "partial": True}
    warm_up = language_model.WARM_UP
    ids = task.ids("train")
    return ContiguousBatches(ids, rows, 8, **options, warm_up=warm_up).batches(0, 1)
